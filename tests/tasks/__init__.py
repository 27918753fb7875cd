"""What needs Prefect, without a server."""
