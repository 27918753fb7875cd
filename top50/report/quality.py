"""How many rows each table has, how many are new, and what its rows do not say."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from top50.tables.files import Published


def quality_table(published: Iterable[Published]) -> list[dict[str, str | int]]:
    """Return a row for each file: its rows, how many are new, and how many values each column has not got.

    Read from the files' own footers, as they are in the lake now.
    """
    return [
        {
            "table": file.table,
            "part": _part(file.key),
            "rows": file.rows,
            "new": file.added,
            "written": "yes" if file.changed else "unchanged",
            "null": ", ".join(f"{column} {nulls}" for column, nulls in nulls_of(file.content).items())
            or "none",
        }
        for file in published
    ]


def _part(key: str) -> str:
    return ", ".join(folder.split("=", 1)[1] for folder in key.split("/") if "=" in folder)


def nulls_of(content: bytes) -> dict[str, int]:
    """Return column → how many of its values are null, of the columns that have any, in their order."""
    metadata = pq.read_metadata(pa.BufferReader(content))
    nulls: dict[str, int] = {}
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            count = column.statistics.null_count if column.statistics else 0
            nulls[column.path_in_schema] = nulls.get(column.path_in_schema, 0) + count
    return {column: count for column, count in nulls.items() if count}
