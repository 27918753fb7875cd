"""Real answers of Spotify, where they lie beside the project: read in place, never copied."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from top50.lake.directory import DirectoryLake
from top50.read.snapshot import Wanted
from top50.tables.publish import publish
from top50.transform import Built, build_tables

from .builders import TODAY, WANTED, read
from .builders import files as files_below
from .catalog.in_duckdb import rows_of, views_on
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


def test_every_file_is_read_or_refused_with_a_reason_in_our_own_words() -> None:
    found = [
        file
        for file in sorted(SHARED.rglob("*"))
        if file.is_file() and file.suffix != ".yml" and file.stem != "expected"
    ]
    raws = {file.relative_to(SHARED).as_posix(): file.read_bytes() for file in found}
    built = {key: build_tables([(key, content)], WANTED) for key, content in raws.items()}
    refused = {key: each.refused[0].reason for key, each in built.items() if each.refused}
    lost = [key for key, each in built.items() if key not in refused and each.tables["songs"].is_empty()]
    assert lost == []
    foreign = re.compile(r"Traceback|Expected `|\\$\\.|could not|codec|invalid literal|NoneType|delimiter")
    assert {key: reason for key, reason in refused.items() if foreign.search(reason)} == {}
    assert all(broken_references(each.tables) == [] for each in built.values())
    read_folders = {"charts", "charts_page", "playlists"}
    unread = {key for key in refused if key.split("/")[0] in read_folders}
    assert unread == set()


def test_the_real_charts_page_has_the_ranks_of_the_archive_s_playlist_and_nothing_invented() -> None:
    [file] = SHARED.glob("charts_page/*.json")
    [archived] = SHARED.glob("archive/archive_pretty_*.json")
    snapshot = read(file.read_bytes(), file.name)
    assert (snapshot.chart and snapshot.chart.name, snapshot.chart_date) == (
        "global-weekly",
        date(2026, 9, 17),
    )
    ids = {entry.rank: entry.song_id for entry in snapshot.entries}
    there = json.loads(archived.read_bytes())["tracks"]
    assert list(ids) == list(range(1, 51))
    others = [rank for rank, track in enumerate(there, 1) if not track["url"].endswith(ids[rank])]
    assert len(others) == 3
    shown = {entry.rank: str(entry.track.name).split(" (")[0] for entry in snapshot.entries}
    assert [shown[rank] for rank in others] == [there[rank - 1]["name"].split(" (")[0] for rank in others]
    figures = {(each.peak_rank, each.weeks_on_chart, each.streams, each.label) for each in snapshot.entries}
    assert figures == {(None, None, None, None)}
    assert max(each.previous_rank or 0 for each in snapshot.entries) > 50
    assert all(entry.image_url for entry in snapshot.entries)


def test_a_real_body_of_the_charts_service_has_streams_peaks_and_labels() -> None:
    content = (SHARED / "charts_service" / "charts_auth_sample.json").read_bytes()
    ten = Wanted(size=10, today=TODAY)
    snapshot = read(content, "chart=global-weekly/2023-01-26/saved.json", ten)
    told = [(each.streams, each.peak_rank, each.weeks_on_chart, each.label) for each in snapshot.entries]
    assert len(told) == 10
    assert all(None not in each for each in told)


REPORTS = SHARED / "reports"


def built_of(report: str, wanted: Wanted = WANTED) -> Built:
    [folder] = REPORTS.glob(f"{report}-*")
    files = [
        file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith("expected")
    ]
    return build_tables([(file.relative_to(folder).as_posix(), file.read_bytes()) for file in files], wanted)


def test_report_1_a_list_of_other_things_becomes_no_songs() -> None:
    built = built_of("1")
    assert {name: rows.height for name, rows in built.tables.items()} == dict.fromkeys(built.tables, 0)
    assert len(built.refused) == 4


def test_report_2_audio_features_wipe_no_names() -> None:
    built = built_of("2")
    songs = built.tables["songs"].head(3).select("song_name", "artist_names")
    assert songs.rows() == [(f"Song {n}", f"Artist {n}") for n in (1, 2, 3)]
    assert "audio_features" in built.refused[0].reason


@pytest.mark.parametrize(("report", "charts"), [("12", 1), ("14", 2), ("15", 3), ("17", 1), ("19", 3)])
def test_reports_of_charts_that_were_refused_are_charts_now(report: str, charts: int) -> None:
    [folder] = REPORTS.glob(f"{report}-*")
    files = [file for file in folder.rglob("*.*") if file.is_file() and not file.name.startswith("expected")]
    assert len(files) == charts
    for file in files:
        built = build_tables([(file.relative_to(folder).as_posix(), file.read_bytes())], WANTED)
        assert built.set_aside == []
        assert built.tables["chart_entries"]["rank"].to_list() == list(range(1, 51))


def test_report_3_a_later_page_is_no_chart() -> None:
    [refused] = built_of("3").refused
    assert refused.reason.startswith(
        "it starts at offset 50 and has the address of a next page, so it is a part"
    )


def test_report_4_an_unnamed_daily_chart_replaces_no_named_weekly_one() -> None:
    entries = built_of("4", Wanted(today=date(2026, 11, 30))).tables["chart_entries"]
    assert set(entries["raw_key"]) == {"weekly_of_friday.json"}
    assert entries["song_id"][0] == "Sx00000000000000000001"


@pytest.mark.parametrize(("report", "day"), [("5", date(2017, 7, 20)), ("7", date(2026, 11, 19))])
def test_reports_5_and_7_who_is_who(report: str, day: date) -> None:
    [folder] = REPORTS.glob(f"{report}-*")
    expected = json.loads((folder / "expected.json").read_bytes())
    with views_on(built_of(report).tables) as catalog:
        rows = {
            row["rank"]: row
            for row in rows_of(catalog, "SELECT * FROM chart_movement")
            if row["chart_date"] == day
        }
        gone = {row["song_id"] for row in rows_of(catalog, "SELECT song_id FROM dropped_out")}
    for row in expected["rows"]:
        assert {name: rows[row["rank"]][name] for name in row} == row
    assert set(expected.get("dropped_out 2017-07-20 holds", [])) <= gone
