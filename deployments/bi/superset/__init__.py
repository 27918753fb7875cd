"""A dashboard for Apache Superset."""
