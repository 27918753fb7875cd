"""Each thing that can be wrong with a lake is found, named, and nothing else is said to be wrong."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.publish import publish
from top50.simulator import snapshot
from top50.tables import ALBUM as ALBUMS
from top50.transform import build_tables
from top50.verify.told import MOST

from .conftest import ALBUM, ENTRIES, FRIDAY, NEWEST, PENDING, RAWS, SONGS, SONGS_ONLY, Patient

ROOT = Path(__file__).parents[3]
ARTIST, SONG_ARTISTS = (f"transformed_data/{name}/{name}.parquet" for name in ("artist", "song_artists"))


def tree(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def test_a_sound_lake_is_called_so_and_nothing_in_it_is_touched(patient: Patient) -> None:
    before = tree(patient.lake.root)
    assert patient.wrong(quick=False) == {}
    assert tree(patient.lake.root) == before


def test_what_a_killed_run_has_published_but_not_archived_is_sound(patient: Patient) -> None:
    publish(patient.lake, build_tables([PENDING]).tables)
    assert patient.wrong(quick=False) == {}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("transformed_data/songs/part-0.parquet", "Athena reads whatever lies there"),
        ("transformed_data/songs/.DS_Store", "Athena reads whatever lies there"),
        ("transformed_data/chart_entries/chart=local/year=2026/chart_entries.parquet", "Athena reads"),
        ("transformed_data/chart_entries/chart=global-weekly/chart_entries.parquet", "Athena reads"),
        ("raw_data/other/one.json", "is neither table, raw object nor report"),
        ("notes.txt", "is neither table, raw object nor report"),
        ("athena_results/1.csv", "is neither table, raw object nor report"),
        ("reports/.doctor-1", "left by a doctor that was killed. Delete it"),
        (".top50/0123456789abcdef", "left by a run that was killed"),
    ],
)
def test_what_belongs_nowhere_is_named(patient: Patient, key: str, says: str) -> None:
    patient.lake.write(key, b"PAR1")
    found = patient.wrong()
    assert list(found) == ["layout"]
    [told] = found["layout"]
    assert told.startswith(key)
    assert says.partition(". ")[0] in told


@pytest.mark.parametrize("key", ["raw_data/.DS_Store", ".top50/lock", "reports/any/thing.png"])
def test_what_may_lie_there_is_not_named(patient: Patient, key: str) -> None:
    patient.lake.write(key, b"")
    assert patient.wrong() == {}


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def with_column(content: bytes, name: str, dtype: pa.DataType) -> bytes:
    table = pq.read_table(pa.BufferReader(content))
    return parquet(table.set_column(table.column_names.index(name), name, table[name].cast(dtype)))


def with_partition(content: bytes) -> bytes:
    table = pq.read_table(pa.BufferReader(content))
    return parquet(table.append_column("year", pa.array(["2026"] * len(table))))


def without_metadata(content: bytes) -> bytes:
    return parquet(pq.read_table(pa.BufferReader(content)).replace_schema_metadata(None))


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        (ALBUM, lambda content: content[:-50], "album.parquet is no file of album"),
        (ALBUM, lambda _: b"", "album.parquet is no file of album"),
        (ALBUM, lambda old: with_column(old, "total_tracks", pa.int64()), "total_tracks is int64, not int32"),
        (ALBUM, lambda old: with_column(old, "name", pa.large_string()), "name is large_string, not string"),
        (ENTRIES, with_partition, "has other columns than its table: year"),
        (SONGS, without_metadata, "does not say which artists its songs have"),
    ],
)
def test_a_file_of_another_form_is_named(
    patient: Patient, key: str, change: Callable[[bytes], bytes], says: str
) -> None:
    patient.change(key, change)
    [told] = patient.wrong()["types"]
    assert says in told


@pytest.mark.parametrize(
    ("key", "sql", "says"),
    [
        (ALBUM, "SELECT * FROM self ORDER BY album_id DESC", "not in the order of album_id"),
        (ALBUM, "SELECT * FROM self UNION ALL SELECT * FROM self ORDER BY album_id", "more than once"),
        (
            ENTRIES,
            "SELECT * REPLACE (chart_date - INTERVAL '1 year' AS chart_date) FROM self",
            "is of another year",
        ),
        (ENTRIES, "SELECT * REPLACE (CAST(rank - 1 AS INT) AS rank) FROM self", "against the contract"),
    ],
)
def test_rows_out_of_order_doubled_or_astray_are_named(
    patient: Patient, key: str, sql: str, says: str
) -> None:
    patient.rewrite(key, sql)
    [told] = patient.wrong()["keys"]
    assert told.startswith(key)
    assert says in told


@pytest.mark.parametrize(
    ("key", "lost", "columns"),
    [
        (SONGS, "song_id", ["chart_entries.song_id", "song_artists.song_id", "song_artists is not"]),
        (ALBUM, "album_id", ["songs.album_id"]),
        (ARTIST, "artist_id", ["songs.artist_id", "song_artists.artist_id"]),
        (SONG_ARTISTS, "song_id", ["song_artists is not"]),
    ],
)
def test_what_is_named_and_not_there_is_told(
    patient: Patient, key: str, lost: str, columns: list[str]
) -> None:
    rows = pl.read_parquet(patient.lake.root / ENTRIES)
    song = pl.read_parquet(patient.lake.root / SONGS).filter(pl.col("song_id") == rows["song_id"][0])
    value = song[lost][0]
    if key == SONGS:
        without_song(patient, value)
    else:
        patient.rewrite(key, f"SELECT * FROM self WHERE {lost} <> '{value}'")
    found = patient.wrong()
    assert list(found) == ["references"]
    assert len(found["references"]) == len(columns)
    for told, column in zip(found["references"], columns, strict=True):
        assert told.startswith(column)
    if lost in columns[0]:
        assert value in found["references"][0]


def without_song(patient: Patient, song_id: str) -> None:
    patient.rewrite(SONGS, f"SELECT * FROM self WHERE song_id <> '{song_id}'")


def test_ranks_beyond_the_size_are_told(patient: Patient) -> None:
    found = patient.wrong(size=40)
    assert list(found) == ["ranks"]
    assert len(found["ranks"]) == 4, "one for each chart"
    assert "has rank 50, and TOP50_SIZE is 40 Verify it with the TOP50_SIZE" in found["ranks"][0]


def test_a_chart_of_two_raw_objects_is_told(patient: Patient) -> None:
    patient.rewrite(
        ENTRIES,
        f"SELECT * REPLACE (CASE WHEN rank = 7 THEN '{SONGS_ONLY}' ELSE raw_key END AS raw_key) FROM self",
    )
    found = patient.wrong()
    assert list(found) == ["ranks"]
    assert f"is mixed from {SONGS_ONLY} and another raw object" in found["ranks"][-1]


@pytest.mark.parametrize(
    ("target", "says"),
    [(None, "nowhere below raw_data/ Put it back"), (QUARANTINE, "is in quarantine, and its chart entries")],
)
def test_a_chart_without_its_raw_object_is_told(patient: Patient, target: str | None, says: str) -> None:
    if target:
        patient.lake.move(PROCESSED + NEWEST, target + NEWEST)
        patient.lake.write(f"{target}{NEWEST}.reason.json", b"{}")
    else:
        (patient.lake.root / PROCESSED / NEWEST).unlink()
    found = patient.wrong()
    assert list(found) == ["raw keys"]
    assert NEWEST in found["raw keys"][0]
    assert says in found["raw keys"][0]


@pytest.mark.parametrize(("folder", "remedy"), [(TO_PROCESSED, "process_pending"), (QUARANTINE, "Delete")])
def test_a_raw_object_in_two_folders_is_told(patient: Patient, folder: str, remedy: str) -> None:
    patient.lake.write(folder + NEWEST, dict(RAWS)[NEWEST])
    if folder == QUARANTINE:
        patient.lake.write(f"{folder}{NEWEST}.reason.json", b"{}")
    found = patient.wrong()
    assert list(found) == ["raw objects"]
    [told] = found["raw objects"]
    assert told.startswith(f"{NEWEST} is in ")
    assert remedy in told
    patient.lake.write(folder + NEWEST, b"another object under the same key")
    assert patient.wrong() == {}


def test_a_quarantined_object_and_its_reason_belong_together(patient: Patient) -> None:
    (patient.lake.root / QUARANTINE / "bad.json").unlink()
    patient.lake.write(f"{QUARANTINE}worse.json", b"{")
    found = patient.wrong()
    assert found == {
        "quarantine": [
            f"{QUARANTINE}worse.json has no reason beside it Move it to {TO_PROCESSED} "
            "to have it looked at again.",
            f"{QUARANTINE}bad.json.reason.json has no object beside it Delete it.",
        ]
    }


def test_a_processed_chart_that_gives_no_rows_is_told(patient: Patient) -> None:
    key = "chart=global-weekly/newer.json"
    patient.lake.write(PROCESSED + key, snapshot("global-weekly", FRIDAY + timedelta(weeks=2)))
    assert patient.wrong() == {}
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    [told] = found["represented"]
    assert told.startswith(f"{key} has rows that ")
    assert "chart_entries should hold" in told


def test_processed_songs_that_give_no_rows_are_told(patient: Patient) -> None:
    song = pl.read_parquet(patient.lake.root / SONGS).filter(pl.col("song_name") == "Song 1")["song_id"][0]
    without_song(patient, song)
    patient.rewrite(SONG_ARTISTS, f"SELECT * FROM self WHERE song_id <> '{song}'")
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    assert found["represented"] == [
        f"{SONGS_ONLY} has rows that songs should hold Run python -m flows.rebuild."
    ]


def test_an_object_that_is_refused_now_is_told_and_the_others_are_looked_at(patient: Patient) -> None:
    patient.lake.write(f"{PROCESSED}a.json", b"{")
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    [told] = found["represented"]
    assert told.startswith("a.json is refused now: ")
    assert "a.json is refused now" in found["rebuild"][0]


def test_a_file_that_no_raw_object_gives_is_told(patient: Patient) -> None:
    (patient.lake.root / PROCESSED / "friend/daily.json").unlink()
    found = patient.wrong(quick=False)
    assert set(found) == {"raw keys", "rebuild"}
    assert any("is there, and no raw object gives it Put its raw objects back" in t for t in found["rebuild"])


def test_other_bytes_of_the_same_rows_are_told(patient: Patient) -> None:
    rows = pl.read_parquet(patient.lake.root / ALBUM).to_arrow().cast(ALBUMS.arrow_schema)
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="snappy")
    patient.lake.write(ALBUM, sink.getvalue().to_pybytes())
    assert patient.wrong() == {}
    found = patient.wrong(quick=False)
    assert list(found) == ["rebuild"]
    assert found["rebuild"][0].startswith(f"{ALBUM} has other bytes")


def test_what_is_wrong_many_times_is_told_a_few_times(patient: Patient) -> None:
    for number in range(MOST + 7):
        patient.lake.write(f"stray/{number:03}", b"1")
    found = patient.wrong()["layout"]
    assert len(found) == MOST + 1
    assert found[-1] == "and 7 more of the kind"


def test_a_catalog_that_says_something_else_is_told(patient: Patient) -> None:
    assert list(patient.wrong(catalog="duckdb")) == ["catalog"], "there is none"
    refresh_duckdb(patient.lake)
    assert patient.wrong(catalog="duckdb") == {}
    publish(patient.lake, build_tables([PENDING]).tables)
    told = patient.wrong()["catalog"]
    assert any("catalog.duckdb has other rows of chart_entries than its files" in line for line in told)
    patient.lake.write(CATALOG, b"no database")
    assert "catalog.duckdb cannot be read" in patient.wrong()["catalog"][0]


def test_an_empty_lake_is_sound(tmp_path: Path) -> None:
    assert Patient(DirectoryLake(tmp_path / "new", create=True)).wrong(quick=False, catalog="duckdb") == {}


def verified(root: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "TOP50_CATALOG": "none"}
    command = [sys.executable, "-m", "top50.verify", f"--lake={root}", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_tells_a_line_a_check_and_ends_with_1_when_something_is_wrong(patient: Patient) -> None:
    whole = verified(patient.lake.root)
    assert (whole.returncode, whole.stderr) == (0, "")
    lines = whole.stdout.splitlines()
    assert [line[0] for line in lines[:-2]] == ["✓"] * 12
    assert lines[-1] == "✓ The lake is whole"
    patient.lake.write("notes.txt", b"1")
    broken = verified(patient.lake.root, "--quick")
    assert broken.returncode == 1
    assert "✗ layout: notes.txt is neither table, raw object nor report. Move it away." in broken.stdout
    assert broken.stdout.endswith("✗ The lake is not whole\n")


def test_a_lake_that_is_not_there_is_one_line_and_is_not_made(tmp_path: Path) -> None:
    ended = verified(tmp_path / "none")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"✗ there is no lake at {tmp_path / 'none'}. Correct TOP50_LAKE")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()
