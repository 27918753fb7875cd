"""A raw object's key and envelope."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from top50.charts import CHARTS
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, envelope, name_raw

weekly = CHARTS["global-weekly"]


def test_answers_are_kept_byte_for_byte() -> None:
    answers = [b'{ "b":1.0,  "a" : "\\u00fc", "b": 2 }', b"[ null ]"]
    content = envelope(answers, source="playlist", playlist="id", snapshot_id=None)
    assert all(answer in content for answer in answers)
    written = json.loads(content)
    assert {name: written[name] for name in ("top50_envelope", "source", "playlist", "snapshot_id")} == {
        "top50_envelope": 1,
        "source": "playlist",
        "playlist": "id",
        "snapshot_id": None,
    }
    assert datetime.now(UTC) - datetime.fromisoformat(written["observed_at"]) < timedelta(minutes=1)


def test_the_same_snapshot_has_the_same_key_whenever_it_is_read() -> None:
    day = date(2026, 11, 19)
    key = name_raw(weekly, day, "playlist", b"snapshot")
    assert key == name_raw(weekly, day, "playlist", b"snapshot")
    assert key.startswith("chart=global-weekly/2026-11-19/playlist-")
    others = [
        name_raw(weekly, day, "playlist", b"another"),
        name_raw(weekly, day, "simulator", b"snapshot"),
        name_raw(CHARTS["global-daily"], day, "playlist", b"snapshot"),
        name_raw(weekly, None, "playlist", b"snapshot"),
        name_raw(weekly, day, "playlist", b"snapshot", "csv"),
    ]
    assert len({key, *others}) == 6


@pytest.mark.parametrize(
    ("key", "chart", "day"),
    [
        ("chart=global-weekly/2026-11-19/x.json", "global-weekly", date(2026, 11, 19)),
        ("deep/er/chart=global-daily/2026-11-18/more/x.json", "global-daily", date(2026, 11, 18)),
        ("chart=global-weekly/undated/x.json", "global-weekly", None),
        ("chart=global-weekly/x.json", "global-weekly", None),
        ("mychart=global-weekly/2026-11-19/x.json", None, None),
        ("2026-11-19/chart=global-weekly", None, None),
        ("x.json", None, None),
    ],
)
def test_a_key_says_chart_and_date(key: str, chart: str | None, day: date | None) -> None:
    assert chart_in_key(key) == (CHARTS[chart] if chart else None)
    assert date_in_key(key) == day


@pytest.mark.parametrize("key", ["chart=/x.json", "chart=global/x.json", "chart=Global-Weekly/x.json"])
def test_an_unknown_chart_in_a_key_is_an_error(key: str) -> None:
    with pytest.raises(RawError, match="unknown chart"):
        chart_in_key(key)


def test_an_impossible_date_in_a_key_is_an_error() -> None:
    with pytest.raises(RawError, match="2026-02-30"):
        date_in_key("chart=global-weekly/2026-02-30/x.json")
