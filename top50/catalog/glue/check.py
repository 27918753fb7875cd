"""The Glue catalog against the contract: tables, columns, types, locations and partitions.

Columns that Glue has besides ours are logged and pass: a crawler with MergeNewColumns adds columns and never
removes any, so they stay when an older version of this code runs again. Athena finds the columns of Parquet
by name and shows them as null.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from top50.catalog.aws import TEMPLATE, Log
from top50.catalog.glue.tables import (
    INPUT_FORMAT,
    SERDE,
    VIEW,
    GlueDatabase,
    TableFiles,
    file_location,
    hive_columns,
    partition_values,
    table_location,
)
from top50.errors import CatalogError
from top50.lake.base import Lake
from top50.tables.files import TRANSFORMED, table_file
from top50.tables.schemas import CHART_ENTRIES, TABLES, Table

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import StorageDescriptorOutputTypeDef

MOVE = "Move it away: Athena reads every file there."

_DELETE_TABLE = (
    f"Delete that table in Glue (its files stay) and run it again; crawlers must be as in {TEMPLATE}."
)
_RUN_AGAIN = (
    f"Run it again; if it stays, compare the crawlers with {TEMPLATE}, or set TOP50_CATALOG=glue-direct."
)


class Difference(NamedTuple):
    """One thing that differs from the contract, and what to do about it.

    table: the one whose crawler may correct it; None where no crawler can.
    """

    what: str
    remedy: str
    table: Table | None = None


def find_differences(database: GlueDatabase, lake: Lake, found: TableFiles) -> list[Difference]:
    """Return where Glue differs from the lake. found: a listing from before the catalog was refreshed.

    Raises LakeError.
    """
    return [
        # Others than Parquet double no rows: they end a crawl or a count, which then names them.
        *(
            Difference(f"{lake.address}/{key} is not a file of a table", MOVE)
            for key in found.strays
            if key.endswith(".parquet")
        ),
        *_split_tables(database, lake),
        *(
            difference._replace(table=table)
            for table in found.tables
            for difference in _table(database, lake, table)
        ),
        *_partitions(database, lake, found),
    ]


def check_database(database: GlueDatabase, lake: Lake, found: TableFiles, log: Log) -> None:
    """Raise CatalogError that names every difference; log the columns that Glue has besides ours."""
    differences = find_differences(database, lake, found)
    if differences:
        remedies = dict.fromkeys(difference.remedy for difference in differences)
        raise CatalogError("; ".join(difference.what for difference in differences), " ".join(remedies))
    for table in found.tables:
        columns = _types(database.tables[table.name].get("StorageDescriptor", {}))
        more = ", ".join(name for name in columns if name not in table.columns)
        if more:
            log(f"Glue table {database.name}.{table.name} has more columns than the files: {more}")


def has_file(lake: Lake, values: tuple[str, ...]) -> bool:
    """Return whether a partition has a file now: another run may have published it. Raises LakeError."""
    named = dict(zip(CHART_ENTRIES.partitions, values, strict=True))
    return lake.version(table_file(CHART_ENTRIES, **named).key) is not None


def _split_tables(database: GlueDatabase, lake: Lake) -> Iterator[Difference]:
    """Yield other tables within our folders: a crawler creates them when it takes one table for several."""
    for name, table in database.tables.items():
        at = table.get("StorageDescriptor", {}).get("Location", "").rstrip("/") + "/"
        is_ours = name in TABLES or table.get("TableType") == VIEW
        if not is_ours and at.startswith(f"{lake.address}/{TRANSFORMED}"):
            what = f"Glue table {database.name}.{name} is stored at {at}, among our tables"
            yield Difference(f"{what}: a crawler split one", _DELETE_TABLE)


def _table(database: GlueDatabase, lake: Lake, table: Table) -> Iterator[Difference]:
    where = f"Glue table {database.name}.{table.name}"
    actual = database.tables.get(table.name)
    if actual is None:
        yield Difference(f"{where} is missing", _RUN_AGAIN)
        return
    if actual.get("TableType") != "EXTERNAL_TABLE":
        kind = actual.get("TableType", "table of no type")
        yield Difference(f"{where} is a {kind}, should be an EXTERNAL_TABLE", _DELETE_TABLE)
        return
    stored = actual.get("StorageDescriptor", {})
    yield from _storage(where, stored, table_location(lake, table), _DELETE_TABLE)
    yield from _columns(where, stored, table)
    keys = ", ".join(f"{key['Name']} {key.get('Type', '')}" for key in actual.get("PartitionKeys", []))
    expected = ", ".join(f"{name} string" for name in table.partitions)
    if keys != expected:
        what = f"{where}: partition keys are {keys or 'none'}, should be {expected or 'none'}"
        yield Difference(what, _DELETE_TABLE)


def _storage(
    where: str, stored: "StorageDescriptorOutputTypeDef", at: str, remedy: str
) -> Iterator[Difference]:
    serde = stored.get("SerdeInfo", {}).get("SerializationLibrary")
    for name, actual, expected in (
        ("Location", stored.get("Location", "nowhere").rstrip("/") + "/", at),
        ("InputFormat", stored.get("InputFormat"), INPUT_FORMAT),
        ("SerDe", serde, SERDE),
    ):
        if actual != expected:
            yield Difference(f"{where}: {name} is {actual}, should be {expected}", remedy)


def _columns(where: str, stored: "StorageDescriptorOutputTypeDef", table: Table) -> Iterator[Difference]:
    actual, expected = _types(stored), hive_columns(table)
    for name, kind in expected.items():
        if actual.get(name) != kind:
            what = f"{where}, column {name}: is {actual.get(name, 'missing')}, should be {kind}"
            yield Difference(what, _DELETE_TABLE)
    ours = [name for name in actual if name in expected]
    if set(ours) == set(expected) and ours != list(expected):
        what = f"{where}: columns are {', '.join(ours)}, should be {', '.join(expected)}"
        yield Difference(what, _DELETE_TABLE)
    for name in table.partitions:
        if name in actual:
            what = f"{where}, column {name}: is a column of the files, should be a partition key only"
            yield Difference(what, _DELETE_TABLE)


def _partitions(database: GlueDatabase, lake: Lake, found: TableFiles) -> Iterator[Difference]:
    """Yield the partitions that are missing or wrong, and those without a file."""
    table = database.tables.get(CHART_ENTRIES.name)
    if table is None or not table.get("PartitionKeys"):
        return  # a difference of the table
    files = {partition_values(file): file for file in found.of(CHART_ENTRIES)}
    for values in [*files, *(set(database.partitions) - set(files))]:
        named = zip(CHART_ENTRIES.partitions, values, strict=False)
        where = f"Glue table {database.name}.{CHART_ENTRIES.name}, partition {'/'.join(map('='.join, named))}"
        if values not in files:
            if not has_file(lake, values):
                remedy = "Delete that partition in Glue: the lake has no such file."
                yield Difference(f"{where}: exists, but has no file", remedy)
            continue
        at = file_location(lake, files[values])
        if values not in database.partitions:
            yield Difference(f"{where}: is missing, should be at {at}", _RUN_AGAIN, CHART_ENTRIES)
            continue
        stored = database.partitions[values].get("StorageDescriptor", {})
        for difference in (*_storage(where, stored, at, _RUN_AGAIN), *_retyped(where, stored)):
            yield difference._replace(table=CHART_ENTRIES)


def _retyped(where: str, stored: "StorageDescriptorOutputTypeDef") -> Iterator[Difference]:
    """Yield the columns of a partition whose type is not the table's."""
    expected = hive_columns(CHART_ENTRIES)
    for name, kind in _types(stored).items():
        if kind != expected.get(name, kind):
            yield Difference(f"{where}, column {name}: is {kind}, should be {expected[name]}", _RUN_AGAIN)


def _types(stored: "StorageDescriptorOutputTypeDef") -> dict[str, str]:
    return {column["Name"]: column.get("Type", "").lower() for column in stored.get("Columns", [])}
