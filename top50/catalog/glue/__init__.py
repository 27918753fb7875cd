"""The catalog on AWS: Glue is refreshed, checked against the contract, and its rows are counted by Athena.

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
from top50.catalog.aws import Log, athena_client, glue_client
from top50.catalog.glue.check import MOVE, check_database, find_differences
from top50.catalog.glue.crawlers import crawler_name, run_crawlers
from top50.catalog.glue.direct import write_tables
from top50.catalog.glue.proof import ProvenFile, read_proof, write_proof
from top50.catalog.glue.tables import GlueDatabase, TableFiles, list_table_files, read_database
from top50.catalog.views import VIEWS
from top50.errors import CatalogError, CatalogUnavailable, LakeError
from top50.lake.base import Lake
from top50.settings import Settings
from top50.tables.completeness import check_against_archive, check_files
from top50.tables.files import TRANSFORMED, Published
from top50.tables.parquet import REBUILD
from top50.tables.schemas import TABLES, Table
from top50.text import many

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient

# Where Athena puts its results in the lake, if its workgroup has no location for them.
RESULTS = "athena_results/"


@dataclass(frozen=True)
class Refreshed:
    """The result of a refresh.

    how: which database was refreshed, and how. found: the tables' files before it; Glue must have all of
    them by now. proven: what an earlier run has proven. unproven: the tables that have changed since, or
    that Glue showed wrongly. is_complete: all is proven, and neither Glue nor a view differs.
    """

    how: str
    found: TableFiles
    proven: Mapping[str, ProvenFile]
    unproven: list[Table]
    is_complete: bool

    @property
    def summary(self) -> str:
        """The catalog in one line, when it is complete."""
        if not self.found.files:
            return f"{self.how}, no tables: the lake has no chart yet"
        return f"{self.how}, {self.found.tables_in_words} as proven before"


@dataclass(frozen=True)
class GlueCatalog:
    """Glue and Athena over one lake; `log` takes a line for the log.

    Every method raises CatalogError, CatalogUnavailable for a passing fault, and LakeError.
    """

    lake: Lake
    settings: Settings
    session: "boto3.Session"
    log: Log

    def refresh(self, *, may_shrink: bool = False) -> Refreshed:
        """Compare Glue with the lake, and let crawlers, or ourselves, correct it.

        may_shrink: whether files may be gone that an earlier run has proven, as after a rebuild.
        """
        found, name = list_table_files(self.lake), self.settings.glue_database
        proven = read_proof(self.lake, name)
        if not may_shrink:
            self._refuse_lost_files(found, proven)
        with closing(glue_client(self.session)) as glue, closing(athena_client(self.session)) as athena:
            counts = not why_not_athena(self.settings, glue, athena)
            database = read_database(glue, name)
            differences = find_differences(database, self.lake, found)
            differing = [table for table in found.tables if any(one.table == table for one in differences)]
            unproven = [
                table
                for table in found.tables
                if table in differing or not _is_proven(table, found, proven, counted=counts)
            ]
            with self._naming_strays(found):
                how = self._correct(glue, database, found, differing, unproven)
        views = outdated_views(database) if counts and _has_all_tables(found) else []
        is_complete = not (differences or unproven or views)
        return Refreshed(f"Glue database {name}: {how}", found, proven, unproven, is_complete)

    def _refuse_lost_files(self, found: TableFiles, proven: Mapping[str, ProvenFile]) -> None:
        """Raise LakeError when a file is gone; without a record the archive says what there was."""
        for key in sorted(set(proven) - set(found.versions)):
            if self.lake.version(key) is None:
                raise LakeError(f"{self.lake.address}/{key} is gone, and the catalog shows it", REBUILD)
        if not proven:
            check_against_archive(self.lake, found.versions)

    @contextmanager
    def _naming_strays(self, found: TableFiles) -> Iterator[None]:
        """Log the files that are not of a table, and name one in errors: crawlers and Athena read them."""
        for key in found.strays:
            self.log(f"{self.lake.address}/{key} is not a file of a table, but crawlers and Athena read it")
        try:
            yield
        except CatalogUnavailable:
            raise
        except CatalogError as error:
            if not found.strays:
                raise
            first = f"{self.lake.address}/{found.strays[0]} is not a file of a table"
            raise CatalogError(f"{first}, but Athena reads it: {error.what}", MOVE) from None

    def _correct(
        self,
        glue: "GlueClient",
        database: GlueDatabase,
        found: TableFiles,
        differing: list[Table],
        unproven: list[Table],
    ) -> str:
        """Let Glue learn of the tables' files, by the way of the settings; return how, in words."""
        if self.settings.catalog_name == "glue-direct":
            changes = write_tables(glue, database, self.lake, found, self.log)
            return f"written without crawlers ({many(changes, 'change')})"
        tables = differing if self.settings.crawl == "needed" else unproven
        if not tables:
            return "no crawl needed"
        names = [crawler_name(table.name, self.settings.crawler_prefix) for table in tables]
        return f"{many(len(run_crawlers(glue, names, log=self.log)), 'crawler')} succeeded"

    def prove(
        self, refreshed: Refreshed, published: Mapping[str, Published]
    ) -> tuple[str, dict[str, ProvenFile]]:
        """Check Glue against the contract, let Athena count the rows, and refresh the views.

        published: key → what this run wrote. Returns the result in one line, and what is proven now.
        """
        found = refreshed.found
        with closing(glue_client(self.session)) as glue, closing(athena_client(self.session)) as client:
            database = read_database(glue, self.settings.glue_database)
            check_database(database, self.lake, found, self.log)
            partitions = many(len(database.partitions), "partition")
            self.log(f"Glue shows {found.tables_in_words} and {partitions} as agreed")
            line = f"{refreshed.how}, {found.tables_in_words}"
            reason = why_not_athena(self.settings, glue, client)
            if reason:
                self.log(f"Rows are not counted and views not made: {reason}")
                uncounted = {key: ProvenFile(version, None) for key, version in found.versions.items()}
                return f"{line}; counts not proven, no views: {reason}", uncounted
            results = f"{self.lake.address}/{RESULTS}"
            athena = Athena(client, database.name, self.settings.athena_workgroup, results)
            with self._naming_strays(found):
                proven = self._count(athena, refreshed, published)
            if not _has_all_tables(found):
                return f"{line} as published, no views before all tables have rows", proven
            made = refresh_views(glue, athena, database, self.log)
            return f"{line} as published, {len(VIEWS)} views" + (
                f" ({len(made)} made)" if made else ""
            ), proven

    def _count(
        self, athena: Athena, refreshed: Refreshed, published: Mapping[str, Published]
    ) -> dict[str, ProvenFile]:
        """Let Athena count the rows of the unproven tables; return key → what is proven of every file."""
        found, versions = refreshed.found, refreshed.found.versions
        rows = {
            key: file.rows
            for key, file in refreshed.proven.items()
            if file.rows is not None and file.version == versions.get(key)
        }
        rows |= {key: published[key].rows for key in versions if key in published}
        rows |= check_files(self.lake, [file for file in found.files if file.key not in rows])
        tables = refreshed.unproven
        of_tables = {file.key: rows[file.key] for table in tables for file in found.of(table)}
        counted = check_counts(athena, self.lake, tables, of_tables)
        self.log(f"Athena counts {sum(counted.values())} rows in {many(len(tables), 'table')}, as published")
        return {key: ProvenFile(version, counted.get(key, rows[key])) for key, version in versions.items()}

    def record(self, proven: Mapping[str, ProvenFile]) -> None:
        """Record what was proven, once nothing is left to do."""
        write_proof(self.lake, self.settings.glue_database, proven)


def _is_proven(table: Table, found: TableFiles, proven: Mapping[str, ProvenFile], *, counted: bool) -> bool:
    """Return whether the record has every file of a table as it is now. counted: and its rows, too."""
    if any(key.startswith(f"{TRANSFORMED}{table.name}/") for key in found.strays):
        return False  # a stray may be newer than the record
    versions = found.versions
    for file in found.of(table):
        recorded = proven.get(file.key)
        if recorded is None or recorded.version != versions[file.key] or (counted and recorded.rows is None):
            return False
    return True


def _has_all_tables(found: TableFiles) -> bool:
    return len(found.tables) == len(TABLES)  # the views read them all


def why_not_athena(settings: Settings, glue: "GlueClient", athena: "AthenaClient") -> str:
    """Return why Athena is not asked; `` when it is.

    The real Athena has nothing of a Glue that is not AWS's.
    """
    if settings.athena_workgroup == "none":
        return "TOP50_ATHENA_WORKGROUP=none"
    hosts = [urlsplit(client.meta.endpoint_url).hostname or "" for client in (glue, athena)]
    domains = [host.split(".")[-2:] for host in hosts]
    if hosts[1].startswith("athena.") and domains[0] != domains[1]:
        return f"no Athena beside Glue at {hosts[0]} (AWS_ENDPOINT_URL_ATHENA)"
    return ""
