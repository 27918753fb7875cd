"""Which key a raw object gets, and what a key says about it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from top50.charts import CHARTS
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, name_raw
from top50.raw.keys import key_of

weekly = CHARTS["global-weekly"]


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
    with pytest.raises(RawError, match="there is no chart"):
        chart_in_key(key)


def test_an_impossible_date_in_a_key_is_an_error() -> None:
    with pytest.raises(RawError, match="2026-02-30"):
        date_in_key("chart=global-weekly/2026-02-30/x.json")


@pytest.mark.parametrize(
    ("path", "root", "key"),
    [
        ("/a/old/x.json", "/a/old", "old/x.json"),
        ("/a/old/x.json", "/a/old/x.json", "x.json"),
        ("/x.json", "/", "x.json"),
        (
            "/a/chart=global-daily/2023-01-05/x.json",
            "/a/chart=global-daily/2023-01-05",
            "chart=global-daily/2023-01-05/x.json",
        ),
        ("/a/old/chart=unknown/x.json", "/a/old", "old/chart=unknown/x.json"),
        ("/chart=unknown/old/x.json", "/chart=unknown/old", "old/x.json"),
        ("/l/raw_data/processed/tracks/unknown/x.json", "/l", "tracks/unknown/x.json"),
        ("b/l/raw_data/quarantine/a/x.csv", "b/l/raw_data", "a/x.csv"),
        ("/a\nb/raw_data/processed/x.json", "/a\nb", "x.json"),
        ("/l/old_raw_data/processed/x.json", "/l", "l/old_raw_data/processed/x.json"),
        ("b/../x//./y.json", "b", "b/x/y.json"),
        ("/old/a\nb\x1b.json", "/old", "old/a_b_.json"),
        ("/old/\udcff.json", "/old", "old/_udcff.json"),
    ],
)
def test_a_key_keeps_what_matters_of_a_path(path: str, root: str, key: str) -> None:
    assert key_of(path, root) == key


PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "chart=global-daily", "raw_data", "processed"]), st.text(max_size=300)
)


@given(st.lists(PARTS, min_size=1, max_size=8), st.integers(0, 8))
def test_a_key_of_any_path_lies_in_its_folder_and_fits_any_lake(parts: list[str], depth: int) -> None:
    path, root = "/".join(["", *parts, "x.json"]), "/".join(["", *parts[:depth]])
    key = key_of(path, root)
    assert key.endswith("x.json")
    assert key.isprintable()
    assert len(key.encode()) <= 700
    assert not {"", ".", ".."} & set(key.split("/"))
    assert all(len(part.encode()) <= 240 for part in key.split("/"))
