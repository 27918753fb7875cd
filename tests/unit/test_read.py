"""What raw bytes are is told by the bytes, not by the name."""

import gzip

import pytest

from top50.official_csv import SOURCE

from .builders import KEY, encoded, new_csv, page, playlist, ranks, read, refusal, rows, tracks

CHART = encoded(playlist(rows(tracks())))
CSV_KEY = "regional-global-weekly-2026-11-19.csv"


def test_a_byte_order_mark_and_white_space_before_json_do_not_matter() -> None:
    assert len(ranks(read(b"\xef\xbb\xbf \r\n" + CHART))) == 50


def test_names_do_not_decide() -> None:
    assert read(CHART, "chart=global-weekly/really.csv").source == "playlist"
    assert read(new_csv(), "chart=global-weekly/2026-11-19/really.json").source == SOURCE
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
    "UTF-16 without a mark": (CHART.decode().encode("utf-16-le"), "no text, or UTF-16"),
    "double-encoded JSON": (encoded(CHART.decode()), "encoded twice"),
    "truncated JSON": (CHART[: len(CHART) // 2], "no JSON"),
    "JSON with text behind it": (CHART + b"\n{}", "no JSON"),
    "a number": (b"42", "header"),
    "null": (b"null", "header"),
    "nested without end": (b'{"error":' + b"[" * 100_000, "no JSON"),
    "broken UTF-8": (CHART.replace(b"Song 7", b"Song \xff"), "no JSON"),
    "half a surrogate pair": (CHART.replace(b"Song 7", b"Song \\ud800"), "no JSON"),
    "a field of another type": (CHART.replace(b'"Song 7"', b"[7]"), "no JSON"),
    "a number out of range": (encoded(page(rows([{"popularity": 2**31}] * 50))), "no JSON"),
    "binary": (bytes(range(128, 256)), "neither JSON nor UTF-8"),
    "an article": (b"Hello,\nthis is not a chart.\n", "header"),
}


@pytest.mark.parametrize(("content", "reason"), NOT_CHARTS.values(), ids=NOT_CHARTS)
@pytest.mark.parametrize("key", [KEY, CSV_KEY])
def test_what_is_no_chart_is_refused_with_its_reason(content: bytes, reason: str, key: str) -> None:
    assert reason in refusal(content, key)
