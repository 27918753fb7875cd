"""The official CSVs as files: both formats, their names, and how they are downloaded."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests

from top50.charts import CHARTS
from top50.read.chart_csv import read_csv
from top50.read.snapshot import Wanted
from top50.simulator import Simulator, chart_csv

from .conftest import NOW
from .test_csv_files import COUNTED, DAILY, WEEKLY, rows


def test_the_old_format_says_the_same() -> None:
    name, content = chart_csv(WEEKLY, NOW, old=True)
    assert name == "regional-global-weekly-2026-11-13--2026-11-20.csv"
    old = list(csv.DictReader(content.decode().splitlines()[1:]))
    new = rows(WEEKLY)
    assert [(row["Position"], row["Track Name"], row["Streams"]) for row in old] == [
        (row["rank"], row["track_name"], row["streams"]) for row in new
    ]
    assert [row["URL"][-22:] for row in old] == [row["uri"][-22:] for row in new]
    assert all(n["artist_names"].startswith(o["Artist"]) for o, n in zip(old, new, strict=True))


@pytest.mark.parametrize(("chart", "day"), [(WEEKLY, date(2026, 11, 19)), (DAILY, date(2026, 11, 20))])
@pytest.mark.parametrize("old", [False, True])
def test_the_reader_of_official_files_accepts_them(chart: str, day: date, old: bool) -> None:
    name, content = chart_csv(chart, NOW, old=old)
    read = read_csv(name, content, Wanted(CHARTS[chart], size=200, today=NOW.date()))
    assert (read.chart, read.chart_date) == (CHARTS[chart], day)
    assert len(read.entries) == 200
    assert not read.set_aside


def fields(line: str) -> list[str]:
    return re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^,"]*)', line)


def new_shape(content: bytes) -> tuple[object, ...]:
    """Line ends, header, and which columns are quoted."""
    assert content.startswith(b"\xef\xbb\xbf")
    header, *lines, rest = content.decode("utf-8-sig").split("\r\n")
    quoted = {tuple(field.startswith('"') for field in fields(line)) for line in lines}
    return header, quoted, rest, content.count(b"\n") - content.count(b"\r\n")


@pytest.mark.parametrize("chart", [WEEKLY, DAILY])
def test_a_new_file_quotes_the_texts_and_the_streams(chart: str) -> None:
    columns = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,{},streams"
    quoted = (False, True, True, True, True, False, False, False, True)
    assert new_shape(chart_csv(chart, NOW)[1]) == (columns.format(COUNTED[chart]), {quoted}, "", 0)


def test_a_new_file_has_the_shape_of_a_real_one(shared: Path) -> None:
    real = shared / "charts/regional-global-weekly-2023-06-08.csv"
    name, content = chart_csv(WEEKLY, NOW)
    assert name == "regional-global-weekly-2026-11-19.csv"
    assert new_shape(content) == new_shape(real.read_bytes())


def test_an_old_file_has_the_shape_of_a_real_one(shared: Path) -> None:
    real = (shared / "charts/regional-global-weekly-2019-12-06--2019-12-13.csv").read_text("utf-8")
    ours = chart_csv(WEEKLY, NOW, old=True)[1].decode()
    assert ours.split("\n")[:2] == real.split("\n")[:2]
    for text in (real, ours):
        assert "\r" not in text
        assert text.endswith("\n")
        cells = [cell for line in text.split("\n")[2:-1] for cell in fields(line)]
        assert all(cell.startswith('"') == bool(re.search(r'[ ,"\\]', cell)) for cell in cells)


def test_quotes_are_doubled() -> None:
    text = chart_csv(WEEKLY, NOW)[1].decode()
    assert re.search(r',"The ""\w+"" \w+",', text)


def test_a_chart_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown chart 'global-monthly'"):
        chart_csv("global-monthly", NOW)


@pytest.mark.parametrize(("chart", "old"), [(WEEKLY, False), (WEEKLY, True), (DAILY, False)])
def test_a_file_is_downloaded_by_its_name(
    spotify: Simulator, http: requests.Session, chart: str, old: bool
) -> None:
    name, content = chart_csv(chart, NOW - timedelta(weeks=1), old=old)
    answer = http.get(f"{spotify.accounts_url}/simulator/charts/{name}", timeout=5)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    "name",
    [
        "regional-global-weekly-2026-11-20.csv",  # a Friday
        "regional-global-weekly-2026-11-26.csv",  # not yet
        "regional-global-daily-2026-11-22.csv",
        "regional-global-weekly-2026-11-12--2026-11-19.csv",
        "regional-global-weekly-2026-11-06--2026-11-20.csv",
        "regional-global-weekly-2026-02-30.csv",
        "regional-global-weekly-2008-09-25.csv",
        "regional-global-weekly-9999-12-31.csv",
        "regional-xx-weekly-2026-11-19.csv",
        "chart.csv",
    ],
)
def test_what_is_no_chart_is_not_found(spotify: Simulator, http: requests.Session, name: str) -> None:
    answer = http.get(f"{spotify.accounts_url}/simulator/charts/{name}", timeout=5)
    assert answer.status_code == 404
    assert name in answer.json()["error"]["message"]
