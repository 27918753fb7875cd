"""What a Glue crawler finds: the table that the Parquet files under one S3 folder make."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

_HIVE_TYPES: dict[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.date32(): "date",
}


class CrawlFailedError(Exception):
    """The crawl cannot make one table of what lies there."""


@dataclass
class CrawledTable:
    """One table: Hive types by column, folders by partition values, sizes."""

    name: str
    location: str
    columns: dict[str, str] = field(default_factory=dict)
    partition_keys: tuple[str, ...] = ()
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)
    files: int = 0
    rows: int = 0


def crawl(s3: Any, target: str, table_prefix: str) -> CrawledTable:
    """Reads the footers under `target` (s3://bucket/folder/); a table without files is a folder without any.

    Where AWS would split the folder into several tables (unlike partition keys or types, other formats),
    this crawl fails and says so: no table of ours may ever be split.
    """
    bucket, _, path = target.removeprefix("s3://").partition("/")
    folder = path.rstrip("/") + "/"
    location = f"s3://{bucket}/{folder}"
    table = CrawledTable(table_prefix + folder.split("/")[-2].lower(), location)
    try:
        for key in _keys(s3, bucket, folder):
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            _add(table, key.removeprefix(folder), body)
    except (BotoCoreError, ClientError) as error:
        raise CrawlFailedError(str(error)) from error
    return table


def _keys(s3: Any, bucket: str, folder: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        for entry in page.get("Contents", []):
            name = entry["Key"].rpartition("/")[2]
            if name and not name.startswith(("_", ".")):
                yield entry["Key"]


def _add(table: CrawledTable, key: str, body: bytes) -> None:
    try:
        footer = pq.ParquetFile(io.BytesIO(body))
    except pa.ArrowInvalid as error:
        raise CrawlFailedError(f"{table.location}{key} is no Parquet file: {error}") from error
    _add_partition(table, key)
    for column in footer.schema_arrow:
        _add_column(table, key, column)
    table.files += 1
    table.rows += footer.metadata.num_rows


def _add_partition(table: CrawledTable, key: str) -> None:
    folders = key.split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders]
    # A folder that is not key=value becomes a column all the same, as in AWS.
    keys = tuple(key if equals else f"partition_{at}" for at, (key, equals, _) in enumerate(pairs))
    if table.files and keys != table.partition_keys:
        raise CrawlFailedError(f"{table.location}: partition keys {keys} beside {table.partition_keys}")
    table.partition_keys = keys
    values = tuple(value if equals else key for key, equals, value in pairs)
    if values:
        table.partitions[values] = table.location + "/".join(folders) + "/"


def _add_column(table: CrawledTable, key: str, column: pa.Field) -> None:
    hive_type = _hive_type(column.type)
    name = column.name.lower()
    if hive_type is None:
        raise CrawlFailedError(f"{table.location}{key}: no Hive type for {name} {column.type}")
    if table.columns.setdefault(name, hive_type) != hive_type:
        raise CrawlFailedError(
            f"{table.location}{key}: {name} is {hive_type} here and {table.columns[name]} before"
        )


def _hive_type(arrow_type: pa.DataType) -> str | None:
    if pa.types.is_timestamp(arrow_type):
        return "timestamp"
    if pa.types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    return _HIVE_TYPES.get(arrow_type)
