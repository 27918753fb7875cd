"""Where the things are that people look at."""

REPORTS = "reports/"


def page_key(chart: str) -> str:
    """Return the key of a chart's page in the lake."""
    return f"{REPORTS}{chart}.html"
