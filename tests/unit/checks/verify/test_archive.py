"""What raw objects say and the tables do not, and the other way round."""

from datetime import timedelta

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from top50.lake import PROCESSED
from top50.simulator import snapshot
from top50.tables.parquet import REBUILD
from top50.tables.schemas import ALBUM as ALBUMS

from .conftest import ALBUM, FRIDAY, SONGS, SONGS_ONLY, Patient

SONG_ARTISTS = "transformed_data/song_artists/song_artists.parquet"


def test_a_processed_chart_that_gives_no_rows_is_reported(patient: Patient) -> None:
    key = "chart=global-weekly/newer.json"
    patient.lake.write(PROCESSED + key, snapshot("global-weekly", FRIDAY + timedelta(weeks=2)))
    assert patient.wrong() == {}
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    [line] = found["represented"]
    assert line.startswith(f"{key} has rows that ")
    assert "missing from" in line
    assert "chart_entries" in line


def test_processed_songs_that_give_no_rows_are_reported(patient: Patient) -> None:
    song = pl.read_parquet(patient.lake.root / SONGS).filter(pl.col("song_name") == "Song 1")["song_id"][0]
    patient.lose_song(song)
    patient.rewrite(SONG_ARTISTS, f"SELECT * FROM self WHERE song_id <> '{song}'")
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    assert found["represented"] == [f"{SONGS_ONLY} has rows that are missing from songs {REBUILD}"]


def test_an_object_that_is_refused_now_is_reported_and_the_others_are_compared(patient: Patient) -> None:
    patient.lake.write(f"{PROCESSED}a.json", b"{")
    found = patient.wrong(quick=False)
    assert set(found) == {"represented", "rebuild"}
    [line] = found["represented"]
    assert line.startswith("a.json is refused now: ")
    assert "a.json is refused now" in found["rebuild"][0]


def test_a_file_that_no_raw_object_gives_is_reported(patient: Patient) -> None:
    (patient.lake.root / PROCESSED / "friend/daily.json").unlink()
    found = patient.wrong(quick=False)
    assert set(found) == {"raw keys", "rebuild"}
    assert "come from friend/daily.json, which is missing from" in found["rebuild"][0]
    assert any(
        "exists, and no raw object gives it First follow the first line about the rebuild." in line
        for line in found["rebuild"]
    )


def test_other_bytes_of_the_same_rows_are_reported(patient: Patient) -> None:
    rows = pl.read_parquet(patient.lake.root / ALBUM).to_arrow().cast(ALBUMS.arrow_schema)
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="snappy")
    patient.lake.write(ALBUM, sink.getvalue().to_pybytes())
    assert patient.wrong() == {}
    found = patient.wrong(quick=False)
    assert list(found) == ["rebuild"]
    assert found["rebuild"][0].startswith(f"{ALBUM} differs from what the raw objects give")
