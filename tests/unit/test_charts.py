"""The charts and their calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from top50.charts import CHART_OF_PLAYLIST, CHARTS, FIRST_DAY
from top50.errors import ChartRejected

from .builders import DAILY, THURSDAY, TODAY, WEEKLY

weekly, daily = CHARTS["global-weekly"], CHARTS["global-daily"]


def test_each_playlist_has_its_chart() -> None:
    assert {playlist: chart.name for playlist, chart in CHART_OF_PLAYLIST.items()} == {
        WEEKLY: "global-weekly",
        DAILY: "global-daily",
    }


@given(st.datetimes(datetime(2009, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_weekly_chart_ends_on_the_latest_thursday_before_its_refresh(refreshed: datetime) -> None:
    day = weekly.date_of(refreshed)
    assert day.isoweekday() == 4
    assert timedelta(days=1) <= refreshed.date() - day <= timedelta(days=7)
    assert daily.date_of(refreshed) == refreshed.date() - timedelta(days=1)


@pytest.mark.parametrize("day", [THURSDAY, date(2008, 10, 9), THURSDAY - timedelta(weeks=52)])
def test_a_thursday_since_spotify_began_can_be_a_weekly_chart(day: date) -> None:
    weekly.check_date(day, TODAY)


@pytest.mark.parametrize(
    "day", [THURSDAY + timedelta(weeks=1), FIRST_DAY - timedelta(days=5), THURSDAY - timedelta(days=1)]
)
def test_another_day_cannot(day: date) -> None:
    with pytest.raises(ChartRejected, match=str(day)):
        weekly.check_date(day, TODAY)


def test_a_daily_chart_may_end_on_any_day_up_to_today() -> None:
    for days in range(7):
        daily.check_date(TODAY - timedelta(days=days), TODAY)
    with pytest.raises(ChartRejected, match="2026-11-23"):
        daily.check_date(TODAY + timedelta(days=1), TODAY)
