"""Is everything all right? doctor/ checks what a run depends on, verify/ the whole lake."""
