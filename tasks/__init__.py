"""Thin shells around top50: retries, logging, artifacts."""
