"""The catalog on AWS: Glue's tables made visible, checked against the contract, and counted by Athena."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from top50.catalog.athena import Athena
from top50.catalog.athena_views import refresh_views
from top50.catalog.aws import athena_client, glue_client
from top50.catalog.counts import check_counts
from top50.catalog.crawlers import run_crawlers
from top50.catalog.glue_check import check_database
from top50.catalog.glue_direct import write_tables
from top50.catalog.glue_tables import Found, GlueDatabase, find_files, read_database
from top50.catalog.patience import Tell
from top50.catalog.views import VIEWS
from top50.files import Published
from top50.lake.base import Lake
from top50.settings import Settings
from top50.tables import TABLES

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient

NO_ATHENA = "none"
"""The workgroup that says: do not ask Athena."""

RESULTS = "athena_results/"
"""Where Athena puts its answers in the lake, when its workgroup has no place for them."""


@dataclass(frozen=True)
class Refreshed:
    """What Glue was made to show: how, and the files that lay there before; those it must know by now."""

    how: str
    found: Found


@dataclass(frozen=True)
class GlueCatalog:
    """Glue and Athena over one lake; `tell` takes a line for the log.

    Every method raises CatalogError, CatalogUnavailable for a passing fault, and LakeError.
    """

    lake: Lake
    settings: Settings
    session: "boto3.Session"
    tell: Tell

    def refresh(self) -> Refreshed:
        """Let Glue know of the tables: by crawlers, or directly."""
        found = find_files(self.lake)
        with closing(glue_client(self.session)) as glue:
            if self.settings.catalog_name == "glue":
                return Refreshed(f"{len(run_crawlers(glue, tell=self.tell))} crawlers succeeded", found)
            changes = write_tables(glue, self.settings.glue_database, self.lake, found, self.tell)
        return Refreshed(f"written without crawlers ({changes} changes)", found)

    def prove(self, refreshed: Refreshed, published: Mapping[str, Published]) -> str:
        """Check Glue against the contract, let Athena count, keep the views; return it all in one line.

        published: key → what this run wrote.
        """
        found, name = refreshed.found, self.settings.glue_database
        place = f"Glue database {name}: {refreshed.how}"
        if not found.files:
            return f"{place}, no tables: the lake has no chart yet"
        with closing(glue_client(self.session)) as glue, closing(athena_client(self.session)) as client:
            database = read_database(glue, name)
            check_database(database, self.lake, found, self.tell)
            self.tell(f"Glue shows {_many(found)} and {_partitions(database)} as agreed")
            unasked = why_not_athena(self.settings, glue, client)
            if unasked:
                self.tell(f"Rows are not counted and views not made: {unasked}")
                return f"{place}, {_many(found)}; counts not proven, no views: {unasked}"
            athena = self._count(client, found, published)
            return f"{place}, {_many(found)} as published, {self._views(glue, athena, database, found)}"

    def _count(self, client: "AthenaClient", found: Found, published: Mapping[str, Published]) -> Athena:
        results = f"{self.lake.address}/{RESULTS}"
        athena = Athena(client, self.settings.glue_database, self.settings.athena_workgroup, results)
        rows = check_counts(athena, self.lake, found, published)
        self.tell(f"Athena counts {rows} rows in {_many(found)}, as published")
        return athena

    def _views(self, glue: "GlueClient", athena: Athena, database: GlueDatabase, found: Found) -> str:
        if len(found.tables) < len(TABLES):
            return "no views before all tables have rows"
        made = refresh_views(glue, athena, database, self.tell)
        return f"{len(VIEWS)} views" + (f" ({len(made)} made)" if made else "")


def why_not_athena(settings: Settings, glue: "GlueClient", athena: "AthenaClient") -> str:
    """Say why Athena is not to be asked; nothing when it is.

    Beside a Glue that is not AWS's the real Athena knows nothing of our tables.
    """
    if settings.athena_workgroup == NO_ATHENA:
        return "TOP50_ATHENA_WORKGROUP=none"
    ours, theirs = _host(glue), _host(athena)
    if theirs.startswith("athena.") and _domain(ours) != _domain(theirs):
        return f"no Athena beside Glue at {ours} (AWS_ENDPOINT_URL_ATHENA)"
    return ""


def _host(client: "GlueClient | AthenaClient") -> str:
    return urlsplit(client.meta.endpoint_url).hostname or ""


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def _many(found: Found) -> str:
    return f"{len(found.tables)} tables"


def _partitions(database: GlueDatabase) -> str:
    count = len(database.partitions)
    return f"{count} partition{'' if count == 1 else 's'}"
