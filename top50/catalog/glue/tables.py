"""What Glue is to say of our tables, made from top50.tables, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from top50.catalog.aws import TEMPLATE, explained
from top50.lake.base import Item, Lake
from top50.tables import CHART_ENTRIES, TABLES, Table
from top50.tables.files import TRANSFORMED, File, all_files, find_file, is_read_by_athena

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import (
        ColumnTypeDef,
        PartitionTypeDef,
        StorageDescriptorTypeDef,
        TableTypeDef,
    )

HIVE_TYPES = {
    "String": "string",
    "Int32": "int",
    "Int64": "bigint",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime(time_unit='us', time_zone='UTC')": "timestamp",
}

VIEW = "VIRTUAL_VIEW"

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
INPUT_FORMAT = f"{_PARQUET}.MapredParquetInputFormat"
SERDE = f"{_PARQUET}.serde.ParquetHiveSerDe"

REMEDIES = {
    "": f"Give the role the rights on Glue's databases, tables and partitions that {TEMPLATE} lists.",
    "EntityNotFoundException": "Correct TOP50_GLUE_DATABASE, and run it again.",
    "ResourceNumberLimitExceededException": "Raise Glue's quota in this account, and run it again.",
}

_LONGEST_COMMENT = 255
"""https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html"""


@dataclass(frozen=True)
class Found:
    """What lies in the lake's folders of tables: our files, and what else Athena would read there."""

    files: list[File]
    strays: list[str]
    listed: list[Item]
    """All of them as the lake lists them."""

    @property
    def versions(self) -> dict[str, str]:
        """Key → version of each of our files."""
        ours = {file.key for file in self.files}
        return {item.key: item.version for item in self.listed if item.key in ours}

    def of(self, table: Table) -> list[File]:
        """Return the files of a table."""
        return [file for file in self.files if file.table == table]

    @property
    def tables(self) -> list[Table]:
        """The tables that have a file: others there can be none of in Glue."""
        return [table for table in TABLES.values() if self.of(table)]


def find_files(lake: Lake) -> Found:
    """Look, with one listing, at what lies in the folders of the tables; raises LakeError."""
    listed = sorted(lake.list(TRANSFORMED))
    folders = tuple(f"{TRANSFORMED}{table}/" for table in TABLES)
    strays = [
        item.key
        for item in listed
        if item.size
        and item.key.startswith(folders)
        and not find_file(item.key)
        and is_read_by_athena(item.key)
    ]
    return Found(all_files(listed), strays, listed)


@dataclass(frozen=True)
class GlueDatabase:
    """Our Glue database as it is: all its tables by name, and the partitions of ours by their values."""

    name: str
    tables: dict[str, "TableTypeDef"]
    partitions: dict[tuple[str, ...], "PartitionTypeDef"]
    exists: bool = True


def read_database(glue: "GlueClient", name: str) -> GlueDatabase:
    """Read tables and partitions; raises CatalogError, CatalogUnavailable."""
    with explained("Glue", f"database {name}", REMEDIES):
        try:
            pages = glue.get_paginator("get_tables").paginate(DatabaseName=name)
            tables = {table["Name"]: table for page in pages for table in page["TableList"]}
        except glue.exceptions.EntityNotFoundException:
            return GlueDatabase(name, {}, {}, exists=False)
        entries = tables.get(CHART_ENTRIES.name)
        has_keys = entries is not None and entries.get("PartitionKeys")
        return GlueDatabase(name, tables, _partitions(glue, name) if has_keys else {})


def _partitions(glue: "GlueClient", database: str) -> dict[tuple[str, ...], "PartitionTypeDef"]:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=CHART_ENTRIES.name)
    return {tuple(each["Values"]): each for page in pages for each in page["Partitions"]}


def hive_columns(table: Table) -> dict[str, str]:
    """Return name → Hive type of the columns inside the files, in order."""
    return {name: HIVE_TYPES[str(table.types[name])] for name in table.columns}


def described(table: Table, names: Iterable[str]) -> "list[ColumnTypeDef]":
    """Return columns as Glue wants them, with their comments."""
    return [
        {
            "Name": name,
            "Type": HIVE_TYPES[str(table.types[name])],
            "Comment": table.comments[name][:_LONGEST_COMMENT],
        }
        for name in names
    ]


def location(lake: Lake, table: Table) -> str:
    """Return the folder of a table, as s3://…/."""
    return f"{lake.address}/{TRANSFORMED}{table.name}/"


def location_of(lake: Lake, file: File) -> str:
    """Return the folder of a file, which is that of its partition."""
    return f"{lake.address}/{file.key.rpartition('/')[0]}/"


def values_of(file: File) -> tuple[str, ...]:
    """Return the values of the partition that a file stands for."""
    return tuple(file.partitions.values())


def storage(table: Table, at: str) -> "StorageDescriptorTypeDef":
    """Return how and where the rows are stored, as a crawler says it."""
    return {
        "Columns": described(table, table.columns),
        "Location": at,
        "InputFormat": INPUT_FORMAT,
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "Compressed": False,
        "SerdeInfo": {"SerializationLibrary": SERDE, "Parameters": {"serialization.format": "1"}},
    }
