"""Real answers of Spotify, where they lie beside the project: read in place, never copied."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from top50.lake.directory import DirectoryLake
from top50.publish import publish
from top50.snapshot import Wanted
from top50.transform import build_tables

from .builders import TODAY, WANTED, read
from .builders import files as files_below
from .generated import broken_references

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real answers are not on this machine")

CSVS = sorted(SHARED.glob("charts/regional-global-*.csv"))
PLAYLISTS = sorted(SHARED.glob("playlists/*.json"))


def key_of(file: Path) -> str:
    """Playlists are filed by chart; CSVs say it themselves."""
    return file.name if file.suffix == ".csv" else f"chart={file.name[:13].rstrip('-')}/{file.name}"


def test_every_real_csv_is_read() -> None:
    assert CSVS
    for file in CSVS:
        snapshot = read(file.read_bytes(), file.name, Wanted(size=200, today=TODAY))
        assert len(snapshot.entries) >= 198
        assert snapshot.set_aside == []
        assert all(entry.track.name and entry.artist_names for entry in snapshot.entries)


def lines_of(file: Path) -> set[tuple[int, str]]:
    """(rank, song id) of the first fifty, read without the project."""
    lines = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""))
    found = [(line[0], re.search(r"track[:/](\w{22})", ",".join(line))) for line in lines]
    return {(int(rank), song[1]) for rank, song in found if song and int(rank) <= 50}


@pytest.mark.parametrize("seed", [1, 2])
def test_24_weeks_in_a_row_in_any_order_are_what_the_files_say(tmp_path: Path, seed: int) -> None:
    order = Random(seed)
    files = order.sample(CSVS, len(CSVS))
    lakes = [DirectoryLake(tmp_path / name, create=True) for name in ("at once", "bit by bit")]
    raws = [(file.name, file.read_bytes()) for file in files]
    publish(lakes[0], build_tables(raws, WANTED).tables)
    while raws:
        count = order.randint(1, 5)
        batch, raws = raws[:count], raws[count:]
        publish(lakes[1], build_tables(batch, WANTED).tables)
    assert files_below(tmp_path / "at once") == files_below(tmp_path / "bit by bit")
    entries = pl.read_parquet(tmp_path / "at once/transformed_data/chart_entries/**/*.parquet")
    by_key = {str(key): rows for (key,), rows in entries.group_by("raw_key")}
    assert {key: set(rows.select("rank", "song_id").iter_rows()) for key, rows in by_key.items()} == {
        file.name: lines_of(file) for file in CSVS
    }
    days = {day for day in entries["chart_date"] if "2022-12-29" <= str(day) <= "2023-06-08"}
    assert len(days) == 24
    assert max(days) - min(days) == timedelta(weeks=23)


def test_every_real_playlist_is_read() -> None:
    assert PLAYLISTS
    for file in PLAYLISTS:
        snapshot = read(file.read_bytes(), key_of(file))
        assert len(snapshot.entries) == 50, file.name
        chart, _, day = file.name[:-5].partition("ly-")
        assert snapshot.chart is not None
        assert snapshot.chart.name == f"{chart}ly"
        assert snapshot.chart_date is not None
        assert 0 < (date.fromisoformat(day[:10]) - snapshot.chart_date).days <= 7


def test_real_charts_make_tables_that_hang_together() -> None:
    raws = [(key_of(file), file.read_bytes()) for file in (*CSVS, *PLAYLISTS)]
    built = build_tables(raws, WANTED)
    assert built.refused == []
    assert broken_references(built.tables) == []
    entries = built.tables["chart_entries"]
    assert entries.select("chart", "chart_date").n_unique() >= 30
    assert {date for date, count in entries.group_by("chart_date").len().rows() if count < 49} == set()


def test_the_weekly_playlist_and_the_official_csv_of_a_week_agree() -> None:
    by_week: dict[date | None, list[dict[int, str]]] = {}
    for file in (*CSVS, *PLAYLISTS):
        snapshot = read(file.read_bytes(), key_of(file))
        if snapshot.chart and snapshot.chart.name == "global-weekly":
            by_week.setdefault(snapshot.chart_date, []).append(
                {each.rank: each.song_id for each in snapshot.entries}
            )
    both = [charts for charts in by_week.values() if len(charts) == 2]
    assert both
    assert all(first == second for first, second in both)


def test_what_is_beside_a_chart_is_refused_or_set_aside_and_stops_nothing() -> None:
    files = sorted(SHARED.glob("edge/*"))
    assert files
    built = build_tables([(file.name, file.read_bytes()) for file in files], WANTED)
    assert built.tables["chart_entries"].height == 0
    assert broken_references(built.tables) == []
