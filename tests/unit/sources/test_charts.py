"""Charts that no playlist holds: a person's CSV, and the charts page."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from top50.charts import CHARTS
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import Fault, Simulator, chart_csv
from top50.sources.charts_csv import ChartsCsvSource
from top50.sources.source import open_source

from ..builders import ranks, read, read_live

WEEKLY, DAILY = CHARTS["global-weekly"], CHARTS["global-daily"]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
EARLY = datetime(2009, 6, 21, 9, tzinfo=UTC)
"""A simulated CSV looks back on all charts before it."""
PATH = "/public/v0/charts"


@pytest.fixture
def page(settings: Settings, simulator: Simulator) -> Settings:
    return settings.model_copy(update={"source": "charts-page", "spotify_charts_url": simulator.charts_url})


@pytest.mark.parametrize("old", [False, True])
def test_a_file_is_taken_byte_for_byte_whatever_folder_it_lies_in(
    tmp_path: Path, settings: Settings, old: bool
) -> None:
    name, content = chart_csv("global-weekly", EARLY, old=old)
    file = tmp_path / f"{Path(name).stem} (1).csv"
    file.write_bytes(content)
    with open_source(settings, file) as source:
        raw = source.newest(WEEKLY)
        assert source.history(WEEKLY) == []
    assert raw.content == content
    assert raw.key.startswith("chart=global-weekly/2009-06-18/charts-csv-")
    assert raw.key.endswith(".csv")
    assert len(ranks(read_live(raw))) == 50


def spoiled(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


NAME, WHOLE = chart_csv("global-weekly", EARLY)
DAILY_NAME, DAILY_WHOLE = chart_csv("global-daily", EARLY)
LINES = WHOLE.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "regional-us-weekly-2009-06-18.csv",
            WHOLE,
            "is the chart us-weekly, but TOP50_CHART is global-weekly",
        ),
        (DAILY_NAME, DAILY_WHOLE, "is the chart global-daily, but TOP50_CHART is global-weekly"),
        (NAME, DAILY_WHOLE, "those of a daily chart, not of global-weekly"),
        (NAME, WHOLE[:5000], "a truncated download"),
        (NAME, b"".join(LINES[:121]), "ends at rank 120 of 200: a truncated download"),
        (NAME, b"<!DOCTYPE html><html>Log in</html>", "an HTML or XML page, not a chart"),
        (NAME, b"", "the object is empty"),
        (NAME, b'{"items": []}', "0 rows"),
        ("download.csv", WHOLE, "Give it the name of the download"),
        ("regional-global-weekly-2009-06-19.csv", WHOLE, "Friday"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(
    tmp_path: Path, settings: Settings, name: str, content: bytes, reason: str
) -> None:
    file = spoiled(tmp_path, name, content)
    with pytest.raises(SourceError, match=reason) as caught:
        ChartsCsvSource(settings, file).newest(WEEKLY)
    assert str(file) in str(caught.value)


def test_json_is_no_csv(tmp_path: Path, settings: Settings) -> None:
    with open_source(settings) as source:
        content = source.newest(WEEKLY).content
    with pytest.raises(SourceError, match="is not a chart CSV"):
        ChartsCsvSource(settings, spoiled(tmp_path, NAME, content)).newest(WEEKLY)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*nowhere.csv: No such file"):
        ChartsCsvSource(settings, tmp_path / "nowhere.csv").newest(WEEKLY)
    with pytest.raises(SourceError, match="it is in /proc"):
        ChartsCsvSource(settings, Path("/proc/self/environ")).newest(WEEKLY)


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "circle", "huge"])
def test_what_is_no_file_or_never_ends_is_refused_at_once(
    tmp_path: Path, settings: Settings, kind: str
) -> None:
    file = Path(kind) if kind.startswith("/") else tmp_path / kind
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "circle":
        file.symlink_to(file)
    elif kind == "huge":
        file.touch()
        os.truncate(file, 9 * 2**20)
    with pytest.raises(SourceError, match=r"(cannot read|larger than any chart|no regular file).*--file"):
        ChartsCsvSource(settings, file).newest(WEEKLY)


def test_the_page_is_one_request_and_the_same_chart_has_the_same_key(
    page: Settings, simulator: Simulator
) -> None:
    since = len(simulator.requests)
    with open_source(page) as source:
        raw, again = source.newest(WEEKLY), source.newest(WEEKLY)
        assert source.history(WEEKLY) == []
    assert [request.path for request in simulator.requests[since:]] == [PATH, PATH]
    assert raw.key == again.key
    assert raw.key.startswith("chart=global-weekly/2026-11-19/charts-page-")
    name, content = chart_csv("global-weekly", NOW)
    assert ranks(read_live(raw)) == ranks(read(content, name))
    assert read_live(raw).source == "charts-page"


def test_the_page_knows_no_daily_chart(page: Settings) -> None:
    with open_source(page) as source, pytest.raises(SourceError, match="but not global-daily"):
        source.newest(DAILY)


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        (Fault("status", 403, path_prefix=PATH), SourceError, "answered 403. It is undocumented"),
        (Fault("status", 404, path_prefix=PATH), SourceError, "use TOP50_SOURCE=charts-csv"),
        (Fault("status", 503, path_prefix=PATH), SourceUnavailable, "answered 503"),
        (Fault("rate_limit", retry_after=7, path_prefix=PATH), SourceUnavailable, "answered 429"),
        (Fault("quota", path_prefix=PATH), QuotaExceeded, "Send Spotify no more requests until"),
        (Fault("html", path_prefix=PATH), SourceUnavailable, "did not answer with charts"),
        (Fault("empty", path_prefix=PATH), SourceUnavailable, "did not answer with charts"),
        (Fault("cut_body", path_prefix=PATH), SourceUnavailable, "no usable answer"),
    ],
)
def test_a_refusal_of_the_page_is_told_as_it_is(
    page: Settings, simulator: Simulator, fault: Fault, kind: type[SourceError], told: str
) -> None:
    simulator.misbehave(fault)
    with open_source(page) as source, pytest.raises(SourceError, match=told) as caught:
        source.newest(WEEKLY)
    assert type(caught.value) is kind
