"""Tasks: what they need Prefect for, without a server."""
