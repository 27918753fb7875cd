"""`build_tables`, beside bare decoding, DuckDB and the tutorials' pandas loop, over the same snapshots."""

from functools import partial
from pathlib import Path

import msgspec

from tests.bench.figures import Duel, Figure, alternate, timed
from tests.bench.in_duckdb import build_in_duckdb
from tests.bench.in_pandas import build_in_pandas
from tests.bench.scale import Scale
from tests.bench.snapshots import snapshots, write_all
from top50.read.spotify_types import Document
from top50.transform import build_tables

OURS = "build_tables"
DECODING = "bare msgspec decoding"
DUCKDB = "DuckDB read_json, schema stated"
GUESSING = "DuckDB read_json, schema guessed"
PANDAS = "pandas loop, file by file"
PANDAS_AT_ONCE = "pandas, all files at once"

TARGETS = {DECODING: "≥ 0.35 ×", DUCKDB: "≥ 15 ×", GUESSING: "", PANDAS: "≥ 10 ×", PANDAS_AT_ONCE: ""}

Rows = dict[str, int]


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Time them in turn: ours and the decoding from memory, the others from files."""
    raws = list(snapshots(scale.snapshots))
    files = write_all(iter(raws), folder / "raw")
    builds = {
        OURS: partial(_build, raws),
        DECODING: partial(_decode, raws),
        DUCKDB: partial(build_in_duckdb, folder / "raw", schema=True),
        GUESSING: partial(build_in_duckdb, folder / "raw", schema=False),
        PANDAS: partial(build_in_pandas, files, folder, at_once=False),
        PANDAS_AT_ONCE: partial(build_in_pandas, files, folder, at_once=True),
    }
    rows = {name: build() for name, build in builds.items()}  # a run of each that is not timed
    runs = alternate({name: timed(build) for name, build in builds.items()}, scale.rounds)
    size = sum(len(content) for _, content in raws)
    name = f"{len(raws):,} snapshots, {size / 1e6:.0f} MB"
    told = {"rows": rows[OURS], "as ours": _agreeing(rows)}
    return [Duel(runs, OURS, rival).times_faster(name, target, told) for rival, target in TARGETS.items()]


def _build(raws: list[tuple[str, bytes]]) -> Rows:
    return {name: frame.height for name, frame in build_tables(raws).tables.items()}


def _decode(raws: list[tuple[str, bytes]]) -> Rows:
    decoder = msgspec.json.Decoder(Document)
    for _, content in raws:
        decoder.decode(content)
    return {}


def _agreeing(rows: dict[str, Rows]) -> dict[str, bool]:
    """Say whose row counts are the same as ours, of the tables that they make."""
    return {name: counts.items() <= rows[OURS].items() for name, counts in rows.items() if counts}
