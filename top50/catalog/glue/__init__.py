"""The catalog on AWS: Glue's tables made visible, checked against the contract, and counted by Athena.

Data files are rewritten in place, so Athena sees a new week without a crawl. Glue has something to learn
at the first run, at New Year (a partition) and after a change of columns.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from top50.catalog.athena import Athena
from top50.catalog.athena.counts import check_counts
from top50.catalog.athena.views import outdated_views, refresh_views
from top50.catalog.aws import athena_client, glue_client
from top50.catalog.glue.check import MOVE, check_database, find_differences
from top50.catalog.glue.crawlers import crawler_name, run_crawlers
from top50.catalog.glue.direct import write_tables
from top50.catalog.glue.proven import ProvenFile, read_proven, write_proven
from top50.catalog.glue.tables import Found, GlueDatabase, find_files, read_database
from top50.catalog.patience import Tell
from top50.catalog.views import VIEWS
from top50.errors import CatalogError, CatalogUnavailable, LakeError
from top50.lake.base import Lake
from top50.report.outcome import many
from top50.settings import Settings
from top50.tables import TABLES, Table
from top50.tables.completeness import check_against_archive, check_files
from top50.tables.files import TRANSFORMED, Published
from top50.tables.parquet import REBUILD

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
    """What Glue was made to show, and what of it is to be proven."""

    place: str
    """Which database, and how it was refreshed."""
    found: Found
    """The files that lay there before, those that Glue must know by now."""
    proven: Mapping[str, ProvenFile]
    """What an earlier run has proven."""
    unproven: list[Table]
    """The tables whose files have changed since, and those that Glue was made to show anew."""
    is_whole: bool
    """Whether nothing is left to do: all is proven, and neither Glue nor a view differs."""

    @property
    def summary(self) -> str:
        """The catalog in one line, when it is whole."""
        if not self.found.files:
            return f"{self.place}, no tables: the lake has no chart yet"
        return f"{self.place}, {_tables(self.found)} as proven before"


@dataclass(frozen=True)
class GlueCatalog:
    """Glue and Athena over one lake; `tell` takes a line for the log.

    Every method raises CatalogError, CatalogUnavailable for a passing fault, and LakeError.
    """

    lake: Lake
    settings: Settings
    session: "boto3.Session"
    tell: Tell

    def refresh(self, *, may_shrink: bool = False) -> Refreshed:
        """Compare Glue with the lake, and let it know of what it has to learn: by crawlers, or directly.

        may_shrink: whether files may be gone that an earlier run has proven, as after a rebuild.
        """
        found, name = find_files(self.lake), self.settings.glue_database
        proven = read_proven(self.lake, name)
        if not may_shrink:
            self._refuse_gone(found, proven)
        with closing(glue_client(self.session)) as glue, closing(athena_client(self.session)) as athena:
            counts = not why_not_athena(self.settings, glue, athena)
            database = read_database(glue, name)
            differences = find_differences(database, self.lake, found)
            differing = [table for table in found.tables if any(each.table == table for each in differences)]
            unproven = [
                table
                for table in found.tables
                if table in differing or not _is_proven(table, found, proven, counted=counts)
            ]
            with self._naming_strays(found):
                how = self._make_known(glue, database, found, differing, unproven)
        views = outdated_views(database) if counts and _has_all(found) else []
        is_whole = not (differences or unproven or views)
        return Refreshed(f"Glue database {name}: {how}", found, proven, unproven, is_whole)

    @contextmanager
    def _naming_strays(self, found: Found) -> Iterator[None]:
        """Let what fails name what is no file of ours: crawlers and Athena read that, too."""
        for key in found.strays:
            self.tell(f"{self.lake.address}/{key} is no file of a table, and crawlers and Athena read it")
        try:
            yield
        except CatalogUnavailable:
            raise
        except CatalogError as error:
            if not found.strays:
                raise
            first = f"{self.lake.address}/{found.strays[0]} is no file of a table"
            raise CatalogError(f"{first}, and Athena reads it: {error.what}", MOVE) from None

    def _refuse_gone(self, found: Found, proven: Mapping[str, ProvenFile]) -> None:
        """Raise LakeError when a file is gone; without a record the archive says what there was."""
        for key in sorted(set(proven) - set(found.versions)):
            if self.lake.version(key) is None:
                raise LakeError(f"{self.lake.address}/{key} is gone, and the catalog shows it", REBUILD)
        if not proven:
            check_against_archive(self.lake, found.versions)

    def _make_known(
        self,
        glue: "GlueClient",
        database: GlueDatabase,
        found: Found,
        differing: list[Table],
        unproven: list[Table],
    ) -> str:
        if self.settings.catalog_name == "glue-direct":
            changes = write_tables(glue, database, self.lake, found, self.tell)
            return f"written without crawlers ({many(changes, 'change')})"
        tables = differing if self.settings.crawl == "needed" else unproven
        if not tables:
            return "no crawl needed"
        names = [crawler_name(table.name, self.settings.crawler_prefix) for table in tables]
        return f"{many(len(run_crawlers(glue, names, tell=self.tell)), 'crawler')} succeeded"

    def prove(
        self, refreshed: Refreshed, published: Mapping[str, Published]
    ) -> tuple[str, dict[str, ProvenFile]]:
        """Check Glue against the contract, let Athena count, keep the views.

        published: key → what this run wrote. Returns all of it in one line, and what is proven now.
        """
        found = refreshed.found
        with closing(glue_client(self.session)) as glue, closing(athena_client(self.session)) as client:
            database = read_database(glue, self.settings.glue_database)
            check_database(database, self.lake, found, self.tell)
            self.tell(f"Glue shows {_tables(found)} and {_partitions(database)} as agreed")
            place = f"{refreshed.place}, {_tables(found)}"
            unasked = why_not_athena(self.settings, glue, client)
            if unasked:
                self.tell(f"Rows are not counted and views not made: {unasked}")
                shown = {key: ProvenFile(version, None) for key, version in found.versions.items()}
                return f"{place}; counts not proven, no views: {unasked}", shown
            athena = self._athena(client)
            with self._naming_strays(found):
                proven = self._count(athena, refreshed, published)
            return f"{place} as published, {self._views(glue, athena, database, found)}", proven

    def record(self, proven: Mapping[str, ProvenFile]) -> None:
        """Keep what was proven, once nothing is left to do."""
        write_proven(self.lake, self.settings.glue_database, proven)

    def _athena(self, client: "AthenaClient") -> Athena:
        results = f"{self.lake.address}/{RESULTS}"
        return Athena(client, self.settings.glue_database, self.settings.athena_workgroup, results)

    def _count(
        self, athena: Athena, refreshed: Refreshed, published: Mapping[str, Published]
    ) -> dict[str, ProvenFile]:
        rows = self._known_rows(refreshed, published)
        tables = refreshed.unproven
        of_tables = {file.key: rows[file.key] for table in tables for file in refreshed.found.of(table)}
        seen = check_counts(athena, self.lake, tables, of_tables)
        self.tell(f"Athena counts {sum(seen.values())} rows in {many(len(tables), 'table')}, as published")
        return {
            key: ProvenFile(version, seen.get(key, rows[key]))
            for key, version in refreshed.found.versions.items()
        }

    def _known_rows(self, refreshed: Refreshed, published: Mapping[str, Published]) -> dict[str, int]:
        """Return key → rows of every file: as this run wrote it, as was proven, else as it is when read."""
        versions = refreshed.found.versions
        before = {
            key: file.rows
            for key, file in refreshed.proven.items()
            if file.rows is not None and file.version == versions.get(key)
        }
        rows = before | {key: published[key].rows for key in versions if key in published}
        return rows | check_files(self.lake, [file for file in refreshed.found.files if file.key not in rows])

    def _views(self, glue: "GlueClient", athena: Athena, database: GlueDatabase, found: Found) -> str:
        if not _has_all(found):
            return "no views before all tables have rows"
        made = refresh_views(glue, athena, database, self.tell)
        return f"{len(VIEWS)} views" + (f" ({len(made)} made)" if made else "")


def _is_proven(table: Table, found: Found, proven: Mapping[str, ProvenFile], *, counted: bool) -> bool:
    if any(key.startswith(f"{TRANSFORMED}{table.name}/") for key in found.strays):
        return False  # it may have come since
    before, versions = {file.key: proven.get(file.key) for file in found.of(table)}, found.versions
    return all(
        seen is not None and seen.version == versions[key] and not (counted and seen.rows is None)
        for key, seen in before.items()
    )


def _has_all(found: Found) -> bool:
    """Whether every table has a file: the views read them all."""
    return len(found.tables) == len(TABLES)


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


def _tables(found: Found) -> str:
    return many(len(found.tables), "table")


def _partitions(database: GlueDatabase) -> str:
    return many(len(database.partitions), "partition")
