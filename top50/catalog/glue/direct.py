"""TOP50_CATALOG=glue-direct: write the tables and partitions that crawlers would make.

What is correct is left alone. A partition whose file is gone is removed from Glue; the lake is never
touched. What UpdateTable cannot correct (partition keys, a view by a table's name) is left to the check.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from top50.catalog.aws import RUN_AGAIN, Log, aws_errors
from top50.catalog.glue.check import has_file
from top50.catalog.glue.tables import (
    REMEDIES,
    GlueDatabase,
    TableFiles,
    column_definitions,
    file_location,
    partition_values,
    storage_descriptor,
    table_location,
)
from top50.errors import CatalogError, CatalogUnavailable
from top50.lake.base import Lake
from top50.tables.schemas import CHART_ENTRIES, Table

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import PartitionInputTypeDef, TableInputTypeDef


# Partitions in one call: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
_BATCH = 100


def write_tables(
    glue: "GlueClient", database: GlueDatabase, lake: Lake, found: TableFiles, log: Log = lambda _: None
) -> int:
    """Make Glue's database describe the tables' files; return the number of changes, and log each one.

    Raises CatalogError, and CatalogUnavailable for a passing fault or when another run writes there too.
    """
    with aws_errors("Glue", f"database {database.name}", REMEDIES):
        changes = [
            *_create_database(glue, database),
            *(line for table in found.tables for line in _write_table(glue, database, lake, table)),
            *_write_partitions(glue, database, lake, found),
        ]
    for line in changes:
        log(line)
    return len(changes)


def _create_database(glue: "GlueClient", database: GlueDatabase) -> Iterator[str]:
    if not database.exists:
        try:
            glue.create_database(DatabaseInput={"Name": database.name})
            yield f"Glue database {database.name}: made"
        except glue.exceptions.AlreadyExistsException:
            pass  # by another run


def _write_table(glue: "GlueClient", database: GlueDatabase, lake: Lake, table: Table) -> Iterator[str]:
    expected: TableInputTypeDef = {
        "Name": table.name,
        "Description": table.schema.__doc__ or "",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": column_definitions(table, table.partitions),
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", "typeOfData": "file"},
        "StorageDescriptor": storage_descriptor(table, table_location(lake, table)),
    }
    actual = database.tables.get(table.name)
    if actual is None:
        try:
            glue.create_table(DatabaseName=database.name, TableInput=expected)
            yield f"Glue table {database.name}.{table.name}: made"
        except glue.exceptions.AlreadyExistsException:
            pass  # by another run
    elif actual.get("TableType") == "EXTERNAL_TABLE" and not _includes(actual, expected):
        parameters = {**actual.get("Parameters", {}), **expected["Parameters"]}
        glue.update_table(DatabaseName=database.name, TableInput={**expected, "Parameters": parameters})
        yield f"Glue table {database.name}.{table.name}: corrected"


def _includes(actual: Any, expected: Any) -> bool:
    """Return whether Glue has all that we expect, whatever it has besides; lists must be equal."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            _includes(actual.get(name), value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(_includes, actual, expected))
        )
    return bool(actual == expected)


def _write_partitions(
    glue: "GlueClient", database: GlueDatabase, lake: Lake, found: TableFiles
) -> Iterator[str]:
    where = f"Glue table {database.name}.{CHART_ENTRIES.name}, partition"
    expected: dict[tuple[str, ...], PartitionInputTypeDef] = {}
    for file in found.of(CHART_ENTRIES):
        expected[partition_values(file)] = {
            "Values": list(partition_values(file)),
            "Parameters": {"classification": "parquet"},
            "StorageDescriptor": storage_descriptor(CHART_ENTRIES, file_location(lake, file)),
        }
    actual = database.partitions
    for batch in _batches(values for values in expected if values not in actual):
        inputs = [expected[values] for values in batch]
        created = glue.batch_create_partition(
            DatabaseName=database.name, TableName=CHART_ENTRIES.name, PartitionInputList=inputs
        )
        _check(created.get("Errors", []), passes="AlreadyExistsException")  # by another run
        yield from (f"{where} {'/'.join(values)}: made" for values in batch)
    present = (values for values in expected if values in actual)
    for batch in _batches(values for values in present if not _includes(actual[values], expected[values])):
        updated = glue.batch_update_partition(
            DatabaseName=database.name,
            TableName=CHART_ENTRIES.name,
            Entries=[
                {"PartitionValueList": [*values], "PartitionInput": expected[values]} for values in batch
            ],
        )
        _check(updated.get("Errors", []))
        yield from (f"{where} {'/'.join(values)}: corrected" for values in batch)
    for values in sorted(set(actual) - set(expected)):
        if not has_file(lake, values) and _removed(glue, database.name, values):
            yield f"{where} {'/'.join(values)}: removed, its file is gone"


def _removed(glue: "GlueClient", database: str, values: tuple[str, ...]) -> bool:
    try:
        glue.delete_partition(
            DatabaseName=database, TableName=CHART_ENTRIES.name, PartitionValues=list(values)
        )
    except glue.exceptions.EntityNotFoundException:
        return False  # by another run
    return True


def _batches(values: Iterable[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    listed = list(values)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]


def _check(errors: Iterable[Any], passes: str = "") -> None:
    """Raise the first error of a single partition, but the one whose code passes."""
    for error in errors:
        detail = error.get("ErrorDetail", {})
        code = detail.get("ErrorCode", "unknown error")
        if code == passes:
            continue
        values = error.get("PartitionValues") or error.get("PartitionValueList", [])
        partition = f"{CHART_ENTRIES.name}, partition {'/'.join(values)}"
        what = f"Glue refuses {partition}: {code} {detail.get('ErrorMessage', '')}"
        if code in ("ConcurrentModificationException", "InternalServiceException", "EntityNotFoundException"):
            raise CatalogUnavailable(what, RUN_AGAIN)
        raise CatalogError(what, REMEDIES[""])
