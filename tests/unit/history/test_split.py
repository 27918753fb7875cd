"""Merged archives of every shape: raw objects of one chart and month, and nothing of a row is lost."""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.unit.builders import TODAY, build, csv_name, new_csv, only, song_id, utc
from top50.errors import ChartRejected, RawError
from top50.history.archives import SplitArchives
from top50.history.find import Files, Found
from top50.history.judge import judge
from top50.history.lake_index import LakeIndex
from top50.history.split import Split, head_of, split
from top50.lake.directory import DirectoryLake
from top50.read import read_snapshots
from top50.read.merged_archive import encode
from top50.read.snapshot import Snapshot, Wanted

WANTED = Wanted(today=TODAY)
JANUARY = [date(2024, 1, 30) + timedelta(days=days) for days in range(4)]  # two days of it, two of February
THURSDAYS = [date(2024, 1, 4), date(2024, 1, 11)]

SONGS_DAILY = (
    "date,country,rank,uri,artist_names,track_name,label,peak_rank,previous_rank,days_on_chart,streams,"
    "consecutive_days,entry_status,peak_date,entry_rank,entry_date,release_date,artist_uris"
)
UNIVERSAL = (
    "spotify_id,name,artists,daily_rank,daily_movement,weekly_movement,country,snapshot_date,popularity,"
    "is_explicit,duration_ms,album_name,album_release_date,danceability"
)


def artist_id(number: int) -> str:
    return f"artist{number:016}"


def songs_daily(day: date, region: str, rank: int) -> list[object]:
    uris = f"spotify:artist:{artist_id(rank)}|spotify:artist:{artist_id(rank + 900)}"
    names = [f"Artist {rank}|Artist {rank + 900}", f'Song, "{rank}"', "A Label"]
    figures = [1, rank + 1, 3, 1_000_000 - rank, 3, "MOVED_UP", "2017-01-01", 4, "2017-01-01", "2016-10-28"]
    return [day, region, rank, f"spotify:track:{song_id(rank)}", *names, *figures, uris]


def address(rank: int) -> str:
    return f"https://open.spotify.com/track/{song_id(rank)}"


def charts(day: date, region: str, rank: int, chart: str = "top200") -> list[object]:
    name = {"global": "Global", "us": "United States", "gb": "UK", "xx": "Atlantis"}[region]
    return [f"Song {rank}", rank, day, f"Artist {rank}", address(rank), name, chart, "MOVE_UP", 900 - rank]


def universal(day: date, region: str, rank: int) -> list[object]:
    country = "" if region == "global" else region.upper()
    facts = [77, "True", 180_000, "An Album", "2023-01-01", 0.5]
    return [song_id(rank), f"Song {rank}", "One, Two", rank, 1, 0, country, day, *facts]


def data(day: date, region: str, rank: int) -> list[object]:
    return [rank, f"Song {rank}", f"Artist {rank}", 900 - rank, address(rank), day, region]


def fycharts(day: date, region: str, rank: int) -> list[object]:
    week = f"{day - timedelta(days=6)}--{day + timedelta(days=1)}"
    return [rank, f"Song {rank}", f"Artist {rank}", 900 - rank, week, region, song_id(rank)]


DATA = "Position,Track Name,Artist,Streams,URL,Date,Region"
CHARTS = "title,rank,date,artist,url,region,chart,trend,streams"
FYCHARTS = "position,track_name,artist,streams,date,region,spotify_id"
SHAPES = {
    "charts_songs_daily": (SONGS_DAILY, songs_daily, 200),
    "charts": (CHARTS, charts, 200),
    "universal_top_spotify_songs": (UNIVERSAL, universal, 50),
    "data": (DATA, data, 200),
}


def text_of(header: str, rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue()


def archive(folder: Path, shape: str, days: Sequence[date] = JANUARY, **spelling: str) -> Path:
    header, row, length = SHAPES[shape]
    rows = [
        row(day, region, rank) for day in days for region in ("xx", "global") for rank in range(1, length + 1)
    ]
    file = folder / f"{shape}.csv"
    file.write_text(text_of(header, rows, **spelling), encoding="utf-8", newline="")
    return file


def cut(file: Path, folder: Path) -> Split:
    head = head_of(file)
    assert head is not None
    folder.mkdir(parents=True)
    return split(file, head, folder)


def snapshots(made: Split) -> list[Snapshot]:
    return [
        each for part in made.parts for each in read_snapshots("a/b.json", part.file.read_bytes(), WANTED)
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_gives_its_global_charts_by_month_with_every_cell(tmp_path: Path, shape: str) -> None:
    file = archive(tmp_path, shape)
    made = cut(file, tmp_path / "cut")
    months = {part.month: msgspec.json.decode(part.file.read_bytes(), type=dict) for part in made.parts}
    assert [part.chart for part in made.parts] == ["global-daily"] * 2
    assert list(months) == ["2024-01", "2024-02"]
    header, row, length = SHAPES[shape]
    for month, days in (("2024-01", JANUARY[:2]), ("2024-02", JANUARY[2:])):
        raw = months[month]
        assert (raw["file"], raw["shape"], raw["source"]) == (f"{shape}.csv", shape, "merged-archive")
        assert raw["columns"] == header.split(",")
        rows = [row(day, "global", rank) for day in days for rank in range(1, length + 1)]
        assert sorted(raw["rows"]) == sorted([str(cell) for cell in each] for each in rows)
    assert len(made.others) == 1
    assert made.unread == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_region_is_taken_however_it_is_named(tmp_path: Path, shape: str) -> None:
    header, row, length = SHAPES[shape]
    ranks = {"us": range(1, length + 1), "gb": range(1, 46), "global": range(1, length + 1)}
    rows = [row(day, region, rank) for day in JANUARY for region in ranks for rank in ranks[region]]
    made = cut(of_rows(header, rows, tmp_path / f"{shape}.csv"), tmp_path / "cut")
    assert {part.chart for part in made.parts} == {"us-daily", "gb-daily", "global-daily"}
    assert made.others == []
    found: dict[str, int] = Counter(
        each.chart.name for each in snapshots(made) if each.chart and len(each.entries) >= 45
    )
    assert found == {"us-daily": 4, "gb-daily": 4, "global-daily": 4}


@pytest.mark.parametrize(("shape", "day_before"), [(name, name.startswith("universal")) for name in SHAPES])
def test_each_date_is_a_chart(tmp_path: Path, shape: str, day_before: bool) -> None:
    found = snapshots(cut(archive(tmp_path, shape), tmp_path / "cut"))
    dates = [day - timedelta(days=1) if day_before else day for day in JANUARY]
    assert [each.chart_date for each in found] == dates
    for snapshot in found:
        assert snapshot.chart is not None
        assert (snapshot.chart.name, snapshot.source) == ("global-daily", "merged-archive")
        assert {entry.rank: entry.song_id for entry in snapshot.entries} == {
            rank: song_id(rank) for rank in range(1, 51)
        }


def test_what_a_row_says_reaches_the_tables(tmp_path: Path) -> None:
    made = cut(archive(tmp_path, "charts_songs_daily"), tmp_path / "cut")
    tables = build(*((part.file.name, part.file.read_bytes()) for part in made.parts)).tables
    entry = only(tables["chart_entries"], rank=7, chart_date=JANUARY[0])
    assert (entry["streams"], entry["reported_peak_rank"], entry["reported_previous_rank"]) == (999_993, 1, 8)
    assert (entry["reported_weeks_on_chart"], entry["observed_at"]) == (3, utc(2024, 1, 30))
    assert entry["label"] == "A Label"
    song = only(tables["songs"], song_id=song_id(7))
    assert (song["song_name"], song["artist_names"]) == ('Song, "7"', "Artist 7, Artist 907")
    artists = tables["song_artists"].filter(song_id=song_id(7))["artist_id"].to_list()
    assert artists == [artist_id(7), artist_id(907)]


def test_a_song_of_a_merged_archive_does_not_count_as_a_whole_track_object(tmp_path: Path) -> None:
    made = cut(archive(tmp_path, "universal_top_spotify_songs"), tmp_path / "cut")
    tables = build(("a.json", made.parts[0].file.read_bytes())).tables
    song = only(tables["songs"], song_id=song_id(7))
    assert (song["duration_ms"], song["album_id"], song["explicit"], song["popularity"]) == (
        None,
        None,
        True,
        77,
    )
    assert only(tables["chart_entries"], rank=7, chart_date=date(2024, 1, 29))["popularity"] == 77


def test_the_official_csv_of_the_same_date_counts(tmp_path: Path) -> None:
    header, row, _ = SHAPES["data"]
    rows = [row(day, "global", rank) for day in THURSDAYS for rank in range(1, 201)]
    file = tmp_path / "weekly.csv"
    file.write_text(text_of(header, rows))
    raw = cut(file, tmp_path / "cut").parts[0].file.read_bytes()
    entries = build(("z.json", raw), (csv_name(THURSDAYS[0]), new_csv())).tables["chart_entries"]
    assert set(entries.select("chart_date", "source").unique().iter_rows()) == {
        (THURSDAYS[0], "charts-csv"),
        (THURSDAYS[1], "merged-archive"),
    }


def of_rows(header: str, rows: Iterable[Sequence[object]], file: Path) -> Path:
    file.write_text(text_of(header, rows))
    return file


WHOLE = range(1, 201)


@pytest.mark.parametrize(
    ("name", "header", "rows", "chart"),
    [
        (
            "a.csv",
            FYCHARTS,
            [fycharts(day, "global", n) for day in THURSDAYS for n in WHOLE],
            "global-weekly",
        ),
        ("a.csv", DATA, [data(day, "global", n) for day in THURSDAYS for n in WHOLE], "global-weekly"),
        ("a.csv", DATA, [data(day, "global", n) for day in JANUARY for n in WHOLE], "global-daily"),
        ("weekly.csv", DATA, [data(THURSDAYS[0], "global", n) for n in WHOLE], "global-weekly"),
        ("daily.csv", DATA, [data(day, "global", n) for day in THURSDAYS for n in WHOLE], "global-daily"),
        (
            "a.csv",
            CHARTS,
            [charts(THURSDAYS[0], "global", n, "REGIONAL_GLOBAL_WEEKLY") for n in WHOLE],
            "global-weekly",
        ),
        (
            "top200_global.csv",
            DATA.removesuffix(",Region"),
            [data(day, "", n)[:-1] for day in JANUARY for n in WHOLE],
            "global-daily",
        ),
    ],
)
def test_the_period_is_what_the_file_says_or_its_dates_show(
    tmp_path: Path, name: str, header: str, rows: list[list[object]], chart: str
) -> None:
    made = cut(of_rows(header, rows, tmp_path / name), tmp_path / "cut")
    assert {part.chart for part in made.parts} == {chart}
    dates = {each.chart_date for each in snapshots(made)}
    assert dates == (
        set(THURSDAYS) if len(rows) == 400 else {THURSDAYS[0]} if len(rows) == 200 else set(JANUARY)
    )


@pytest.mark.parametrize("chart", ["viral50", "ALBUM_GLOBAL_WEEKLY"])
def test_charts_of_other_kinds_are_not_taken(tmp_path: Path, chart: str) -> None:
    rows = [charts(JANUARY[0], "global", rank, chart) for rank in WHOLE]
    made = cut(of_rows(CHARTS, rows, tmp_path / "a.csv"), tmp_path / "cut")
    assert made.parts == []
    assert made.left_out == "1 unknown chart (global-other)"


@pytest.mark.parametrize(
    "spelling",
    [
        "crlf",
        "bom",
        "semicolons",
        "tabs",
        "gz",
        "upper",
        "index",
        "brackets",
    ],
)
def test_it_is_read_however_it_is_written(tmp_path: Path, spelling: str) -> None:
    usual = cut(archive(tmp_path, "data"), tmp_path / "usual").parts[0].file.read_bytes()
    file = archive(tmp_path, "data", delimiter={"semicolons": ";", "tabs": "\t"}.get(spelling, ","))
    text = file.read_text()
    if spelling == "crlf":
        file.write_text(text.replace("\n", "\r\n"), newline="")
    if spelling == "bom":
        file.write_text(text, encoding="utf-8-sig")
    if spelling == "upper":
        file.write_text(text.replace(DATA, DATA.upper()))
    if spelling == "index":
        numbered = [f"{number or ''},{line}" for number, line in enumerate(text.splitlines())]
        file.write_text("\n".join(numbered) + "\n")
    if spelling == "gz":
        file = file.with_name("data.csv.gz")
        file.write_bytes(gzip.compress(text.encode()))
    if spelling == "brackets":
        file = file.rename(file.with_name("da[t]a*.csv"))
    made = cut(file, tmp_path / "cut")
    raw, expected = (msgspec.json.decode(each) for each in (made.parts[0].file.read_bytes(), usual))
    assert [row[-7:] for row in raw["rows"]] == [row[-7:] for row in expected["rows"]] or spelling == "index"
    assert len(snapshots(made)) == 4


@pytest.mark.parametrize("above", ["\n ,,\n", "\ufeffsep=,\n", "sep=,\n\n", '"sep=,"\n'])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_blank_lines_and_a_spreadsheets_own_line_above_the_header_are_passed_over(
    tmp_path: Path, above: str, end: str
) -> None:
    file = archive(tmp_path, "data")
    text = file.read_text()
    file.write_text((above + text).replace("\n", end), newline="")
    assert [each.chart_date for each in snapshots(cut(file, tmp_path / "cut"))] == JANUARY
    with pytest.raises(RawError, match="many charts in one file"):
        read_snapshots("data.csv", file.read_bytes(), WANTED)


def test_dates_of_eight_digits_are_read(tmp_path: Path) -> None:
    file = archive(tmp_path, "data", THURSDAYS)
    file.write_text(re.sub(r"(2024)-(\d\d)-(\d\d)", r"\1\2\3", file.read_text()))
    made = cut(file, tmp_path / "cut")
    assert [(part.chart, part.month) for part in made.parts] == [("global-weekly", "2024-01")]
    assert [each.chart_date for each in snapshots(made)] == THURSDAYS


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    first = cut(archive(tmp_path, "charts"), tmp_path / "first")
    lines = (tmp_path / "charts.csv").read_text().splitlines()
    (tmp_path / "charts.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    second = cut(tmp_path / "charts.csv", tmp_path / "second")
    assert [part.file.read_bytes() for part in first.parts] == [
        part.file.read_bytes() for part in second.parts
    ]


def test_lines_of_another_width_are_counted_and_the_others_taken(tmp_path: Path) -> None:
    file = archive(tmp_path, "data")
    file.write_text(file.read_text() + "1,2,3\n")
    made = cut(file, tmp_path / "cut")
    assert made.unread == 1
    assert "1 line with too many or too few cells" in made.left_out
    assert len(snapshots(made)) == 4


def test_large_months_become_several_objects_between_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("top50.history.split._ENOUGH", 20_000)
    made = cut(archive(tmp_path, "data"), tmp_path / "cut")
    assert [part.month for part in made.parts] == ["2024-01", "2024-01-2", "2024-02", "2024-02-2"]
    assert [each.chart_date for each in snapshots(made)] == JANUARY


def rows_of(day: object, count: int = 200) -> list[list[str]]:
    return [
        [str(cell) for cell in data(JANUARY[0], "global", rank)[:5]] + [str(day), "global"]
        for rank in range(1, count + 1)
    ]


def raw_of(*rows: list[list[str]]) -> bytes:
    return encode(
        "global-daily", "data", "data.csv", DATA.split(","), [row for group in rows for row in group]
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (rows_of("2024-02-02", 20), "2024-02-02: only 20 of 50 ranks"),
        (rows_of("2024-13-02"), "'2024-13-02' is not a valid date"),
        (rows_of("soon"), "'soon' is not a valid date"),
        (rows_of("01/07/2017"), "in dates like '01/07/2017' the day or the month may come first"),
        (rows_of("2030-01-01"), "2030-01-01: chart_date 2030-01-01 is outside"),
        (
            [*rows_of("2024-02-02"), ["1", "Another", *rows_of("2024-02-02")[1][2:]]],
            "rank 1 occurs more than once",
        ),
    ],
)
def test_a_date_that_fails_its_checks_is_set_aside_alone(bad: list[list[str]], reason: str) -> None:
    built = build(("a.json", raw_of(rows_of(JANUARY[0]), bad, rows_of(JANUARY[1]))), wanted=WANTED)
    assert built.tables["chart_entries"]["chart_date"].unique().sort().to_list() == JANUARY[:2]
    assert built.refused == []
    assert [reason in each.reason for each in built.set_aside] == [True]


def test_an_object_of_which_no_date_is_a_chart_is_refused() -> None:
    with pytest.raises(ChartRejected, match="only 20 of 50"):
        read_snapshots("a.json", raw_of(rows_of(JANUARY[0], 20)), WANTED)
    with pytest.raises(RawError, match="no rows"):
        read_snapshots("a.json", raw_of(), WANTED)
    with pytest.raises(RawError, match="its chart 'xx-daily' is unknown"):
        read_snapshots("a.json", raw_of().replace(b"global-daily", b"xx-daily"), WANTED)
    for spoilt in (raw_of()[:-1], b'{"top50_merged":1,"answers":[]}'):
        with pytest.raises(RawError, match="not a part of a merged archive"):
            read_snapshots("a.json", spoilt, WANTED)


def test_a_strange_row_leaves_its_rank_empty_and_a_row_twice_counts_once() -> None:
    rows = rows_of(JANUARY[0])
    rows[1][4], rows[2][3], rows[3][0] = "https://elsewhere.example", "4.6E+07", "4.0"
    [snapshot] = read_snapshots("a.json", raw_of(rows, rows[:1]), WANTED)
    assert sorted({*range(1, 51)} - {entry.rank for entry in snapshot.entries}) == [2, 3]
    assert {each.rank for each in snapshot.set_aside} == {2, 3}
    assert "streams is '4.6E+07'" in snapshot.set_aside[1].reason


def test_a_row_with_anothers_rank_costs_the_rank_that_is_missing() -> None:
    rows = rows_of(JANUARY[0])
    rows[2][0] = "2"
    [snapshot] = read_snapshots("a.json", raw_of(rows), WANTED)
    assert {entry.rank: entry.song_id for entry in snapshot.entries} == {
        rank: song_id(rank) for rank in range(1, 51) if rank != 3
    }
    assert [(each.rank, each.reason) for each in snapshot.set_aside] == [
        (3, "2024-01-30: its rank is 2, which is out of range or another line's")
    ]


def test_of_two_rows_of_one_rank_without_streams_nothing_says_which_is_right() -> None:
    rows = rows_of(JANUARY[0])
    rows[2][0] = "2"
    for row in rows:
        row[3] = ""
    with pytest.raises(ChartRejected, match="rank 2 occurs more than once"):
        read_snapshots("a.json", raw_of(rows), WANTED)


@pytest.mark.parametrize("rank", ["", "-1", "0", "99999999999", "two", "nan"])
def test_a_row_whose_rank_cannot_be_is_set_aside_with_its_reason(rank: str) -> None:
    rows = rows_of(JANUARY[0])
    rows[6][0] = rank
    [snapshot] = read_snapshots("a.json", raw_of(rows), WANTED)
    [aside] = snapshot.set_aside
    assert (aside.rank, len(snapshot.entries)) == (7, 49)
    assert "rank" in aside.reason


def test_a_short_row_is_told() -> None:
    rows = rows_of(JANUARY[0])
    rows[6], rows[7] = rows[6][:6], rows[7][:3]
    [snapshot] = read_snapshots("a.json", raw_of(rows), WANTED)
    assert [(each.rank, each.part, each.reason) for each in snapshot.set_aside] == [
        (7, "", "2024-01-30: a row has 6 of 7 columns"),
        (None, "row 8", "row 8 ends before its date"),
    ]


@pytest.mark.parametrize("cell", ["NaN", "nan", "None", "", "-1", "-5"])
def test_streams_that_are_none_are_null(cell: str) -> None:
    rows = rows_of(JANUARY[0])
    rows[6][3] = cell
    [snapshot] = read_snapshots("a.json", raw_of(rows), WANTED)
    assert (snapshot.entries[6].streams, snapshot.set_aside) == (None, [])


def test_a_date_whose_streams_a_spreadsheet_has_rounded_is_refused() -> None:
    rows = rows_of(JANUARY[0])
    rows[5][3] = rows[6][3] = "4.6E+07"
    with pytest.raises(RawError, match=r"streams is '4\.6E\+07': a spreadsheet has rounded it"):
        read_snapshots("a.json", raw_of(rows), WANTED)


@pytest.mark.parametrize("cell", ["85.5", "101", "-3", "high", "NaN"])
def test_a_popularity_that_cannot_be_is_not_told(cell: str) -> None:
    rows = [[str(each) for each in universal(JANUARY[0], "global", rank)] for rank in range(1, 51)]
    rows[6][8] = cell
    shape = "universal_top_spotify_songs"
    [snapshot] = read_snapshots(
        "a.json", encode("global-daily", shape, "a.csv", UNIVERSAL.split(","), rows), WANTED
    )
    assert [entry.track.popularity for entry in snapshot.entries[5:7]] == [77, None]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-12-25--9999-12-26"])
def test_the_first_and_the_last_day_of_all_are_dates_that_cannot_be(day: str) -> None:
    for shape in ("data", "universal_top_spotify_songs"):
        raw = encode("global-daily", shape, "a.csv", DATA.split(","), rows_of(day))
        with pytest.raises(ChartRejected, match="is outside"):
            read_snapshots("a.json", raw, WANTED)


def test_blank_figures_are_null() -> None:
    rows = rows_of(JANUARY[0])
    rows[0][3] = ""
    assert read_snapshots("a.json", raw_of(rows), WANTED)[0].entries[0].streams is None


@pytest.mark.parametrize("name", ["data.csv", "folder/data.csv"])
def test_a_whole_archive_in_the_backlog_is_refused_with_the_command_that_takes_it(
    name: str, tmp_path: Path
) -> None:
    content = archive(tmp_path, "data").read_bytes()
    with pytest.raises(RawError, match=r"many charts in one file.*flows\.import_history"):
        read_snapshots(name, content, WANTED)


@pytest.mark.parametrize(
    "content",
    [new_csv(), b"", b"id,name\n1,x\n", b"\x1f\x8b", b"\xff\xfea\0", b"a,b,c", b"date,rank\n1,2\n"],
)
def test_what_is_no_merged_archive_is_left_to_others(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / csv_name()
    file.write_bytes(content)
    assert head_of(file) is None


def test_a_csv_whose_lines_end_in_cr_alone_comes_through(tmp_path: Path) -> None:
    file = tmp_path / csv_name()
    file.write_bytes(new_csv().replace(b"\r\n", b"\n").replace(b"\n", b"\r"))
    with SplitArchives(Files(tmp_path), lambda _: None) as found:
        assert [each.problem for each in found] == [""]


def test_a_merged_archive_whose_lines_end_in_cr_alone_is_taken(tmp_path: Path) -> None:
    file = archive(tmp_path, "data")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r"))
    assert [each.chart_date for each in snapshots(cut(file, tmp_path / "cut"))] == JANUARY


@pytest.mark.parametrize("place", [0, 2, 12, 40, -6])
def test_a_damaged_gzip_stops_nothing(tmp_path: Path, place: int) -> None:
    content = bytearray(gzip.compress(new_csv()))
    content[place : place + 5 if place >= 0 else None] = b"\xff\xff\xff\xff\xff"
    (tmp_path / "a.csv.gz").write_bytes(content)
    (tmp_path / "b.csv").write_bytes(new_csv())
    with SplitArchives(Files(tmp_path), lambda _: None) as found:
        assert [each.name.rpartition("/")[2] for each in found] == ["a.csv.gz", "b.csv"]


def test_an_official_csv_with_one_more_column_is_no_archive(tmp_path: Path) -> None:
    file = tmp_path / csv_name()
    lines = new_csv().decode("utf-8-sig").splitlines()
    file.write_text(
        "\n".join([f"{lines[0]},date,region", *(f"{line},2026-11-19,global" for line in lines[1:])])
    )
    assert head_of(file) is None


def test_files_come_through_and_archives_become_their_raw_objects(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    archive(old, "charts_songs_daily")
    (old / "other.json").write_bytes(b"{}")
    (old / "none.csv").write_text(text_of(DATA, [data(JANUARY[0], "xx", 1)]))
    more: list[int] = []
    with SplitArchives(Files(old), more.append) as all_found:
        found: list[Found] = list(all_found)
        contents = [each.read() for each in found[:2]]
        place = Path(all_found._folder.name)
    assert [each.key for each in found] == [
        "chart=global-daily/charts_songs_daily/2024-01.json",
        "chart=global-daily/charts_songs_daily/2024-02.json",
        "old/none.csv",
        "old/other.json",
    ]
    assert all(content and content.startswith(b'{"top50_merged":1,') for content in contents)
    assert found[2].problem == "it has only 1 unknown chart (xx-daily)"
    assert all_found.notes == ["charts_songs_daily.csv: 1 unknown chart (xx-daily) left out"]
    assert more == [1]
    assert not place.exists()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_an_archive_of_a_header_alone_is_left_out_as_such(
    tmp_path: Path, lake: DirectoryLake, end: str
) -> None:
    (tmp_path / "data.csv").write_text(DATA + end, newline="")
    with SplitArchives(Files(tmp_path / "data.csv"), lambda _: None) as found:
        [verdict] = judge(lake, found, LakeIndex(lake), WANTED)
    assert (verdict.state, verdict.why) == ("left out", "only a header: no rows")


def test_an_archive_of_other_charts_alone_is_skipped_and_fails_no_import(
    tmp_path: Path, lake: DirectoryLake
) -> None:
    of_rows(DATA, [data(JANUARY[0], "xx", 1)], tmp_path / "data.csv")
    with SplitArchives(Files(tmp_path / "data.csv"), lambda _: None) as found:
        [verdict] = judge(lake, found, LakeIndex(lake), WANTED)
    assert verdict.state == "skipped"
    assert verdict.why == "it has only 1 unknown chart (xx-daily)"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_an_archive_in_utf_16_is_left_out_as_such(tmp_path: Path, lake: DirectoryLake, encoding: str) -> None:
    file = archive(tmp_path, "data")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file.write_text(mark + file.read_text(), encoding=encoding)
    with SplitArchives(Files(file), lambda _: None) as found:
        [verdict] = judge(lake, found, LakeIndex(lake), WANTED)
    assert (verdict.state, verdict.why) == ("left out", "it is UTF-16. Save it as UTF-8.")


def test_dates_that_can_be_read_two_ways_are_refused_as_such(tmp_path: Path) -> None:
    header, row, _ = SHAPES["data"]
    rows = [[*row(JANUARY[0], "global", rank)[:5], "01/07/2017", "global"] for rank in WHOLE]
    with pytest.raises(
        RawError, match=r"^in dates like '01/07/2017' the day or the month may come first\. Write them as"
    ):
        cut(of_rows(header, rows, tmp_path / "data.csv"), tmp_path / "cut")


def test_what_duckdb_says_is_told_in_our_words(tmp_path: Path) -> None:
    file = archive(tmp_path, "data")
    head = head_of(file)
    assert head is not None
    (tmp_path / "cut").mkdir()
    with pytest.raises(RawError) as refused:
        split(file, head._replace(compressed=True), tmp_path / "cut")
    assert refused.value.what == "unreadable CSV: it is damaged, or a truncated download"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"Song 1"', b"5", r"its rows\[0\]\[1\] is 5, which is not valid"),
        (b'"Song 1"', b"NaN", "it has a value that JSON does not have"),
        (b'"Song 1"', b'"Song', "invalid JSON: it is truncated"),
    ],
)
def test_a_broken_part_is_refused_in_our_words(old: bytes, new: bytes, reason: str) -> None:
    with pytest.raises(RawError, match=reason):
        read_snapshots("a.json", raw_of(rows_of(JANUARY[0], 1)).replace(old, new), WANTED)


def test_a_part_of_which_no_date_is_a_chart_goes_to_quarantine_with_its_reason(
    tmp_path: Path, lake: DirectoryLake
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    of_rows(CHARTS, [charts(JANUARY[0], "global", rank) for rank in range(1, 11)], old / "charts.csv")
    with SplitArchives(Files(old), lambda _: None) as found:
        [verdict] = judge(lake, found, LakeIndex(lake), WANTED)
    assert (verdict.state, verdict.key) == ("refused", "chart=global-daily/charts/2024-01.json")
    assert "only 10 of 50 ranks" in verdict.why
