"""The catalog, where BI tools find the tables: is it there, ready, and of this lake?"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from top50.catalog.duckdb import CATALOG
from top50.checks.doctor.context import Observations
from top50.checks.finding import Finding
from top50.errors import Top50Error
from top50.printed_commands import module_command
from top50.settings import Settings
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

if TYPE_CHECKING:
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient

    from top50.aws import AwsSession

_CREATE = "Create it with CloudFormation (deployments/aws.yaml), or set TOP50_CATALOG=glue-direct."


def check_catalog(
    settings: Settings, aws_session: Callable[[], "AwsSession"], observed: Observations
) -> Iterator[Finding]:
    """Yield the findings about the catalog that the settings choose."""
    if settings.catalog_name == "none":
        yield Finding("catalog", "note", "none (TOP50_CATALOG)")
    elif settings.catalog_name == "duckdb":
        yield _check_duckdb(Path(settings.lake).expanduser() / CATALOG)
    else:
        try:
            yield from _check_glue(settings, aws_session(), observed)
        except Top50Error as error:
            yield Finding.from_error("catalog", error)


def _check_duckdb(file: Path) -> Finding:
    import duckdb  # noqa: PLC0415 - 50 MB that the other catalogs do not need

    if not file.is_file():
        return Finding("catalog", "note", f"{file} does not exist yet: a run creates it")
    try:
        with duckdb.connect(str(file), read_only=True) as catalog:
            rows = catalog.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    except duckdb.Error as error:
        remedy = f"Run {module_command('flows.process_pending')}: it replaces the file."
        return Finding("catalog", "failed", f"DuckDB cannot read {file}: {error}", remedy, needed=False)
    missing = ", ".join(sorted(set(TABLES) - {str(row[0]) for row in rows}))
    if missing:
        return Finding("catalog", "note", f"{file} lacks {missing}: the next run adds them")
    return Finding("catalog", "ok", f"{file} is readable and has all {len(TABLES)} tables")


def _check_glue(settings: Settings, session: "AwsSession", observed: Observations) -> Iterator[Finding]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - botocore is not small

    from top50.catalog.aws import athena_client, glue_client  # noqa: PLC0415

    with closing(glue_client(session)) as glue, closing(athena_client(session)) as athena:
        try:
            findings = [_database(glue, settings, observed)]
            if settings.catalog_name != "glue-direct":
                problems = [finding for table in TABLES for finding in _crawler(glue, settings, table)]
                ready = f"all {len(TABLES)} exist and are ready for this lake"
                findings += problems or [Finding("crawlers", "ok", ready)]
        except (ClientError, BotoCoreError) as error:
            remedy = "Check the network, AWS_REGION, AWS_ENDPOINT_URL_GLUE, and the rights on Glue."
            yield Finding("catalog", "failed", f"Glue: {error}", remedy)
            return
        yield from findings
        yield _workgroup(settings, glue, athena)


def _database(glue: "GlueClient", settings: Settings, observed: Observations) -> Finding:
    name = settings.glue_database
    try:
        answer: Any = glue.get_database(Name=name)
    except glue.exceptions.EntityNotFoundException as error:
        observed.compare_clock("AWS", error.response["ResponseMetadata"]["HTTPHeaders"].get("date"))
        if settings.catalog_name == "glue-direct":
            return Finding(
                "catalog", "note", f"the Glue database {name} does not exist yet: a run creates it"
            )
        return Finding("catalog", "failed", f"the Glue database {name} does not exist", _CREATE)
    observed.compare_clock("AWS", answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
    return Finding("catalog", "ok", f"the Glue database {name} exists")


def _crawler(glue: "GlueClient", settings: Settings, table: str) -> Iterator[Finding]:
    """Yield what is wrong with the crawler of a table, or worth reading."""
    from top50.catalog.glue.crawlers import crawler_name  # noqa: PLC0415

    name = crawler_name(table, settings.crawler_prefix)
    try:
        crawler = glue.get_crawler(Name=name)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        yield Finding("crawlers", "failed", f"the crawler {name} does not exist", _CREATE)
        return
    folder = f"{settings.lake.rstrip('/')}/{TRANSFORMED}{table}"
    targets = [
        target.get("Path", "").rstrip("/") for target in crawler.get("Targets", {}).get("S3Targets", [])
    ]
    if targets != [folder]:
        detail = f"{name} crawls {', '.join(targets) or 'nothing'} instead of {folder}/"
        yield Finding("crawlers", "failed", detail, f"Delete it or correct TOP50_LAKE. {_CREATE}")
    database, wanted = crawler.get("DatabaseName"), settings.glue_database
    if database != wanted:
        detail = f"{name} writes into the database {database}, and TOP50_GLUE_DATABASE is {wanted}"
        yield Finding("crawlers", "failed", detail, f"Delete it or correct TOP50_GLUE_DATABASE. {_CREATE}")
    last = crawler.get("LastCrawl", {})
    if last.get("Status") in ("FAILED", "CANCELLED"):
        detail = f"the last crawl of {name} {last['Status']}: {last.get('ErrorMessage') or 'no message'}"
        log = f"{last.get('LogGroup', '/aws-glue/crawlers')}/{last.get('LogStream', name)}"
        yield Finding("crawlers", "failed", detail, f"Read its log, {log}.", needed=False)
    if crawler.get("State") != "READY":
        yield Finding("crawlers", "note", f"{name} is {crawler.get('State')}: a run waits for it to end")


def _workgroup(settings: Settings, glue: "GlueClient", athena: "AthenaClient") -> Finding:
    from top50.catalog.athena import get_workgroup  # noqa: PLC0415
    from top50.catalog.glue import why_not_athena  # noqa: PLC0415

    reason = why_not_athena(settings, glue, athena)
    if reason:
        return Finding("athena", "note", f"rows are not counted and views not created: {reason}")
    name = settings.athena_workgroup
    try:
        state = get_workgroup(athena, name).get("State")
    except Top50Error as error:
        return Finding.from_error("athena", error)
    if state == "DISABLED":
        remedy = "Enable it, or correct TOP50_ATHENA_WORKGROUP."
        return Finding("athena", "failed", f"the workgroup {name} is disabled", remedy)
    return Finding("athena", "ok", f"the workgroup {name} exists")
