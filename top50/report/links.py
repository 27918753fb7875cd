"""Where people look: the key of a chart's page in the lake, and the addresses of the AWS console."""

import os
from collections.abc import Mapping
from datetime import date
from urllib.parse import quote, urlencode

from top50.settings import Settings

REPORTS = "reports/"

_CONSOLE = "https://console.aws.amazon.com"


# The index of all charts, in a lake that has several.
INDEX = f"{REPORTS}index.html"


def page_key(chart: str) -> str:
    """Return the key of a chart's page in the lake."""
    return f"{REPORTS}{chart}.html"


def week_key(chart: str, day: date) -> str:
    """Return the key of the page of one date of a chart, which stays."""
    return f"{REPORTS}{chart}/{day}.html"


def links_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return `lake`, `page` and `catalog` → address in the AWS console; {} for a lake that is not on AWS."""
    if not settings.is_s3 or "AWS_ENDPOINT_URL" in environment or "AWS_ENDPOINT_URL_S3" in environment:
        return {}
    bucket, _, folder = settings.lake.removeprefix("s3://").strip("/").partition("/")
    prefix = f"{folder}/" if folder else ""
    page = prefix + page_key(settings.chart[0])
    links = {
        "lake": f"{_CONSOLE}/s3/buckets/{bucket}?{urlencode({'prefix': prefix})}",
        "page": f"{_CONSOLE}/s3/object/{bucket}?{urlencode({'prefix': page})}",
    }
    if settings.catalog_name in ("glue", "glue-direct"):
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        query = f"?{urlencode({'region': region})}" if region else ""
        database = quote(settings.glue_database)
        links["catalog"] = f"{_CONSOLE}/glue/home{query}#/v2/data-catalog/databases/view/{database}"
    return links
