"""Several charts of one source: what fails holds up nothing else, and the next attempt goes on from there."""

from datetime import UTC, datetime

import pytest

from top50.charts import Chart, charts_named
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.raw import RawObject
from top50.sources.newest import Fetched, fetch_newest

CHARTS = charts_named(["global-weekly", "us-weekly", "br-weekly", "de-weekly", "fr-weekly", "jp-weekly"])
AWAY = SourceUnavailable("it answers 503", "Run it again")
BUSY = SourceUnavailable("it limits the rate", "Run it again", retry_after=30)
SPENT = QuotaExceeded("the quota is spent", "Run it again", datetime(2026, 11, 21, tzinfo=UTC))
GONE = SourceError("it answers 404", "Use another source", 404)


class Scripted:
    """A source that fails for some charts."""

    def __init__(self, errors: dict[str, SourceError]) -> None:
        self.warnings: list[str] = []
        self.errors = errors
        self.asked: list[str] = []

    def newest(self, chart: Chart) -> RawObject:
        self.asked.append(chart.name)
        if chart.name in self.errors:
            raise self.errors[chart.name]
        return RawObject(f"chart={chart.name}/newest.json", b"new")

    def history(self, chart: Chart) -> list[RawObject]:
        return [RawObject(f"chart={chart.name}/older.json", b"old")]


def fetch(source: Scripted, fetched: Fetched | None = None) -> Fetched:
    fetched = fetched or Fetched()
    fetch_newest(source, CHARTS, fetched, lambda chart: chart.name == "us-weekly")
    return fetched


def test_every_chart_is_fetched_in_order_and_one_without_history_with_it() -> None:
    fetched = fetch(Scripted({}))
    assert list(fetched.raws) == [chart.name for chart in CHARTS]
    assert [raw.content for raw in fetched.raws["us-weekly"]] == [b"old", b"new"]
    assert len(fetched.all_raws) == 7
    assert (fetched.errors, fetched.passing) == ({}, None)


def test_a_chart_that_is_refused_or_away_holds_up_no_other_one() -> None:
    fetched = fetch(Scripted({"us-weekly": GONE, "de-weekly": AWAY}))
    assert fetched.errors == {"us-weekly": GONE, "de-weekly": AWAY}
    assert list(fetched.raws) == ["global-weekly", "br-weekly", "fr-weekly", "jp-weekly"]
    assert fetched.passing is AWAY


def test_the_next_attempt_asks_for_the_missing_ones_alone_and_forgets_errors_that_passed() -> None:
    source = Scripted({"us-weekly": GONE, "de-weekly": AWAY})
    fetched = fetch(source)
    del source.errors["de-weekly"]
    source.asked.clear()
    fetch(source, fetched)
    assert source.asked == ["us-weekly", "de-weekly"]
    assert fetched.errors == {"us-weekly": GONE}


@pytest.mark.parametrize("error", [BUSY, SPENT])
def test_a_limit_stops_it_and_what_was_not_asked_for_comes_first_the_next_time(error: SourceError) -> None:
    source = Scripted({"us-weekly": error})
    fetched = fetch(source)
    assert source.asked == ["global-weekly", "us-weekly"]
    assert fetched.errors == dict.fromkeys((chart.name for chart in CHARTS[1:]), error)
    source.asked.clear()
    fetch(source, fetched)
    assert source.asked == ["br-weekly", "de-weekly", "fr-weekly", "jp-weekly", "us-weekly"]
    assert (fetched.errors, len(fetched.raws)) == ({"us-weekly": error}, 5)


def test_a_source_that_is_away_is_not_asked_for_every_chart() -> None:
    source = Scripted({chart.name: AWAY for chart in CHARTS})
    fetched = fetch(source)
    assert len(source.asked) == 3
    assert len(fetched.errors) == 6
    refused = Scripted({chart.name: GONE for chart in CHARTS})
    fetch(refused)
    assert len(refused.asked) == 6
