"""Official CSVs, of today and of before 2022."""

from contextlib import suppress
from datetime import date

import pytest

from tests.unit.builders import (
    NEW_HEADER,
    OLD_HEADER,
    THURSDAY,
    TODAY,
    aside,
    csv_line,
    csv_name,
    new_csv,
    old_csv,
    old_line,
    quoted,
    ranks,
    read,
    refusal,
    rejection,
    song_id,
    utc,
)
from top50.charts import CHARTS
from top50.errors import ChartRejected, RawError
from top50.read.snapshot import Wanted

NEW = csv_name()
OLD = "regional-global-weekly-2020-01-24--2020-01-31.csv"
LINES = [csv_line(rank) for rank in range(1, 201)]
ALL = {rank: song_id(rank) for rank in range(1, 51)}


def test_today_s_csv_has_all_official_columns() -> None:
    line = csv_line(1, peak_rank=3, previous_rank=7, weeks_on_chart=12, streams='"45678901"')
    snapshot = read(new_csv([line, *LINES[1:]]), NEW)
    assert (snapshot.chart, snapshot.chart_date, snapshot.source) == (
        CHARTS["global-weekly"],
        THURSDAY,
        "charts-csv",
    )
    assert snapshot.observed_at == utc(2026, 11, 19)
    assert ranks(snapshot) == ALL
    first = snapshot.entries[0]
    assert (first.peak_rank, first.previous_rank, first.weeks_on_chart, first.streams) == (
        3,
        7,
        12,
        45_678_901,
    )
    assert (first.track.name, first.artist_names, first.track.album, first.added_at) == (
        "Song 1",
        "Artist 1",
        None,
        None,
    )


def test_the_old_csv_ends_before_its_second_date() -> None:
    snapshot = read(old_csv(), OLD)
    assert (snapshot.chart_date, ranks(snapshot)) == (date(2020, 1, 30), ALL)
    first = snapshot.entries[0]
    assert (first.track.name, first.artist_names, first.streams) == ("Old Song", "Old Artist", 1_999_999)
    assert (first.peak_rank, first.previous_rank, first.weeks_on_chart) == (None, None, None)


def test_the_old_note_may_be_gone() -> None:
    content = old_csv().split(b"\n", 1)[1]
    assert content.startswith(OLD_HEADER.encode())
    assert ranks(read(content, OLD)) == ALL


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_byte_order_mark_line_ends_and_a_last_line_end_do_not_matter(
    mark: bytes, end: bytes, last: bool
) -> None:
    content = mark + new_csv().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", end)
    assert ranks(read(content if last else content.removesuffix(end), NEW)) == ALL


@pytest.mark.parametrize(
    "name",
    [
        'Say "Hello"',
        "One, Two",
        "Two\u2028Lines",
        "Two\u0085Lines",
        "Two\nLines",
        "''",
        "🎵 Ünï",
        "a\\b",
        " blank ",
    ],
)
def test_names_survive_as_they_are(name: str) -> None:
    changed = csv_line(2, track_name=quoted(name), artist_names=quoted(f"{name}, & Co"))
    entry = read(new_csv([LINES[0], changed, *LINES[2:]]), NEW).entries[1]
    assert (entry.rank, entry.track.name, entry.artist_names) == (2, name, f"{name}, & Co")


def test_old_names_survive_as_they_are() -> None:
    line = old_line(1, 'The "Old", One', "Tyler, The Creator")
    entry = read(old_csv([line, *[old_line(rank) for rank in range(2, 201)]]), OLD).entries[0]
    assert (entry.track.name, entry.artist_names) == ('The "Old", One', "Tyler, The Creator")


def test_missing_ranks_move_no_other_rank() -> None:
    snapshot = read(new_csv(line for rank, line in enumerate(LINES, 1) if rank not in (17, 120)), NEW)
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 17}


def test_lines_in_another_order_keep_their_ranks() -> None:
    assert ranks(read(new_csv(reversed(LINES)), NEW)) == ALL


def test_ranks_beyond_the_wanted_ones_are_left_out() -> None:
    assert len(ranks(read(new_csv(), NEW, Wanted(size=200, today=TODAY)))) == 200
    assert list(ranks(read(new_csv(), NEW, Wanted(size=3, today=TODAY)))) == [1, 2, 3]


def test_a_line_without_a_song_id_is_set_aside() -> None:
    snapshot = read(new_csv([LINES[0], csv_line(2, uri=""), *LINES[2:]]), NEW)
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 2}
    assert "no song id" in aside(snapshot)[2]


# Which chart, and when


@pytest.mark.parametrize(
    ("key", "chart", "day"),
    [
        (NEW, "global-weekly", THURSDAY),
        ("regional-global-weekly-2026-11-19 (1).csv", "global-weekly", THURSDAY),
        ("downloads/2026/regional-global-weekly-2026-11-19 - Copy.csv", "global-weekly", THURSDAY),
        ("chart=global-daily/regional-global-daily-2026-11-20.csv", "global-daily", date(2026, 11, 20)),
        ("chart=global-weekly/regional-global-weekly-2026-11-12.csv", "global-weekly", date(2026, 11, 12)),
        ("chart=global-weekly/2026-11-12/export.csv", "global-weekly", date(2026, 11, 12)),
        ("chart=global-daily/2026-11-17/export.csv", "global-daily", date(2026, 11, 17)),
        ("regional-global-weekly-2020-01-24--2020-01-31 (2).csv", "global-weekly", date(2020, 1, 30)),
        (
            "chart=global-daily/regional-global-daily-2020-01-24--2020-01-25.csv",
            "global-daily",
            date(2020, 1, 24),
        ),
    ],
)
def test_the_name_says_which_chart_it_is(key: str, chart: str, day: date) -> None:
    snapshot = read(new_csv(), key)
    assert (snapshot.chart, snapshot.chart_date) == (CHARTS[chart], day)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("export.csv", "neither chart nor date"),
        ("chart=global-weekly/export.csv", "has no date"),
        ("regional-yy-weekly-2026-11-19.csv", "there is no chart 'yy-weekly'; the nearest is"),
        ("chart=global-weekly/2026-11-19/regional-de-weekly-2026-11-19.csv", "its name is that of de-weekly"),
        ("chart=global-weekly/regional-global-daily-2026-11-19.csv", "global-daily"),
        ("chart=global-daily/regional-global-weekly-2026-11-19.csv", "global-weekly"),
        ("regional-global-weekly-2026-02-30.csv", "not a valid date"),
        ("regional-global-weekly-2026-13-01.csv", "not a valid date"),
        ("regional-global-weekly-2020-01-24--2020-01-30.csv", "not the period of one"),
        ("regional-global-daily-2020-01-24--2020-01-31.csv", "not the period of one"),
        ("regional-global-weekly-2020-01-31--2020-01-24.csv", "not the period of one"),
        ("chart=local/2026-11-19/export.csv", "there is no chart 'local'"),
    ],
)
def test_a_name_of_another_chart_or_of_none_is_refused(key: str, reason: str) -> None:
    assert reason in refusal(new_csv(), key)


def test_the_daily_chart_is_taken_where_it_is_wanted_and_told_by_its_columns() -> None:
    name = "regional-global-daily-2026-11-19.csv"
    content = new_csv().replace(b"weeks_on_chart", b"days_on_chart")
    snapshot = read(content, name, Wanted(CHARTS["global-daily"], today=TODAY))
    assert (snapshot.chart, snapshot.entries[0].weeks_on_chart) == (CHARTS["global-daily"], 1)
    assert "its columns are those of a daily chart, not of global-weekly" in refusal(content, NEW)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("regional-global-weekly-2026-11-20.csv", "Friday"),
        ("regional-global-weekly-2020-01-23--2020-01-30.csv", "Wednesday"),
        ("regional-global-weekly-2026-11-26.csv", "outside"),
        ("regional-global-weekly-2008-10-02.csv", "outside"),
        ("chart=global-daily/regional-global-daily-2026-11-23.csv", "outside"),
    ],
)
def test_a_date_that_the_chart_cannot_have_fails_its_checks(key: str, reason: str) -> None:
    assert reason in rejection(new_csv(), key)


# Broken ones


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([*LINES, csv_line(7, 300)], "rank 7 occurs more than once"),
        ([csv_line(0, 300), *LINES], "rank 0 is out of range: ranks start at 1"),
        (LINES[:44], "only 44 of 50"),
        (LINES[6:], "only 44 of 50"),
    ],
)
def test_ranks_that_cannot_be_fail_the_checks(lines: list[str], reason: str) -> None:
    assert reason in rejection(new_csv(lines), NEW)


def test_a_part_of_the_lesser_ranks_may_be_missing() -> None:
    assert len(ranks(read(new_csv(LINES[:45]), NEW))) == 45


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7,spotify:track:x,A", "line 8: it has 3 of 9 columns"),
        (csv_line(7) + ",more", "10 of 9 columns"),
        (csv_line(7, streams='"many"'), "streams is 'many', not a valid rank or count"),
        (csv_line(7, streams='"1.5"'), "streams is '1.5'"),
        (csv_line(7, streams='"1e+16"'), "streams is '1e+16'"),
        (csv_line(7, rank="first"), "rank is 'first'"),
        (csv_line(7, rank=""), "it has no rank"),
        (csv_line(7, rank=9), "its rank is 9, which is out of range or another line's"),
        (csv_line(7, rank=-1), "rank is '-1', not a valid rank or count"),
        (csv_line(7, rank=201), "its rank is 201"),
        (csv_line(7, peak_rank=2**31), "peak_rank is '2147483648'"),
        (csv_line(7, streams=f'"{2**63}"'), "streams is"),
    ],
)
def test_a_strange_line_sets_its_own_rank_aside_and_no_other(line: str, reason: str) -> None:
    snapshot = read(new_csv([*LINES[:6], line, *LINES[7:]]), NEW)
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 7}
    assert reason in aside(snapshot)[7]


@pytest.mark.parametrize("name", ['"half', '"a"b'])
def test_a_quotation_mark_where_none_belongs_refuses_the_whole_download(name: str) -> None:
    reason = refusal(new_csv([csv_line(1, track_name=name), *LINES[1:]]), NEW)
    assert reason.startswith(
        ("a damaged CSV: misplaced quotation mark in line", "it ends inside a quoted text")
    )


def test_a_last_line_that_is_short_is_a_truncated_download() -> None:
    assert "line 48 has 3 of 9 columns: a truncated" in refusal(new_csv([*LINES[:46], "47,spotify:a,A"]), NEW)


@pytest.mark.parametrize("kept", range(1, 80, 6))
def test_today_s_csv_cut_within_its_line_of_rank_47_is_refused(kept: int) -> None:
    whole = new_csv(LINES[:47])
    start = whole.index(b"\r\n47,") + 2
    assert start + kept < len(whole) - 3
    refusal(whole[: start + kept], NEW)


@pytest.mark.parametrize("lines", [51, 99, 101, 189])
def test_a_download_that_broke_off_between_two_lines_is_refused(lines: int) -> None:
    assert f"it ends at rank {lines} of 200" in refusal(new_csv(LINES[:lines]), NEW)


@pytest.mark.parametrize("lines", [50, 100, 190, 198, 199])
def test_a_file_that_somebody_shortened_or_that_misses_a_rank_is_taken(lines: int) -> None:
    assert ranks(read(new_csv(LINES[:lines]), NEW)) == ALL


@pytest.mark.parametrize("cut", [1, 2, 10, 21, 22, 30, 60])
def test_the_old_csv_cut_within_its_last_line_invents_no_song_id(cut: int) -> None:
    whole = old_csv([old_line(rank) for rank in range(1, 48)]).removesuffix(b"\n")
    with suppress(RawError):
        assert set(ranks(read(whole[:-cut], OLD)).items()) <= set(ALL.items())


@pytest.mark.parametrize(
    "content",
    [
        new_csv().replace(b"artist_names", b"artists"),
        b"\n\n\n" + b"a,b\n" * 3 + new_csv().removeprefix(b"\xef\xbb\xbf"),
        new_csv().replace(b"Artist 3", b"Artist \xff"),
    ],
)
def test_another_header_or_encoding_is_refused(content: bytes) -> None:
    refusal(content, NEW)


# As other hands have left them


def saved(separator: str = ",", end: str = "\n", **columns: str) -> str:
    """A CSV saved again: further columns, or those named here under other names, by what each line has."""
    names = {
        "rank": "{0}",
        "uri": "spotify:track:{1}",
        "artist_names": "Artist {0}",
        "track_name": "Song {0}",
    }
    names |= {"source": "A Label", "peak_rank": "1", "previous_rank": "-1", "weeks_on_chart": "1"}
    names |= {"streams": "{2}"} | columns
    lines = [separator.join(names)]
    for rank in range(1, 51):
        cells = [value.format(rank, song_id(rank), 1_000_000 - rank) for value in names.values()]
        lines.append(separator.join(cells))
    return end.join(lines) + end


HEADER = NEW_HEADER.split(",")
AS_IT_WAS = new_csv(LINES[:50]).decode("utf-8-sig")

OTHER_HANDS = {
    "blank lines": AS_IT_WAS.replace("\r\n", "\r\n\r\n"),
    "blank lines at the end": AS_IT_WAS + "\r\n\r\n",
    "blank lines before the header": "\r\n\r\n" + AS_IT_WAS,
    "blank lines of separators": AS_IT_WAS + ",,,,,,,,\r\n",
    "CR CR LF": AS_IT_WAS.replace("\r\n", "\r\r\n"),
    "CR": AS_IT_WAS.replace("\r\n", "\r"),
    "semicolons": saved(";"),
    "a line that names the separator": "sep=;\n" + saved(";"),
    "tabs": saved("\t"),
    "an index in front": "\n".join(
        f"{number - 1 if number else ''},{line}" for number, line in enumerate(saved().splitlines())
    ),
    "further columns": saved(date="2026-11-19", region="global"),
    "another case": AS_IT_WAS.replace(NEW_HEADER, NEW_HEADER.upper().replace("_", " ")),
    "a header in quotes": AS_IT_WAS.replace(NEW_HEADER, ", ".join(f"'{name}'" for name in HEADER)),
    "another order": "\n".join(";".join(reversed(line.split(";"))) for line in saved(";").splitlines()),
    "whole numbers as floats": saved(rank="{0}.0", streams="{2}.0", previous_rank="-1.0"),
    "a separator at the end of each line": AS_IT_WAS.replace("\r\n", ",\r\n"),
    "a separator at the end of the header": AS_IT_WAS.replace(NEW_HEADER, NEW_HEADER + ","),
    "a separator at the end of the rows": AS_IT_WAS.replace("\r\n", ",\r\n").replace(
        NEW_HEADER + ",", NEW_HEADER
    ),
    "addresses of another language": saved(uri="https://open.spotify.com/intl-de/track/{1}"),
}


@pytest.mark.parametrize("text", OTHER_HANDS.values(), ids=OTHER_HANDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_that_was_saved_again_is_the_same_chart(text: str, encoding: str) -> None:
    assert read(text.encode(encoding), NEW).entries == read(AS_IT_WAS.encode(), NEW).entries


def test_an_old_csv_may_have_blank_lines_and_songs_without_names() -> None:
    lines = [old_line(1, "", ""), "", *[old_line(rank) for rank in range(2, 51)], ""]
    first = read(old_csv(lines), OLD).entries[0]
    assert (first.rank, first.song_id, first.track.name, first.artist_names) == (1, song_id(1), "", None)


@pytest.mark.parametrize("blank", ["", "  ", "NaN", "null"])
def test_a_blank_stream_count_is_null(blank: str) -> None:
    snapshot = read(new_csv([csv_line(1, streams=blank, peak_rank=blank), *LINES[1:]]), NEW)
    assert ranks(snapshot) == ALL
    assert (snapshot.entries[0].streams, snapshot.entries[0].peak_rank) == (None, None)


def test_the_label_is_kept_as_it_is_and_a_blank_one_is_null() -> None:
    label = '"Columbia, under exclusive license to / 株式会社"'
    entries = read(new_csv([csv_line(1, source=label), csv_line(2, source=""), *LINES[2:]]), NEW).entries
    assert [entry.label for entry in entries[:3]] == [label.strip('"'), None, "A Label"]


@pytest.mark.parametrize("rank", ["#{0}", '="{0}"', "{0}.", "", "-{0}"])
def test_a_file_whose_ranks_cannot_be_read_is_refused(rank: str) -> None:
    with pytest.raises(ChartRejected, match="only 0 of 50 ranks have a song"):
        read(saved(";", rank=rank).encode(), NEW)


def test_plays_below_zero_are_no_plays() -> None:
    snapshot = read(new_csv([csv_line(1, streams=-1), *LINES[1:]]), NEW)
    assert "streams is '-1', not a valid rank or count" in aside(snapshot)[1]


@pytest.mark.parametrize("cell", ["4.605E+07", "4,605E+07", "5e7"])
def test_streams_that_a_spreadsheet_has_rounded_are_refused_by_name(cell: str) -> None:
    rounded = [csv_line(rank, streams=f'"{cell}"') for rank in (31, 32)]
    content = new_csv([*LINES[:30], *rounded, *LINES[32:]])
    assert refusal(content, NEW).startswith(f"streams is '{cell}': a spreadsheet has rounded it")


@pytest.mark.parametrize("content", [new_csv([]), new_csv([""]), NEW_HEADER.replace(",", ";").encode()])
def test_a_file_with_only_a_header_is_refused_as_such(content: bytes) -> None:
    assert "only a header: Spotify has no chart of that market and date" in refusal(content, NEW)


def test_the_columns_that_differ_are_named() -> None:
    reason = refusal(new_csv().replace(b"artist_names", b"artists"), NEW)
    assert "'rank, uri, artists, track_name" in reason
    assert "missing: artist_names" in reason


def test_the_remedy_for_a_download_of_the_latest_chart_works() -> None:
    latest = "regional-global-weekly-latest.csv"
    assert "Put it below chart=global-weekly/<Thursday>/" in refusal(new_csv(), latest)
    assert read(new_csv(), f"chart=global-weekly/2026-11-19/{latest}").chart_date == THURSDAY


@pytest.mark.parametrize("ranks", [1, 33, 80])
def test_a_small_market_s_chart_ends_where_its_plays_end(ranks: int) -> None:
    name = csv_name(chart_name="lu-weekly")
    lines = [csv_line(rank, streams=f"{9_000 - rank}") for rank in range(1, ranks + 1)]
    snapshot = read(new_csv(lines), name, Wanted(size=200, today=TODAY))
    assert (snapshot.chart, len(snapshot.entries)) == (CHARTS["lu-weekly"], ranks)


def test_a_market_s_chart_that_was_cut_within_its_last_number_is_refused() -> None:
    content = new_csv(csv_line(rank, streams=f"{9_000_000 - rank}") for rank in range(1, 31))
    for cut in (3, 5, 8):
        with pytest.raises(ChartRejected, match="only 30 of 50 ranks"):
            read(content[:-cut], csv_name(chart_name="us-weekly"))


@pytest.mark.parametrize("streams", ["5000000", ""])
def test_a_market_s_chart_that_ends_at_many_or_unknown_plays_was_cut(streams: str) -> None:
    name = csv_name(chart_name="us-weekly")
    lines = [csv_line(rank, streams=streams) for rank in range(1, 81)]
    with pytest.raises(ChartRejected, match="only 30 of 50 ranks"):
        read(new_csv(lines[:30]), name)
    assert len(read(new_csv(lines), name).entries) == 50, "all that is wanted is there"
    with pytest.raises(ChartRejected, match="only 80 of 200 ranks"):
        read(new_csv(lines), name, Wanted(size=200, today=TODAY))
    assert "ends at rank 80 of 200" in refusal(new_csv(lines), csv_name())
