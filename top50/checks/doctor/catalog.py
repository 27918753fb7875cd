"""The catalog: what BI tools look tables up in is there, ready, and of this lake."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from top50.catalog.duckdb import CATALOG
from top50.checks.finding import Finding, Seen
from top50.errors import Top50Error
from top50.settings import Settings
from top50.tables import TABLES
from top50.tables.files import TRANSFORMED

if TYPE_CHECKING:
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef

    from top50.aws import AwsSession

_MAKE = "Make it with CloudFormation (deployments/aws.yaml), or set TOP50_CATALOG=glue-direct."


def examine_catalog(settings: Settings, session: Callable[[], "AwsSession"], seen: Seen) -> Iterator[Finding]:
    """Yield how the catalog of the settings is."""
    if settings.catalog_name == "none":
        yield Finding("catalog", "note", "none (TOP50_CATALOG)")
    elif settings.catalog_name == "duckdb":
        yield _examine_duckdb(Path(settings.lake).expanduser() / CATALOG)
    else:
        try:
            yield from _examine_glue(settings, session(), seen)
        except Top50Error as error:
            yield Finding.of("catalog", error)


def _examine_duckdb(file: Path) -> Finding:
    import duckdb  # noqa: PLC0415 - 50 MB that the other catalogs do not need

    if not file.is_file():
        return Finding("catalog", "note", f"{file} is not there yet: a run makes it")
    try:
        with duckdb.connect(str(file), read_only=True) as catalog:
            names = {
                str(row[0]) for row in catalog.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            }
    except duckdb.Error as error:
        told = f"DuckDB cannot read {file}: {error}"
        return Finding(
            "catalog", "failed", told, "Run flows.process_pending: it makes it anew.", needed=False
        )
    missing = ", ".join(sorted(set(TABLES) - names))
    if missing:
        return Finding("catalog", "note", f"{file} has no {missing} yet: the next run adds them")
    return Finding("catalog", "ok", f"{file} is readable and has all {len(TABLES)} tables")


def _examine_glue(settings: Settings, session: "AwsSession", seen: Seen) -> Iterator[Finding]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - botocore is not small

    from top50.catalog.aws import athena_client, glue_client  # noqa: PLC0415

    with closing(glue_client(session)) as glue, closing(athena_client(session)) as athena:
        try:
            findings = [_database(glue, settings, seen), *_crawlers(glue, settings)]
        except (ClientError, BotoCoreError) as error:
            remedy = "Check the network, AWS_REGION, AWS_ENDPOINT_URL_GLUE, and the rights on Glue."
            yield Finding("catalog", "failed", f"Glue: {error}", remedy)
            return
        yield from findings
        yield _workgroup(settings, glue, athena)


def _database(glue: "GlueClient", settings: Settings, seen: Seen) -> Finding:
    name = settings.glue_database
    try:
        answer: Any = glue.get_database(Name=name)
    except glue.exceptions.EntityNotFoundException as error:
        seen.note_clock("AWS", error.response["ResponseMetadata"]["HTTPHeaders"].get("date"))
        if settings.catalog_name == "glue-direct":
            return Finding("catalog", "note", f"there is no Glue database {name} yet: a run makes it")
        return Finding("catalog", "failed", f"there is no Glue database {name}", _MAKE)
    seen.note_clock("AWS", answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
    return Finding("catalog", "ok", f"the Glue database {name} is there")


def _workgroup(settings: Settings, glue: "GlueClient", athena: "AthenaClient") -> Finding:
    from top50.catalog.athena import get_workgroup  # noqa: PLC0415
    from top50.catalog.glue import why_not_athena  # noqa: PLC0415

    unasked = why_not_athena(settings, glue, athena)
    if unasked:
        return Finding("athena", "note", f"rows are not counted and views not made: {unasked}")
    name = settings.athena_workgroup
    try:
        state = get_workgroup(athena, name).get("State")
    except Top50Error as error:
        return Finding.of("athena", error)
    if state == "DISABLED":
        told = f"the workgroup {name} is disabled"
        return Finding("athena", "failed", told, "Enable it, or correct TOP50_ATHENA_WORKGROUP.")
    return Finding("athena", "ok", f"the workgroup {name} is there")


def _crawlers(glue: "GlueClient", settings: Settings) -> Iterator[Finding]:
    if settings.catalog_name == "glue-direct":
        return
    problems = [problem for table in TABLES for problem in _crawler(glue, settings, table)]
    yield from problems
    if not problems:
        yield Finding("crawlers", "ok", f"all {len(TABLES)} are there and ready for this lake")


def _crawler(glue: "GlueClient", settings: Settings, table: str) -> Iterator[Finding]:
    from top50.catalog.glue.crawlers import crawler_name  # noqa: PLC0415

    name = crawler_name(table, settings.crawler_prefix)
    try:
        crawler = glue.get_crawler(Name=name)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        yield Finding("crawlers", "failed", f"there is no crawler {name}", _MAKE)
        return
    yield from _misdirected(crawler, settings, table)
    last = crawler.get("LastCrawl", {})
    if last.get("Status") in ("FAILED", "CANCELLED"):
        told = f"the last crawl of {name} {last['Status']}: {last.get('ErrorMessage') or 'no message'}"
        log = f"{last.get('LogGroup', '/aws-glue/crawlers')}/{last.get('LogStream', name)}"
        yield Finding("crawlers", "failed", told, f"Look at its log, {log}.", needed=False)
    if crawler.get("State") != "READY":
        yield Finding("crawlers", "note", f"{name} is {crawler.get('State')}: a run waits for it to end")


def _misdirected(crawler: "CrawlerTypeDef", settings: Settings, table: str) -> Iterator[Finding]:
    name = crawler.get("Name", table)
    folder = f"{settings.lake.rstrip('/')}/{TRANSFORMED}{table}"
    targets = [
        target.get("Path", "").rstrip("/") for target in crawler.get("Targets", {}).get("S3Targets", [])
    ]
    if targets != [folder]:
        told = f"{name} crawls {', '.join(targets) or 'nothing'} instead of {folder}/"
        yield Finding("crawlers", "failed", told, f"Delete it or correct TOP50_LAKE. {_MAKE}")
    database = crawler.get("DatabaseName")
    if database != settings.glue_database:
        told = (
            f"{name} writes into the database {database}, and TOP50_GLUE_DATABASE is {settings.glue_database}"
        )
        yield Finding("crawlers", "failed", told, f"Delete it or correct TOP50_GLUE_DATABASE. {_MAKE}")
