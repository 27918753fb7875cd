"""Our tables as Glue describes them, the tables' files in the lake, and the Glue database as it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from top50.catalog.aws import TEMPLATE, aws_errors
from top50.lake.base import Item, Lake
from top50.tables.files import TRANSFORMED, File, all_files, find_file, is_read_by_athena
from top50.tables.schemas import CHART_ENTRIES, TABLES, Table
from top50.text import many

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import (
        ColumnTypeDef,
        PartitionTypeDef,
        StorageDescriptorTypeDef,
        TableTypeDef,
    )

HIVE_TYPES: dict[pl.DataType, str] = {
    pl.String(): "string",
    pl.Int32(): "int",
    pl.Int64(): "bigint",
    pl.Boolean(): "boolean",
    pl.Date(): "date",
    pl.Datetime("us", "UTC"): "timestamp",
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


@dataclass(frozen=True)
class TableFiles:
    """A listing of the tables' folders.

    files: those of our tables. strays: the keys of other files that Athena would read there.
    listed: all of them, as the lake lists them.
    """

    files: list[File]
    strays: list[str]
    listed: list[Item]

    @property
    def versions(self) -> dict[str, str]:
        """Key → version of every file of our tables."""
        ours = {file.key for file in self.files}
        return {item.key: item.version for item in self.listed if item.key in ours}

    def of(self, table: Table) -> list[File]:
        """Return the files of a table."""
        return [file for file in self.files if file.table == table]

    @property
    def tables(self) -> list[Table]:
        """The tables that have a file: a crawler creates no others."""
        return [table for table in TABLES.values() if self.of(table)]

    @property
    def tables_in_words(self) -> str:
        """`5 tables`."""
        return many(len(self.tables), "table")


def list_table_files(lake: Lake) -> TableFiles:
    """List the tables' folders, with one request for 1,000 files; raises LakeError."""
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
    return TableFiles(all_files(listed), strays, listed)


@dataclass(frozen=True)
class GlueDatabase:
    """Our Glue database as it is: name → all its tables, and values → the partitions of chart_entries."""

    name: str
    tables: dict[str, "TableTypeDef"]
    partitions: dict[tuple[str, ...], "PartitionTypeDef"]
    exists: bool = True


def read_database(glue: "GlueClient", name: str) -> GlueDatabase:
    """Read tables and partitions; raises CatalogError, CatalogUnavailable."""
    with aws_errors("Glue", f"database {name}", REMEDIES):
        try:
            pages = glue.get_paginator("get_tables").paginate(DatabaseName=name)
            tables = {table["Name"]: table for page in pages for table in page["TableList"]}
        except glue.exceptions.EntityNotFoundException:
            return GlueDatabase(name, {}, {}, exists=False)
        partitions: dict[tuple[str, ...], PartitionTypeDef] = {}
        entries = tables.get(CHART_ENTRIES.name)
        if entries is not None and entries.get("PartitionKeys"):
            paginator = glue.get_paginator("get_partitions")
            for answer in paginator.paginate(DatabaseName=name, TableName=CHART_ENTRIES.name):
                partitions |= {tuple(partition["Values"]): partition for partition in answer["Partitions"]}
        return GlueDatabase(name, tables, partitions)


def hive_columns(table: Table) -> dict[str, str]:
    """Return name → Hive type of the columns inside the files, in order."""
    return {name: HIVE_TYPES[table.types[name]] for name in table.columns}


def column_definitions(table: Table, names: Iterable[str]) -> "list[ColumnTypeDef]":
    """Return columns with their types and comments, as Glue's API takes them."""
    return [
        {
            "Name": name,
            "Type": HIVE_TYPES[table.types[name]],
            # The longest comment: https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
            "Comment": table.comments[name][:255],
        }
        for name in names
    ]


def table_location(lake: Lake, table: Table) -> str:
    """Return the folder of a table, as s3://…/."""
    return f"{lake.address}/{TRANSFORMED}{table.name}/"


def file_location(lake: Lake, file: File) -> str:
    """Return the folder of a file, which is that of its partition, as s3://…/."""
    return f"{lake.address}/{file.key.rpartition('/')[0]}/"


def partition_values(file: File) -> tuple[str, ...]:
    """Return the values of a file's partition; () for a table without partitions."""
    return tuple(file.partitions.values())


def storage_descriptor(table: Table, at: str) -> "StorageDescriptorTypeDef":
    """Return how and where the rows are stored, in a crawler's words. at: a folder, as s3://…/."""
    return {
        "Columns": column_definitions(table, table.columns),
        "Location": at,
        "InputFormat": INPUT_FORMAT,
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "Compressed": False,
        "SerdeInfo": {"SerializationLibrary": SERDE, "Parameters": {"serialization.format": "1"}},
    }
