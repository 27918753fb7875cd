"""TOP50_CATALOG=glue-direct: the tables and partitions that crawlers would make, written by ourselves.

What is as it should be is left alone. A partition whose file is gone is taken out of Glue; the lake is
never touched. What UpdateTable cannot mend (partition keys, a view by a table's name) is left to the check.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from top50.catalog.aws import explained
from top50.catalog.glue.check import has_file
from top50.catalog.glue.tables import (
    REMEDIES,
    Found,
    GlueDatabase,
    described,
    location,
    location_of,
    storage,
    values_of,
)
from top50.catalog.patience import Tell
from top50.errors import CatalogError, CatalogUnavailable
from top50.lake.base import Lake
from top50.tables import CHART_ENTRIES, Table

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import (
        PartitionInputTypeDef,
        TableInputTypeDef,
    )

BATCH = 100
"""Partitions in one call: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html"""


def write_tables(
    glue: "GlueClient", database: GlueDatabase, lake: Lake, found: Found, tell: Tell = lambda _: None
) -> int:
    """Make Glue's database say what lies in the lake; return how many changes that took.

    Raises CatalogError, and CatalogUnavailable for a passing fault or when another run writes there too.
    """
    with explained("Glue", f"database {database.name}", REMEDIES):
        changes = [
            *_make_database(glue, database),
            *(line for table in found.tables for line in _write_table(glue, database, lake, table)),
            *_write_partitions(glue, database, lake, found),
        ]
    for line in changes:
        tell(line)
    return len(changes)


def _make_database(glue: "GlueClient", database: GlueDatabase) -> Iterator[str]:
    if database.exists:
        return
    try:
        glue.create_database(DatabaseInput={"Name": database.name})
    except glue.exceptions.AlreadyExistsException:
        return
    yield f"Glue database {database.name}: made"


def _write_table(glue: "GlueClient", database: GlueDatabase, lake: Lake, table: Table) -> Iterator[str]:
    there, wanted = database.tables.get(table.name), _table_input(lake, table)
    if there is None:
        try:
            glue.create_table(DatabaseName=database.name, TableInput=wanted)
        except glue.exceptions.AlreadyExistsException:
            return
        yield f"Glue table {database.name}.{table.name}: made"
    elif there.get("TableType") == "EXTERNAL_TABLE" and not _includes(there, wanted):
        kept = {**there.get("Parameters", {}), **wanted["Parameters"]}
        glue.update_table(DatabaseName=database.name, TableInput={**wanted, "Parameters": kept})
        yield f"Glue table {database.name}.{table.name}: corrected"


def _table_input(lake: Lake, table: Table) -> "TableInputTypeDef":
    return {
        "Name": table.name,
        "Description": table.schema.__doc__ or "",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": described(table, table.partitions),
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", "typeOfData": "file"},
        "StorageDescriptor": storage(table, location(lake, table)),
    }


def _includes(there: Any, wanted: Any) -> bool:
    """Say whether Glue says all that we want, whatever it says besides; lists must be the same."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            _includes(there.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(_includes, there, wanted))
    return bool(there == wanted)


def _write_partitions(glue: "GlueClient", database: GlueDatabase, lake: Lake, found: Found) -> Iterator[str]:
    wanted = {values_of(file): location_of(lake, file) for file in found.of(CHART_ENTRIES)}
    inputs = {values: _partition_input(values, at) for values, at in wanted.items()}
    there = database.partitions
    missing = [each for values, each in inputs.items() if values not in there]
    wrong = [
        each for values, each in inputs.items() if values in there and not _includes(there[values], each)
    ]
    yield from _create(glue, database.name, missing)
    yield from _correct(glue, database.name, wrong)
    for values in sorted(set(there) - set(wanted)):
        if not has_file(lake, values):
            yield from _take_out(glue, database.name, values)


def _partition_input(values: tuple[str, ...], at: str) -> "PartitionInputTypeDef":
    return {
        "Values": list(values),
        "Parameters": {"classification": "parquet"},
        "StorageDescriptor": storage(CHART_ENTRIES, at),
    }


def _create(glue: "GlueClient", database: str, inputs: "Sequence[PartitionInputTypeDef]") -> Iterator[str]:
    for batch in _batches(inputs):
        answer = glue.batch_create_partition(
            DatabaseName=database, TableName=CHART_ENTRIES.name, PartitionInputList=batch
        )
        _check(answer.get("Errors", []), passes="AlreadyExistsException")
    for each in inputs:
        yield _line(database, each["Values"], "made")


def _correct(glue: "GlueClient", database: str, inputs: "Sequence[PartitionInputTypeDef]") -> Iterator[str]:
    for batch in _batches(inputs):
        answer = glue.batch_update_partition(
            DatabaseName=database,
            TableName=CHART_ENTRIES.name,
            Entries=[{"PartitionValueList": each["Values"], "PartitionInput": each} for each in batch],
        )
        _check(answer.get("Errors", []))
    for each in inputs:
        yield _line(database, each["Values"], "corrected")


def _take_out(glue: "GlueClient", database: str, values: Sequence[str]) -> Iterator[str]:
    try:
        glue.delete_partition(
            DatabaseName=database, TableName=CHART_ENTRIES.name, PartitionValues=list(values)
        )
    except glue.exceptions.EntityNotFoundException:
        return
    yield _line(database, values, "taken out, its file is gone")


def _check(errors: Iterable[Any], passes: str = "") -> None:
    """Raise what Glue says of single partitions; two runs at once may make the same."""
    for error in errors:
        detail = error.get("ErrorDetail", {})
        code = detail.get("ErrorCode", "unknown error")
        if code == passes:
            continue
        values = error.get("PartitionValues") or error.get("PartitionValueList", [])
        where = f"{CHART_ENTRIES.name}, partition {'/'.join(values)}"
        told = f"Glue refuses {where}: {code} {detail.get('ErrorMessage', '')}"
        if code in ("ConcurrentModificationException", "InternalServiceException", "EntityNotFoundException"):
            raise CatalogUnavailable(told, "Run it again; the tables are published.")
        raise CatalogError(told, REMEDIES[""])


def _batches(inputs: "Sequence[PartitionInputTypeDef]") -> "Iterator[Sequence[PartitionInputTypeDef]]":
    for start in range(0, len(inputs), BATCH):
        yield inputs[start : start + BATCH]


def _line(database: str, values: Sequence[str], what: str) -> str:
    return f"Glue table {database}.{CHART_ENTRIES.name}, partition {'/'.join(values)}: {what}"
