"""`python -m tests.bench.rival NAME RAW OUT`: a rival, alone; its row counts go to OUT/rows.json."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

ROWS = "rows.json"

PANDAS = "pandas loop"
DUCKDB = "DuckDB read_json as it comes"
DUCKDB_TOLD = "DuckDB read_json, schema stated"
POLARS = "Polars scan_ndjson, schema stated"
DLT = "dlt, tables picked by hand"
DLT_ALONE = "dlt, unnesting by itself"

Build = Callable[[Path, Path], dict[str, int]]


def main() -> None:
    """Build what the rival makes of all files below a folder."""
    name, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    rows = BUILDS[name](folder, out)
    (out / ROWS).write_bytes(msgspec.json.encode(rows))


# Each imports what it needs itself, so that nobody pays for another's library.


def _in_pandas(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_pandas import build_in_pandas  # noqa: PLC0415

    return build_in_pandas(sorted(folder.rglob("*.json")), out, at_once=False)


def _in_duckdb(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_duckdb import build_in_duckdb  # noqa: PLC0415

    return build_in_duckdb(folder, schema=True, out=out)


def _guessed_by_duckdb(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_duckdb import build_in_duckdb  # noqa: PLC0415

    return build_in_duckdb(folder, schema=False, out=out)


def _in_polars(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_polars import build_in_polars  # noqa: PLC0415

    return build_in_polars(folder, out)


def _in_dlt(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_dlt import build_in_dlt  # noqa: PLC0415

    return build_in_dlt(folder, out, by_hand=True)


def _unnested_by_dlt(folder: Path, out: Path) -> dict[str, int]:
    from tests.bench.in_dlt import build_in_dlt  # noqa: PLC0415

    return build_in_dlt(folder, out, by_hand=False)


BUILDS: dict[str, Build] = {
    PANDAS: _in_pandas,
    DUCKDB: _guessed_by_duckdb,
    DUCKDB_TOLD: _in_duckdb,
    POLARS: _in_polars,
    DLT: _in_dlt,
    DLT_ALONE: _unnested_by_dlt,
}


if __name__ == "__main__":
    main()
