"""A chart of each shape with one value of one row replaced by any JSON: at most that rank is missing."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.builders import (
    KEY,
    TODAY,
    Raw,
    artist,
    aside,
    build,
    charts_page,
    csv_name,
    encoded,
    envelope,
    new_csv,
    old_csv,
    page,
    page_entry,
    playlist,
    read,
    rows,
    service_entry,
    track,
    tracks,
    view,
)
from top50.read.snapshot import Entry, Snapshot, Wanted

ALL_RANKS = Wanted(size=200, today=TODAY)
Path = tuple[str | int, ...]

_numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 1, 7, 50, 51, 200, 201, 2**31, 2**63, 85.0])
_texts = st.text(max_size=9) | st.sampled_from(
    ["", "track", "album", "\ud800", "x" * 22, "1970-01-01T00:00:00Z"]
)
_leaves = st.none() | st.booleans() | _numbers | _texts
ANY_JSON = _leaves | st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "type", "track", "item", "url"]) | _texts, inner, max_size=3
        )
    ),
    max_leaves=5,
)

_ROWS = rows(tracks())
_ITEMS = rows(tracks(), field="item")
_SAVED = [service_entry(rank) for rank in range(1, 51)]
_PLAYLIST: Path = ("tracks", "items")

SHAPES: dict[str, tuple[Any, Path]] = {
    "page": (page(_ROWS), ("items",)),
    "page that says nothing": ({"items": _ROWS}, ("items",)),
    "playlist": (playlist(_ROWS), _PLAYLIST),
    "playlist of items": (playlist(_ITEMS, under="items"), ("items", "items")),
    "envelope": (envelope(page(_ROWS), playlist="37i9dQZEVXbNG2KDcFcKOF"), ("answers", 0, "items")),
    "rows": (_ROWS, ()),
    "body": ({"body": playlist(_ROWS)}, ("body", *_PLAYLIST)),
    "list of tracks": ([track(number) for number in range(1, 51)], ()),
    "charts page": (charts_page(), ("chartEntryViewResponses", 0, "entries")),
    "one chart of it": (view(), ("entries",)),
    "charts service": (view(_SAVED), ("entries",)),
    "entries": (_SAVED, ()),
}


def at(found: Any, path: Path) -> Any:
    for step in path:
        found = found[step]
    return found


def places(found: object, path: Path) -> Iterator[Path]:
    """The paths to everything within, itself included."""
    yield path
    steps = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


def with_value(found: Any, path: Path, value: object) -> Any:
    """A copy in which something else stands at a path."""
    if not path:
        return value
    copy: Any = dict(found) if isinstance(found, dict) else list(found)
    copy[path[0]] = with_value(found[path[0]], path[1:], value)
    return copy


def by_rank(snapshot: Snapshot) -> dict[int, Entry]:
    return {entry.rank: entry for entry in snapshot.entries}


def check(key: str, content: bytes, whole: bytes, rank: int) -> None:
    """At most this rank is missing or other than it was, and what is missing is told."""
    expected, found = by_rank(read(whole, key, ALL_RANKS)), read(content, key, ALL_RANKS)
    assert len(expected) in (50, 200)
    got = by_rank(found)
    assert {number for number in expected if got.get(number) != expected[number]} <= {rank}
    assert set(got) <= set(expected)
    assert set(expected) - set(got) == {each.rank for each in found.set_aside}
    before = read(whole, key, ALL_RANKS)
    assert (found.chart, found.chart_date, found.says_chart) == (
        before.chart,
        before.chart_date,
        before.says_chart,
    )


def key_of(shape: str) -> str:
    return "anywhere/x.json" if shape == "page that says nothing" else KEY


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60)
@given(st.data())
def test_one_value_of_one_row_costs_at_most_its_rank(shape: str, data: st.DataObject) -> None:
    content, path = SHAPES[shape]
    rank = data.draw(st.integers(1, 50))
    row: Path = (*path, rank - 1)
    place = data.draw(st.sampled_from(list(places(at(content, row), row))))
    changed = with_value(content, place, data.draw(ANY_JSON))
    check(key_of(shape), encoded(changed), encoded(content), rank)


@pytest.mark.parametrize("value", [{"track": {}}, {"item": {"id": 1}}, {"added_at": None, "track": None}])
def test_what_looks_like_a_row_makes_no_rows_of_a_list_of_tracks(value: object) -> None:
    songs, _ = SHAPES["list of tracks"]
    check(KEY, encoded([value, *songs[1:]]), encoded(songs), 1)


CSVS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "new": (csv_name(), new_csv),
    "old": ("regional-global-weekly-2026-11-13--2026-11-20.csv", old_csv),
}


@pytest.mark.parametrize("shape", CSVS)
@settings(max_examples=60)
@given(st.data())
def test_one_cell_of_a_csv_costs_at_most_its_rank(shape: str, data: st.DataObject) -> None:
    key, make = CSVS[shape]
    lines = list(csv.reader(io.StringIO(make().decode("utf-8-sig"), newline="")))
    rank, value = data.draw(st.integers(1, 200)), data.draw(_leaves.filter(lambda each: each != "\ud800"))
    cell = data.draw(st.integers(0, len(lines[0]) - 1))
    lines[rank - 201][cell] = value if isinstance(value, str) else json.dumps(value)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    content = text.getvalue().encode(errors="replace")
    check(key, content, make(), rank)


def test_the_tables_of_such_charts_are_made() -> None:
    """Half a character or a number too long, for one, would break the making of a column."""
    raws: list[Raw] = []
    for content, path in SHAPES.values():
        for place in places(at(content, (*path, 0)), (*path, 0)):
            for value in ("\ud800", 10**30, -1, None):
                changed = with_value(content, place, value)
                raws.append((f"chart=global-weekly/2026-11-19/{len(raws)}.json", encoded(changed)))
    built = build(*raws)
    assert built.refused == []
    assert built.tables["chart_entries"].height >= 49


CROWD = [artist(number) for number in range(101)]
PAGE_CROWD = [{"name": each["name"], "spotifyUri": f"spotify:artist:{each['id']}"} for each in CROWD]


@pytest.mark.parametrize("shape", ["playlist", "list of tracks", "charts page"])
def test_a_song_of_more_artists_than_songs_have_costs_its_rank(shape: str) -> None:
    crowded: list[Any] = [track(1, artists=CROWD[:100]), track(2, artists=CROWD), *tracks()[2:]]
    content: Any = playlist(rows(crowded)) if shape == "playlist" else crowded
    if shape == "charts page":
        entries = [page_entry(number) for number in range(1, 51)]
        entries[1]["trackMetadata"]["artists"] = PAGE_CROWD
        content = charts_page(entries)
    found = read(content)
    assert aside(found) == {2: "101 artists of one song, more than 100"}
    assert len(found.entries) == 49
    assert len(found.artists) < 160
