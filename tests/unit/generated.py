"""Generated sets of raw objects: several dates, charts and sources, ties on purpose, and garbage."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st

from top50.read.snapshot import Wanted

from .builders import (
    TODAY,
    Json,
    Raw,
    album,
    artist,
    charts_page,
    csv_line,
    encoded,
    envelope,
    local_file,
    new_csv,
    page,
    page_entry,
    row,
    track,
)

SIZE = 10
WANTED = Wanted(size=SIZE, today=TODAY)

_FRIDAYS = [date(2025, 12, 26), date(2026, 1, 2), date(2026, 1, 9)]  # two years
_READ = ["2026-01-02T20:00:00Z", "2026-01-02T21:00:00+01:00", "2026-01-09T20:00:00Z", None]
_GARBAGE = [b"", b"<html>", b"{", b'{"error": {"status": 404}}', b"\x1f\x8b\x08", b"rank,uri", b"\xff"]

_variants = st.integers(0, 3)
_fridays = st.sampled_from(_FRIDAYS)


class Batches(NamedTuple):
    """Raw objects, and the same ones in another order, with repeats, cut into batches."""

    raws: list[Raw]
    batches: list[list[Raw]]


def _track(number: int, variant: int) -> Json:
    """One of four contents of a song: other names, albums, artists, their order, and unknown ids."""
    artists: Sequence[Json] = [
        [artist(number % 3)],
        [artist(number % 3), artist(number % 3 + 1, name=f"Renamed {variant}")],
        [artist(number % 3 + 1), artist(0, id=None, name="Nobody"), artist(number % 3)],
        [artist(0, id=None, name="Nobody"), artist(number % 3)],
    ][variant]
    record = album(number % 2, id=None if variant == 3 else album(number % 2)["id"], total_tracks=variant)
    name = f"Song {number}{'!' * (variant % 2)}"
    if variant == 2:  # a ghost, of which only the ids are left
        name, record = "", {**record, "name": ""}
        artists = [{**singer, "name": ""} for singer in artists]
    return track(number, name=name, artists=artists, album=record)


def _songs(first: int, variant: int, odd: int) -> list[Json]:
    songs = [_track((first + rank) % 12, variant) for rank in range(SIZE)]
    songs[odd] = _track(odd, (variant + 1) % 4)
    return songs


@st.composite
def _playlists(draw: st.DrawFn) -> Raw:
    friday, read = draw(_fridays), draw(st.sampled_from(_READ))
    chart_name = draw(st.sampled_from(["global-weekly", "global-weekly", "global-daily"]))
    songs: list[Any] = _songs(draw(_variants), draw(_variants), draw(st.integers(0, SIZE - 1)))
    strange = draw(st.sampled_from([..., None, local_file()]))
    if strange is not ...:
        songs[4] = strange
    items = [row(song, f"{friday}T12:00:00Z", draw(st.sampled_from(["track", "item"]))) for song in songs]
    answer = page([*items, *[None] * (50 - SIZE)])
    content = encoded(answer if read is None else envelope(answer, observed_at=read))
    folder = draw(st.sampled_from([f"chart={chart_name}", f"chart={chart_name}", "says nothing"]))
    return f"{folder}/{draw(st.integers(0, 9))}.json", content


@st.composite
def _csvs(draw: st.DrawFn) -> Raw:
    thursday, variant, first = draw(_fridays) - timedelta(days=1), draw(_variants), draw(_variants)
    copy = draw(st.sampled_from(["", " (1)", " (2)"]))
    name = f"Song {'!' * variant}"
    label = f"Label {variant}" if variant else ""
    lines = [
        csv_line(rank, (first + rank) % 12, track_name=name, source=label) for rank in range(1, SIZE + 1)
    ]
    return f"regional-global-weekly-{thursday}{copy}.csv", new_csv(lines)


@st.composite
def _pages(draw: st.DrawFn) -> Raw:
    thursday, first = draw(_fridays) - timedelta(days=1), draw(_variants)
    entries = [page_entry(rank, (first + rank) % 12) for rank in range(1, SIZE + 1)]
    content, read = charts_page(entries, str(thursday)), draw(st.sampled_from(_READ))
    shape = content if read is None else envelope(content, source="charts-page", observed_at=read)
    return f"page/{draw(st.integers(0, 9))}.json", encoded(shape)


@st.composite
def _lists_of_tracks(draw: st.DrawFn) -> Raw:
    songs, read = _songs(draw(_variants), draw(_variants), 0)[:3], draw(st.sampled_from(_READ))
    shape: object = draw(st.sampled_from([songs, {"tracks": songs}, {"items": songs}]))
    content = envelope(songs, observed_at=read) if read else shape
    return f"songs/{draw(st.integers(0, 9))}.json", encoded(content)


_garbage = st.tuples(st.sampled_from(["a.json", "b.csv", "c"]), st.sampled_from(_GARBAGE))


def raw_objects() -> st.SearchStrategy[list[Raw]]:
    """Sets of raw objects, one under each key."""
    one = st.one_of(_playlists(), _playlists(), _csvs(), _pages(), _lists_of_tracks(), _garbage)
    return st.lists(one, min_size=2, max_size=7, unique_by=lambda raw: raw[0])


@st.composite
def in_batches(draw: st.DrawFn) -> Batches:
    raws = draw(raw_objects())
    again = draw(st.lists(st.sampled_from(raws), max_size=2))
    order = draw(st.permutations([*raws, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=3)))
    return Batches(raws, [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)])


def broken_references(tables: dict[str, pl.DataFrame]) -> list[str]:
    """Return the references of these tables that have no target."""
    references = [
        ("chart_entries", "song_id", "songs"),
        ("songs", "album_id", "album"),
        ("songs", "artist_id", "artist"),
        ("song_artists", "song_id", "songs"),
        ("song_artists", "artist_id", "artist"),
    ]
    return [
        f"{table}.{column} → {target}: {sorted(missing)}"
        for table, column, target in references
        if (missing := set(tables[table][column].drop_nulls()) - set(tables[target][column]))
    ]
