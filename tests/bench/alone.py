"""`python -m tests.bench.alone WHAT …`: the bare minimum beside which a flow is measured.

decode FOLDER PROCESSES  read all files below a folder and decode them, typed, with msgspec
get BUCKET PROCESSES     list an S3 bucket and get all its raw objects with obstore, and nothing else
rebuild LAKE             what flows.rebuild does, without Prefect
scan-duckdb FILE         read the rows of the global charts of a merged archive with DuckDB
scan-polars FILE         the same with Polars, streaming
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import S3Store

SPAWN = get_context("spawn")
"""Not fork: obstore has threads, which a forked process lacks."""

THREADS = 16
"""How many objects each process gets at the same time, as the lake does."""

_PART = 50
"""How many objects a process is handed at once."""


def main() -> None:
    """Do it."""
    what, *arguments = sys.argv[1:]
    WORK[what](*arguments)


def _decode(folder: str, processes: str) -> None:
    files = [str(file) for file in Path(folder).rglob("*.json")]
    with SPAWN.Pool(int(processes)) as pool:
        decoded = sum(pool.imap_unordered(_decode_part, _parts(files)))
        pool.close()
        pool.join()  # so that their CPU seconds are counted
    assert decoded == len(files)


def _decode_part(files: list[str]) -> int:
    import msgspec  # noqa: PLC0415 - nobody pays for what another one imports

    from top50.read.spotify_types import Document  # noqa: PLC0415

    decoder = msgspec.json.Decoder(Document)
    for file in files:
        decoder.decode(Path(file).read_bytes())
    return len(files)


def _get(bucket: str, processes: str) -> None:
    import obstore  # noqa: PLC0415

    listed = obstore.list(_store(bucket), "raw_data/processed/", chunk_size=1000)
    keys = [item["path"] for chunk in listed for item in chunk]
    with SPAWN.Pool(int(processes)) as pool:
        got = sum(pool.starmap(_get_part, zip(repeat(bucket), _parts(keys))))
        pool.close()
        pool.join()
    assert got == len(keys)


def _get_part(bucket: str, keys: list[str]) -> int:
    import obstore  # noqa: PLC0415

    store = _store(bucket)
    with ThreadPoolExecutor(THREADS) as pool:
        contents = pool.map(lambda key: obstore.get(store, key).bytes(), keys)
        return sum(len(content) > 0 for content in contents)


@cache
def _store(bucket: str) -> "S3Store":
    from obstore.store import S3Store  # noqa: PLC0415

    return S3Store(
        bucket,
        endpoint=os.environ["AWS_ENDPOINT_URL_S3"],
        access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=os.environ["AWS_REGION"],
        client_options={"allow_http": True},
    )


def _parts(items: list[str]) -> list[list[str]]:
    return [items[start : start + _PART] for start in range(0, len(items), _PART)]


def _rebuild(folder: str) -> None:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # as flows do
    from top50.lake.directory import DirectoryLake  # noqa: PLC0415
    from top50.read.snapshot import Wanted  # noqa: PLC0415
    from top50.rebuild import rebuild  # noqa: PLC0415
    from top50.rebuild.replace import put_in_place  # noqa: PLC0415

    lake = DirectoryLake(Path(folder))
    put_in_place(lake, rebuild(lake, Wanted(), lambda _: None))


def _scan_in_duckdb(file: str) -> None:
    import duckdb  # noqa: PLC0415

    rows = duckdb.connect().execute(
        "SELECT * FROM read_csv(?, all_varchar = true) WHERE country = 'global'", [file]
    )
    assert rows.to_arrow_table().num_rows


def _scan_in_polars(file: str) -> None:
    import polars as pl  # noqa: PLC0415

    rows = pl.scan_csv(file, infer_schema=False).filter(pl.col("country") == "global")
    assert rows.collect(engine="streaming").height


SCANS = {"DuckDB's scan": "scan-duckdb", "Polars' scan": "scan-polars"}

WORK: dict[str, Callable[..., None]] = {
    "decode": _decode,
    "get": _get,
    "rebuild": _rebuild,
    "scan-duckdb": _scan_in_duckdb,
    "scan-polars": _scan_in_polars,
}


if __name__ == "__main__":
    main()
