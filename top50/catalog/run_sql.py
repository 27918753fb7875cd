"""SQL in DuckDB, for another process: this module imports nothing else."""

from pathlib import Path


def run_sql(script: str, file: Path) -> list[tuple[str, ...]]:
    """Run statements on a database file; return the rows of the last one.

    Raises ValueError with DuckDB's words.
    """
    import duckdb  # noqa: PLC0415 - not where this is only named: the memory that DuckDB takes ends with its process

    try:
        with duckdb.connect(str(file), config={"threads": 1}) as connection:
            # Or DuckDB draws a bar into the log of a run on a large lake.
            connection.execute("SET enable_progress_bar = false")
            return connection.execute(script).fetchall()
    except duckdb.Error as error:
        raise ValueError(str(error)) from None
