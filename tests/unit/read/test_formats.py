"""What raw bytes are is told by the bytes, not by the name."""

import gzip

import pytest

from tests.unit.builders import (
    KEY,
    THURSDAY,
    csv_line,
    csv_name,
    encoded,
    envelope,
    new_csv,
    page,
    playlist,
    ranks,
    read,
    refusal,
    rows,
    tracks,
)
from top50.charts import CHARTS_CSV

CHART = encoded(playlist(rows(tracks())))
CSV_KEY = "regional-global-weekly-2026-11-19.csv"


def test_a_byte_order_mark_and_white_space_before_json_do_not_matter() -> None:
    assert len(ranks(read(b"\xef\xbb\xbf \r\n" + CHART))) == 50


def test_names_do_not_decide() -> None:
    assert read(CHART, "chart=global-weekly/really.csv").source == "playlist"
    assert read(new_csv(), "chart=global-weekly/2026-11-19/really.json").source == CHARTS_CSV
    assert read(CHART, "chart=global-weekly/no-suffix").source == "playlist"


NOT_CHARTS = {
    "nothing": (b"", "empty"),
    "white space": (b" \r\n\t", "empty"),
    "byte order mark alone": (b"\xef\xbb\xbf", "empty"),
    "another host's page": (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "HTML"),
    "page after a byte order mark": (b"\xef\xbb\xbf\n<html></html>", "HTML"),
    "gzip": (gzip.compress(CHART), "gzip"),
    "zip": (b"PK\x03\x04rest", "zip"),
    "Parquet": (b"PAR1rest", "Parquet"),
    "UTF-16 with a mark": (CHART.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 big endian": (b"\xfe\xff" + CHART.decode().encode("utf-16-be"), "UTF-16"),
    "UTF-16 without a mark": (
        CHART.decode().encode("utf-16-le"),
        "UTF-16 or UTF-32 without a byte order mark",
    ),
    "double-encoded JSON": (encoded(CHART.decode()), "encoded twice"),
    "truncated JSON": (CHART[: len(CHART) // 2], "invalid JSON"),
    "JSON with text behind it": (CHART + b"\n{}", "invalid JSON"),
    "a number": (b"42", "header"),
    "null": (b"null", "header"),
    "nested without end": (b'{"error":' + b"[" * 100_000, "invalid JSON"),
    "broken UTF-8": (CHART.replace(b"Song 7", b"Song \xff"), "invalid JSON"),
    "an Excel workbook": (b"PK\x03\x04\x14\x00xl/worksheets/sheet1.xml", "an Excel workbook"),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    "a login page": (b"<!doctype html><html><title>Log in - Spotify</title></html>", "a login page"),
    "binary": (bytes(range(128, 256)), "neither JSON nor UTF-8"),
    "an article": (b"Hello,\nthis is not a chart.\n", "header"),
}


@pytest.mark.parametrize(("content", "reason"), NOT_CHARTS.values(), ids=NOT_CHARTS)
@pytest.mark.parametrize("key", [KEY, CSV_KEY])
def test_what_is_no_chart_is_refused_with_its_reason(content: bytes, reason: str, key: str) -> None:
    assert reason in refusal(content, key)


@pytest.mark.parametrize("depth", range(900, 1001))
def test_no_depth_of_nesting_is_more_than_a_refusal(depth: int) -> None:
    for opened, closed in ((b'{"a":', b"}"), (b"[", b"]")):
        refusal(b'{"error":' + opened * depth + b"1" + closed * depth + b"}")


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-14:00", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_of_reading_that_cannot_be_is_refused(at: str) -> None:
    """One in the future would be the latest observation for ever."""
    assert "or in the future" in refusal(envelope(page(rows(tracks())), observed_at=at))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon"])
def test_an_added_at_that_cannot_be_counts_only_where_no_other_is_told(at: str) -> None:
    items = rows(tracks())
    items[20]["added_at"] = at
    snapshot = read(page(items))
    assert (snapshot.chart_date, len(ranks(snapshot))) == (THURSDAY, 50)
    assert "added_at" in refusal(page(rows(tracks(), at)), "anywhere.json")


def test_a_reason_stays_short_whatever_it_quotes() -> None:
    reason = refusal({"id": "x" * 2**20, "tracks": page(rows(tracks()))}, "x.json")
    assert reason.startswith("playlist xxx")
    assert "is not a known chart. If it mirrors the chart" in reason
    assert len(reason) < 800
    assert len(refusal({"error": "<b>" * 2**20})) < 800


def test_utf_32_is_called_what_it_is() -> None:
    assert refusal('{"items": []}'.encode("utf-32")).startswith("UTF-32, not")


def test_a_csv_whose_first_cell_is_quoted_is_no_json() -> None:
    assert "its header is not that of a Spotify chart" in refusal(b'"rank","uri"\n1,2\n', csv_name())


def test_a_csv_of_ever_more_lines_is_not_read_to_its_end() -> None:
    assert "more than 1000 lines" in refusal(new_csv(csv_line(rank) for rank in range(1, 2000)), csv_name())
