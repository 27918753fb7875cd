"""The charts and their calendars."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from top50.charts import CHART_OF_PLAYLIST, CHARTS, FIRST_DAY, charts_named, label
from top50.errors import ChartRejected
from top50.regions import REGIONS

from .builders import DAILY, THURSDAY, TODAY, WEEKLY

PERIODS = ("weekly", "daily")
weekly, daily = CHARTS["global-weekly"], CHARTS["global-daily"]


def test_every_region_has_a_weekly_and_a_daily_chart_and_no_playlist_two() -> None:
    assert list(CHARTS)[:2] == ["global-weekly", "global-daily"]
    assert (weekly.playlist_id, daily.playlist_id) == (WEEKLY, DAILY)
    playlists = [chart.playlist_id for chart in CHARTS.values() if chart.playlist_id]
    assert len(playlists) == len(set(playlists)) == len(CHART_OF_PLAYLIST)
    assert all(re.fullmatch("37i9dQZ[0-9A-Za-z]{15}", playlist) for playlist in playlists)
    assert {CHARTS[f"{region.code}-{period}"].period for region in REGIONS for period in PERIODS} == {
        *PERIODS
    }


def test_all_weekly_and_all_daily_are_the_regions_with_a_playlist_today() -> None:
    assert [len(charts_named([f"all-{period}"])) for period in PERIODS] == [73, 73]
    assert CHARTS["ru-weekly"] not in charts_named(["all-weekly"])
    assert [chart.name for chart in charts_named(["us-daily", "global-weekly", "us-daily"])] == [
        "us-daily",
        "global-weekly",
    ]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("uk-weekly", "gb-weekly"),
        ("germany-daily", "de-daily"),
        ("usa-weekly", "us-weekly"),
        ("us", "us-weekly"),
        ("global-wekly", "global-weekly"),
        ("world-daily", "global-daily"),
        ("", "global-weekly"),
    ],
)
def test_an_unknown_chart_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"there is no chart '{name}'; the nearest is {nearest}"):
        charts_named([name])


def test_several_charts_have_a_short_name() -> None:
    assert label(["us-weekly"]) == "us-weekly"
    assert label(["us-weekly", "br-weekly", "global-daily"]) == "us-weekly and 2 more"
    assert label([chart.name for chart in charts_named(["all-daily"])]) == "all-daily"


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
