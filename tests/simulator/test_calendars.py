from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from top50.simulator.world.calendars import CHARTS, chart_date, parse_instant, refreshed_at, timestamp

WEEKLY, DAILY = CHARTS["global-weekly"], CHARTS["global-daily"]


@pytest.mark.parametrize(
    ("now", "refreshed"),
    [
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"),
        ("2026-11-20T11:59:59Z", "2026-11-13T12:00:00Z"),
        ("2026-11-26T23:59:59Z", "2026-11-20T12:00:00Z"),
    ],
)
def test_the_weekly_chart_is_refreshed_on_fridays_at_noon(now: str, refreshed: str) -> None:
    assert timestamp(refreshed_at(WEEKLY, parse_instant(now))) == refreshed


def test_the_weekly_chart_covers_the_week_that_ended_on_thursday() -> None:
    day = chart_date(WEEKLY, parse_instant("2026-11-22T09:00:00Z"))
    assert (day, day.strftime("%A")) == (date(2026, 11, 19), "Thursday")


@pytest.mark.parametrize(
    ("now", "refreshed"),
    [("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"), ("2026-11-22T09:59:59Z", "2026-11-21T10:00:00Z")],
)
def test_the_daily_chart_is_refreshed_every_day_at_ten(now: str, refreshed: str) -> None:
    assert timestamp(refreshed_at(DAILY, parse_instant(now))) == refreshed


def test_the_time_zone_of_the_question_makes_no_difference() -> None:
    here = datetime(2026, 11, 20, 12, tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(hours=9)))
    assert refreshed_at(WEEKLY, there) == refreshed_at(WEEKLY, here)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        refreshed_at(WEEKLY, datetime(2026, 11, 20, 12))


@pytest.mark.parametrize("now", ["2008-10-09T12:00:00Z", "2101-01-01T00:00:00Z"])
def test_an_instant_outside_the_simulated_years_is_refused(now: str) -> None:
    with pytest.raises(ValueError, match="choose a day from 2008-10-10 to 2100-12-31"):
        refreshed_at(WEEKLY, parse_instant(now))


def test_a_day_means_its_end() -> None:
    assert timestamp(parse_instant("2026-11-20")) == "2026-11-20T23:59:59Z"
