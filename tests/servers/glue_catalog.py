"""Writes what a crawl found into the Glue catalog, the way a crawler with our settings does."""

from typing import Any

from .aws_json import AwsError, Body, Moto
from .crawled_tables import CrawledTable

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def publish(glue: Moto, database: str, crawler: str, table: CrawledTable) -> None:
    """Makes or updates the table: columns are added and never taken away, partitions follow the table."""
    _ensure_database(glue, database)
    before = _table(glue, database, table.name)
    columns = _merged(before, table)
    table_input = {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partition_keys],
        "Parameters": _parameters(before, crawler, table),
        "StorageDescriptor": _storage(columns, table.location),
    }
    action = "UpdateTable" if before else "CreateTable"
    glue.call(action, {"DatabaseName": database, "TableInput": table_input})
    _publish_partitions(glue, database, table, columns)


def _ensure_database(glue: Moto, database: str) -> None:
    try:
        glue.call("GetDatabase", {"Name": database})
    except AwsError as error:
        if error.code != "EntityNotFoundException":
            raise
        glue.call("CreateDatabase", {"DatabaseInput": {"Name": database}})


def _table(glue: Moto, database: str, name: str) -> Body:
    try:
        found: Body = glue.call("GetTable", {"DatabaseName": database, "Name": name})["Table"]
    except AwsError as error:
        if error.code != "EntityNotFoundException":
            raise
        return {}
    return found


def _merged(before: Body, table: CrawledTable) -> list[Body]:
    # MergeNewColumns: what the catalog says of a column (type, comment) stays.
    known: list[Body] = before.get("StorageDescriptor", {}).get("Columns", [])
    names = {column["Name"] for column in known}
    new = [{"Name": name, "Type": kind} for name, kind in table.columns.items() if name not in names]
    return known + new


def _parameters(before: Body, crawler: str, table: CrawledTable) -> dict[str, str]:
    own = {
        "classification": "parquet",
        "typeOfData": "file",
        "UPDATED_BY_CRAWLER": crawler,
        "objectCount": str(table.files),
        "recordCount": str(table.rows),
    }
    return {**before.get("Parameters", {}), **own}


def _storage(columns: list[Body], location: str) -> dict[str, Any]:
    return {
        "Columns": columns,
        "Location": location,
        "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    }


def _publish_partitions(glue: Moto, database: str, table: CrawledTable, columns: list[Body]) -> None:
    # InheritFromTable; a partition whose folder is gone stays, as with DeleteBehavior LOG.
    where = {"DatabaseName": database, "TableName": table.name}
    known = {tuple(each["Values"]) for each in glue.call("GetPartitions", where)["Partitions"]}
    for values, location in table.partitions.items():
        partition = {"Values": list(values), "StorageDescriptor": _storage(columns, location)}
        if values in known:
            glue.call("UpdatePartition", where | {"PartitionValueList": values, "PartitionInput": partition})
        else:
            glue.call("CreatePartition", where | {"PartitionInput": partition})
