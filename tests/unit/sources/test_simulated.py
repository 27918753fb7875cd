"""Simulated charts: the same client, the same HTTP, and seven charts of history."""

from datetime import date, timedelta

import pytest

from top50.charts import CHARTS
from top50.errors import SourceUnavailable
from top50.settings import Settings
from top50.simulator import Simulator
from top50.sources.simulated import HISTORY
from top50.sources.source import open_source

from ..builders import THURSDAY, read_live


@pytest.fixture
def simulated(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"source": "simulator", "spotify_client_id": None, "spotify_client_secret": None}
    )


@pytest.mark.parametrize(
    ("chart_name", "newest"), [("global-weekly", THURSDAY), ("global-daily", date(2026, 11, 20))]
)
def test_history_is_the_seven_charts_before_the_newest(
    simulated: Settings, chart_name: str, newest: date
) -> None:
    chart = CHARTS[chart_name]
    with open_source(simulated) as source:
        raws = [*source.history(chart), source.newest(chart)]
    snapshots = [read_live(raw) for raw in raws]
    assert [snapshot.chart_date for snapshot in snapshots] == [
        newest - timedelta(days=chart.days * before) for before in range(HISTORY, -1, -1)
    ]
    assert {snapshot.source for snapshot in snapshots} == {"simulator"}
    assert len({raw.key for raw in raws}) == HISTORY + 1


def test_the_newest_after_history_is_again_that_of_now(simulator: Simulator, simulated: Settings) -> None:
    with open_source(simulated) as source:
        first = source.newest(CHARTS["global-weekly"])
        source.history(CHARTS["global-weekly"])
        assert source.newest(CHARTS["global-weekly"]).key == first.key
    assert len({request.path for request in simulator.requests}) > 1


@pytest.mark.server
def test_a_simulator_of_its_own_is_started_when_none_is_named() -> None:
    with open_source(Settings.model_validate({"source": "simulator"})) as source:
        raw = source.newest(CHARTS["global-weekly"])
    assert raw.key.startswith("chart=global-weekly/")
    assert len(read_live(raw).entries) == 50


def test_no_simulator_at_the_address_says_how_to_start_one(simulated: Settings) -> None:
    nowhere = {"spotify_accounts_url": "http://127.0.0.1:9", "spotify_api_url": "http://127.0.0.1:9/v1"}
    with open_source(simulated.model_copy(update=nowhere)) as source:
        with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:9.*python -m top50\.simulator"):
            source.history(CHARTS["global-weekly"])
