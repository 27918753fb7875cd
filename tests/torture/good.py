"""Raw objects that are fine: what is spoilt, and what must not be held up by what is spoilt."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from tests.unit.builders import charts_page, encoded, envelope, page, rows, tracks
from top50.simulator import chart_csv, snapshot

Raw = tuple[str, bytes]

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
KEY = "chart=global-weekly/2026-11-19/chart.json"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@cache
def seeds() -> list[Raw]:
    """Return charts of every shape: simulated ones, and the real ones where they are on this machine."""
    weekly = snapshot("global-weekly", FRIDAY)
    return [
        (KEY, weekly),
        ("daily.json", snapshot("global-daily", FRIDAY)),
        ("own.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=1), app="development")),
        ("doubled.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=2), doubled=True)),
        (KEY, encoded(envelope(page(rows(tracks())), observed_at="2026-11-20T12:00:00Z"))),
        (KEY, encoded({"tracks": tracks(20)})),
        (KEY, encoded(charts_page())),
        *[chart_csv("global-weekly", FRIDAY - timedelta(weeks=back)) for back in range(3)],
        chart_csv("global-daily", FRIDAY),
        chart_csv("global-weekly", datetime(2020, 5, 8, 12, tzinfo=UTC), old=True),
        *[
            (file.name, file.read_bytes())
            for folder in ("playlists", "charts", "edge")
            for file in sorted((SHARED / folder).glob("*"))
            if file.is_file()
        ],
    ]


def good(count: int) -> list[Raw]:
    """Return so many weekly charts, one a week, whose keys sort among all others."""
    first = datetime(2012, 1, 6, 22, tzinfo=UTC)
    weeks = [first + timedelta(weeks=number) for number in range(count)]
    return [(f"chart=global-weekly/good-{at:%Y-%m-%d}.json", snapshot("global-weekly", at)) for at in weeks]
