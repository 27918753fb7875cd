"""Where a person looks at the lake, the catalog and the page: addresses that a browser opens."""

import os
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from top50.report.place import page_key
from top50.settings import Settings

_CONSOLE = "https://console.aws.amazon.com"


def links_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return name → address of what the AWS console shows; nothing for a lake elsewhere."""
    if not settings.is_s3 or "AWS_ENDPOINT_URL" in environment or "AWS_ENDPOINT_URL_S3" in environment:
        return {}
    bucket, _, folder = settings.lake.removeprefix("s3://").strip("/").partition("/")
    prefix = f"{folder}/" if folder else ""
    links = {
        "lake": f"{_CONSOLE}/s3/buckets/{bucket}?{urlencode({'prefix': prefix})}",
        "page": f"{_CONSOLE}/s3/object/{bucket}?{urlencode({'prefix': prefix + page_key(settings.chart)})}",
    }
    if settings.catalog_name in ("glue", "glue-direct"):
        links["catalog"] = _glue(settings.glue_database, environment)
    return links


def _glue(database: str, environment: Mapping[str, str]) -> str:
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    query = f"?{urlencode({'region': region})}" if region else ""
    return f"{_CONSOLE}/glue/home{query}#/v2/data-catalog/databases/view/{quote(database)}"
