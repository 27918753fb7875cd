"""Make the Glue database and the five crawlers of a lake on S3; what is there already is kept."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from top50.catalog.glue import crawler_name
from top50.errors import SettingsError, Top50Error
from top50.files import TRANSFORMED
from top50.settings import Settings, load_settings
from top50.tables import TABLES

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient

CONFIGURATION = json.dumps(
    {
        "Version": 1.0,
        "CrawlerOutput": {
            "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
            "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        },
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
    }
)
"""Keeps a crawler from splitting a table, and from changing what a partition inherits."""


def make_crawlers(glue: "GlueClient", settings: Settings, role: str) -> list[str]:
    """Make database and crawlers; return a line for each that says whether it was there.

    Raises SettingsError when the lake is not on S3 or a crawler crawls elsewhere, and botocore's
    ClientError when AWS refuses.
    """
    if not settings.is_s3:
        raise SettingsError(
            f"the lake {settings.lake} is not on S3", "Set TOP50_LAKE to s3://bucket or s3://bucket/prefix."
        )
    lines = [_make_database(glue, settings.glue_database)]
    return lines + [_make_crawler(glue, settings, role, table) for table in TABLES]


def _make_database(glue: "GlueClient", name: str) -> str:
    try:
        glue.create_database(DatabaseInput={"Name": name})
    except glue.exceptions.AlreadyExistsException:
        return f"kept database {name}"
    return f"made database {name}"


def _make_crawler(glue: "GlueClient", settings: Settings, role: str, table: str) -> str:
    name = crawler_name(table)
    path = f"{settings.lake.rstrip('/')}/{TRANSFORMED}{table}/"
    try:
        crawler = glue.get_crawler(Name=name)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        glue.create_crawler(
            Name=name,
            Role=role,
            DatabaseName=settings.glue_database,
            Targets={"S3Targets": [{"Path": path}]},
            Configuration=CONFIGURATION,
        )
        return f"made crawler {name} of {path}"
    there = [target.get("Path") for target in crawler.get("Targets", {}).get("S3Targets", [])]
    if there != [path]:
        raise SettingsError(
            f"crawler {name} crawls another place: {', '.join(map(str, there))} instead of {path}",
            "Delete it, or correct TOP50_LAKE.",
        )
    return f"kept crawler {name} of {path}"


def main() -> None:
    """Do it from the command line, with the lake and database of the settings."""
    parser = argparse.ArgumentParser(prog="python -m deployments.glue", description=__doc__)
    parser.add_argument("--role", required=True, help="the name or ARN of the role that the crawlers take")
    role = parser.parse_args().role
    try:
        settings = load_settings()
        lines = make_crawlers(boto3.client("glue"), settings, role)
    except (Top50Error, ClientError, BotoCoreError) as error:
        sys.exit(f"✗ {error}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
