"""The Glue catalog against the contract: tables, columns, types, places and partitions.

Columns that Glue knows besides ours are told and pass: a crawler with MergeNewColumns adds and never takes
away, so that they stay behind when an older version of this code runs again, and Athena, which finds the
columns of Parquet by name, shows them as null.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from top50.catalog.aws import TEMPLATE
from top50.catalog.glue.tables import (
    INPUT_FORMAT,
    SERDE,
    VIEW,
    Found,
    GlueDatabase,
    hive_columns,
    location,
    location_of,
    values_of,
)
from top50.catalog.patience import Tell
from top50.errors import CatalogError
from top50.lake.base import Lake
from top50.tables import CHART_ENTRIES, TABLES, Table
from top50.tables.files import TRANSFORMED, table_file

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import StorageDescriptorOutputTypeDef, TableTypeDef

_REMAKE = f"Delete that table in Glue (its files stay) and run it again; crawlers must be as in {TEMPLATE}."
_RUN_AGAIN = (
    f"Run it again; if it stays, compare the crawlers with {TEMPLATE}, or set TOP50_CATALOG=glue-direct."
)
MOVE = "Move it away: Athena reads whatever lies there."
_DROP = "Delete that partition in Glue: the lake has no such file."


class Difference(NamedTuple):
    """What is not as the contract says, and what to do about it."""

    told: str
    remedy: str
    table: Table | None = None
    """The table whose crawler may put it right; None where none can."""


def find_differences(database: GlueDatabase, lake: Lake, found: Found) -> list[Difference]:
    """Compare what Glue says with what lies in the lake: where it differs, what is there, what should be.

    found: from before the catalog was refreshed.
    """
    return [
        *_strays(lake, found),
        *_split(database, lake),
        *(each._replace(table=table) for table in found.tables for each in _table(database, lake, table)),
        *_partitions(database, lake, found),
    ]


def check_database(database: GlueDatabase, lake: Lake, found: Found, tell: Tell) -> None:
    """Raise CatalogError that names every difference; `tell` takes what is more than agreed."""
    differences = find_differences(database, lake, found)
    if differences:
        remedies = dict.fromkeys(each.remedy for each in differences)
        raise CatalogError("; ".join(each.told for each in differences), " ".join(remedies))
    for line in _more_columns(database, found):
        tell(line)


def _strays(lake: Lake, found: Found) -> Iterator[Difference]:
    """Yield what doubles rows; what is no Parquet ends a crawl or a count, which names it then."""
    for key in found.strays:
        if key.endswith(".parquet"):
            yield Difference(f"{lake.address}/{key} is no file of a table", MOVE)


def _split(database: GlueDatabase, lake: Lake) -> Iterator[Difference]:
    """Yield tables that lie among ours: a crawler makes such when it takes one table for several."""
    for name, table in database.tables.items():
        at = table.get("StorageDescriptor", {}).get("Location", "").rstrip("/") + "/"
        if (
            name not in TABLES
            and table.get("TableType") != VIEW
            and at.startswith(f"{lake.address}/{TRANSFORMED}")
        ):
            told = f"Glue table {database.name}.{name} lies at {at}, among our tables: a crawler split one"
            yield Difference(told, _REMAKE)


def _table(database: GlueDatabase, lake: Lake, table: Table) -> Iterator[Difference]:
    where = f"Glue table {database.name}.{table.name}"
    there = database.tables.get(table.name)
    if there is None:
        yield Difference(f"{where} is not there", _RUN_AGAIN)
        return
    if there.get("TableType") != "EXTERNAL_TABLE":
        told = f"{where} is a {there.get('TableType', 'table of no type')}, should be an EXTERNAL_TABLE"
        yield Difference(told, _REMAKE)
        return
    stored = there.get("StorageDescriptor", {})
    yield from _stored(where, stored, location(lake, table), _REMAKE)
    yield from _columns(where, stored, table)
    yield from _keys(where, there, table)


def _stored(
    where: str, stored: "StorageDescriptorOutputTypeDef", at: str, remedy: str
) -> Iterator[Difference]:
    serde = stored.get("SerdeInfo", {}).get("SerializationLibrary")
    for what, is_so, should_be in (
        ("Location", stored.get("Location", "nowhere").rstrip("/") + "/", at),
        ("InputFormat", stored.get("InputFormat"), INPUT_FORMAT),
        ("SerDe", serde, SERDE),
    ):
        if is_so != should_be:
            yield Difference(f"{where}: {what} is {is_so}, should be {should_be}", remedy)


def _columns(where: str, stored: "StorageDescriptorOutputTypeDef", table: Table) -> Iterator[Difference]:
    there = _types(stored)
    ours = hive_columns(table)
    for name, should_be in ours.items():
        if there.get(name) != should_be:
            is_so = there.get(name, "not there")
            yield Difference(f"{where}, column {name}: is {is_so}, should be {should_be}", _REMAKE)
    in_order = [name for name in there if name in ours]
    if set(in_order) == set(ours) and in_order != list(ours):
        told = f"{where}: columns are {', '.join(in_order)}, should be {', '.join(ours)}"
        yield Difference(told, _REMAKE)
    for name in table.partitions:
        if name in there:
            told = f"{where}, column {name}: is a column of the files, should be a partition key only"
            yield Difference(told, _REMAKE)


def _keys(where: str, there: "TableTypeDef", table: Table) -> Iterator[Difference]:
    keys = [(key["Name"], key.get("Type", "")) for key in there.get("PartitionKeys", [])]
    should_be = [(name, "string") for name in table.partitions]
    if keys != should_be:
        is_so = _in_words(keys)
        yield Difference(f"{where}: partition keys are {is_so}, should be {_in_words(should_be)}", _REMAKE)


def _partitions(database: GlueDatabase, lake: Lake, found: Found) -> Iterator[Difference]:
    """Yield what is wrong with the partitions: each of ours must be there, and no other without a file."""
    table = database.tables.get(CHART_ENTRIES.name)
    if table is None or not table.get("PartitionKeys"):
        return  # told with the table
    ours = {values_of(file): file for file in found.of(CHART_ENTRIES)}
    for values, file in ours.items():
        where = _partition(database, values)
        there = database.partitions.get(values)
        if there is None:
            told = f"{where}: is not there, should be at {location_of(lake, file)}"
            yield Difference(told, _RUN_AGAIN, CHART_ENTRIES)
            continue
        stored = there.get("StorageDescriptor", {})
        wrong = (
            *_stored(where, stored, location_of(lake, file), _RUN_AGAIN),
            *_types_like_table(where, stored),
        )
        yield from (each._replace(table=CHART_ENTRIES) for each in wrong)
    for values in set(database.partitions) - set(ours):
        if not has_file(lake, values):
            yield Difference(f"{_partition(database, values)}: is there, and no file of it", _DROP)


def _types_like_table(where: str, stored: "StorageDescriptorOutputTypeDef") -> Iterator[Difference]:
    ours = hive_columns(CHART_ENTRIES)
    for name, is_so in _types(stored).items():
        if is_so != ours.get(name, is_so):
            yield Difference(f"{where}, column {name}: is {is_so}, should be {ours[name]}", _RUN_AGAIN)


def has_file(lake: Lake, values: tuple[str, ...]) -> bool:
    """Say whether a partition has a file by now: a run beside ours may have made it."""
    named = dict(zip(CHART_ENTRIES.partitions, values, strict=True))
    return lake.version(table_file(CHART_ENTRIES, **named).key) is not None


def _more_columns(database: GlueDatabase, found: Found) -> Iterator[str]:
    for table in found.tables:
        there = _types(database.tables[table.name].get("StorageDescriptor", {}))
        more = ", ".join(name for name in there if name not in table.columns)
        if more:
            yield f"Glue table {database.name}.{table.name} has more columns than the files: {more}"


def _types(stored: "StorageDescriptorOutputTypeDef") -> dict[str, str]:
    return {column["Name"]: column.get("Type", "").lower() for column in stored.get("Columns", [])}


def _partition(database: GlueDatabase, values: tuple[str, ...]) -> str:
    named = zip(CHART_ENTRIES.partitions, values, strict=False)
    return f"Glue table {database.name}.{CHART_ENTRIES.name}, partition " + "/".join(map("=".join, named))


def _in_words(keys: list[tuple[str, str]]) -> str:
    return ", ".join(map(" ".join, keys)) or "none"
