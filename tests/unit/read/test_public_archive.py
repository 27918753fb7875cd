"""Files of the public archive: ranks by place, ids out of addresses, refused where ranks cannot be right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import (
    DAILY,
    KEY,
    STRANGER,
    THURSDAY,
    WANTED,
    WEEKLY,
    Json,
    aside,
    build,
    encoded,
    envelope,
    only,
    playlist,
    ranks,
    read,
    refusal,
    rejection,
    rows,
    song_id,
    tracks,
    utc,
)
from top50.errors import RawError
from top50.read import read_snapshot, read_snapshots
from top50.read.snapshot import Wanted

ADDED = "2026-11-20 14:07:29"
NAME = f"somewhere/{WEEKLY}.json"


def archived(number: int, **changes: Any) -> Json:
    return {
        "added_at": ADDED,
        "album": {"name": f"Album {number}", "url": f"https://open.spotify.com/album/album{number:017}"},
        "artists": [
            {"name": f"Artist {each}", "url": f"https://open.spotify.com/artist/artist{each:016}"}
            for each in (number, number + 100)
        ],
        "duration_ms": 180_000 + number,
        "name": f"Song {number}",
        "url": f"https://open.spotify.com/track/{song_id(number)}",
        **changes,
    }


def page(tracks: list[Any] | None = None, **changes: Any) -> Json:
    tracks = [archived(number) for number in range(1, 51)] if tracks is None else tracks
    return {"description": "", "num_followers": 1, "snapshot_id": "x", "tracks": tracks, **changes}


def test_ids_come_from_addresses_and_what_it_does_not_have_is_null() -> None:
    tables = build((NAME, encoded(page()))).tables
    entry = only(tables["chart_entries"], rank=7)
    assert (entry["song_id"], entry["chart"], entry["chart_date"]) == (song_id(7), "global-weekly", THURSDAY)
    assert (entry["source"], entry["streams"], entry["popularity"]) == ("public-archive", None, None)
    song = only(tables["songs"], song_id=song_id(7))
    assert (song["song_name"], song["duration_ms"], song["artist_names"]) == (
        "Song 7",
        180_007,
        "Artist 7, Artist 107",
    )
    assert (song["album_id"], song["artist_id"]) == (f"album{7:017}", f"artist{7:016}")
    assert (song["isrc"], song["explicit"], song["song_added"]) == (
        None,
        None,
        utc(2026, 11, 20, 14, 7).replace(second=29),
    )
    album = only(tables["album"], album_id=f"album{7:017}")
    assert (album["name"], album["release_date"], album["image_url"]) == ("Album 7", None, None)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (page(), NAME),
        (page(), f"raw/{WEEKLY} (1).json"),
        (page(), f"{WEEKLY}/2026-11-21.json"),
        (page(original_name="Top Songs - Global"), "x.json"),
        (page(), "x.json"),
        ({"body": page()}, NAME),
        ({"body": encoded(page()).decode()}, NAME),
        (envelope(page(), source="public-archive", playlist=WEEKLY), "x.json"),
        (page(), KEY),
    ],
)
def test_it_is_understood_bare_in_an_envelope_and_in_a_saved_body(content: Json, key: str) -> None:
    snapshot = read(content, key)
    assert snapshot.chart is not None
    assert (snapshot.chart.name, snapshot.chart_date, snapshot.source) == (
        "global-weekly",
        THURSDAY,
        "public-archive",
    )
    assert ranks(snapshot) == {rank: song_id(rank) for rank in range(1, 51)}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (page(), f"x/{DAILY}.json"),
        (page(), "chart=global-daily/2026-11-19/x.json"),
        (page(original_name="Top 50 - Global"), "x.json"),
        (envelope(page(), source="public-archive", playlist=DAILY), NAME),
    ],
)
def test_a_daily_chart_is_not_taken_for_the_weekly_one(content: Json, key: str) -> None:
    snapshot = read(content, key)
    assert snapshot.chart is not None
    assert snapshot.chart.name == "global-daily"


def test_the_envelope_says_when_it_was_read_else_the_newest_track_does() -> None:
    later = envelope(page(), source="public-archive", observed_at="2026-11-21T06:00:00Z")
    assert read(later, NAME).observed_at == utc(2026, 11, 21, 6)
    assert read(page(), NAME).observed_at == utc(2026, 11, 20, 14, 7).replace(second=29)


@pytest.mark.parametrize(
    "added_at", [None, "1970-01-01 00:00:00", "soon", "9999-12-31T23:00:00-05:00", "0001-01-01 00:00:00"]
)
def test_the_folder_says_the_date_where_the_tracks_do_not(added_at: str | None) -> None:
    undated = page([archived(number, added_at=added_at) for number in range(1, 51)])
    snapshot = read(undated, KEY)
    assert (snapshot.chart_date, snapshot.observed_at) == (THURSDAY, utc(2026, 11, 19))
    assert "no track has an added_at" in refusal(undated, NAME)


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (page([archived(n) for n in range(1, 50)]), NAME, "49 of 50 tracks: the public archive leaves out"),
        (page([archived(n) for n in range(1, 52)]), NAME, "a playlist of 51 tracks"),
        (page(), f"{STRANGER}.json", f"playlist {STRANGER} is not a known chart"),
        (
            page(original_name="Viral 50 - Global"),
            "x.json",
            "playlist Viral 50 - Global is not a known chart",
        ),
        (
            page([archived(n, added_at=f"2026-11-{n % 20 + 1:02} 12:00:00") for n in range(1, 51)]),
            "x.json",
            "added at different times",
        ),
        (
            page([archived(n) for n in range(1, 51)], date_first_scraped="2024-01-30"),
            NAME,
            "a cumulative file of the public archive: it has no ranks",
        ),
        (page("x"), NAME, 'its tracks is "x", not a list'),  # type: ignore[arg-type]
        (
            envelope(page(), source="public-archive", observed_at="2026-11-21T06:00:00"),
            NAME,
            'its observed_at "2026-11-21T06:00:00" is not a valid time',
        ),
    ],
)
def test_what_is_not_the_chart_is_refused_with_its_reason(content: Json, key: str, reason: str) -> None:
    if content.get("tracks") == "x":
        content["note"] = {"url": "https://open.spotify.com/track/x"}
    assert reason in refusal(content, key)


def test_a_playlist_that_mirrors_the_chart_is_taken_when_it_is_named() -> None:
    wanted = Wanted(playlist=STRANGER, today=WANTED.today)
    assert len(read(page(), f"{STRANGER}.json", wanted).entries) == 50


def test_a_date_that_cannot_be_fails_the_check() -> None:
    late = page([archived(number, added_at="2026-12-25 12:00:00") for number in range(1, 51)])
    assert "chart_date 2026-12-24" in rejection(late, NAME)


def test_a_strange_track_leaves_its_rank_empty_and_no_other() -> None:
    tracks: list[Any] = [archived(number) for number in range(1, 51)]
    tracks[1], tracks[2], tracks[3] = None, archived(3, name=5), archived(4, url="https://elsewhere.example")
    snapshot = read(page(tracks), NAME)
    assert (
        sorted({*range(1, 51)} - set(ranks(snapshot))) == [2, 3, 4] == sorted(filter(None, aside(snapshot)))
    )
    assert "not that of a track" in aside(snapshot)[4]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", r'"\ud800"', "a text in it has half a surrogate pair"),
        ("name", "NaN", "a number in it is not valid JSON"),
        ("duration_ms", "NaN", "a number in it is not valid JSON"),
        ("duration_ms", "1e400", "its duration_ms is Infinity, which is not valid"),
        ("name", "5", "its name is 5, which is not valid"),
    ],
)
@pytest.mark.parametrize("wrap", [False, True])
def test_a_value_that_no_json_has_costs_its_rank_and_is_told_in_our_words(
    field: str, value: str, reason: str, wrap: bool
) -> None:
    tracks = [archived(number) for number in range(1, 51)]
    tracks[6][field] = "MARK"
    content = encoded(envelope(page(tracks), playlist=WEEKLY) if wrap else page(tracks))
    [snapshot] = read_snapshots(NAME, content.replace(b'"MARK"', value.encode()), WANTED)
    assert list(ranks(snapshot)) == [rank for rank in range(1, 51) if rank != 7]
    assert reason in (aside(snapshot)[7] or "")
    assert "`" not in aside(snapshot)[7]


def test_a_track_nested_too_deeply_costs_its_rank_at_most() -> None:
    tracks = [archived(number) for number in range(1, 51)]
    tracks[6]["extra"], tracks[8]["name"] = "MARK", 5
    deep = b"[" * 100_000 + b"]" * 100_000
    content = encoded(page(tracks)).replace(b'"MARK"', deep)
    with pytest.raises(RawError, match="nested too deeply"):
        read_snapshots(NAME, content, WANTED)
    shallow = read_snapshots(NAME, encoded(page(tracks)).replace(b'"MARK"', deep[99_500:100_500]), WANTED)
    assert set(aside(shallow[0])) == {9}


def test_a_strange_name_of_the_file_refuses_nothing_and_half_a_millisecond_is_not_told() -> None:
    snapshot = read(page([archived(n, duration_ms=1.5) for n in range(1, 51)], original_name=5), NAME)
    assert len(snapshot.entries) == 50
    assert {entry.track.duration_ms for entry in snapshot.entries} == {None}
    assert (
        read(page([archived(n, duration_ms=2.0) for n in range(1, 51)]), NAME).entries[0].track.duration_ms
        == 2
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.integers(1, 50), st.sampled_from(sorted(archived(1))), JSON)
def test_any_value_in_one_row_costs_that_rank_at_most(rank: int, field: str, value: object) -> None:
    tracks = [archived(number) for number in range(1, 51)]
    tracks[rank - 1][field] = value
    entries = build((NAME, encoded(page(tracks)))).tables["chart_entries"]
    found = dict(entries.select("rank", "song_id").iter_rows())
    assert found | {rank: song_id(rank)} == {each: song_id(each) for each in range(1, 51)}


def test_no_answer_of_spotifys_own_is_taken_for_it() -> None:
    assert read(playlist(rows(tracks()))).source == "playlist"
    with pytest.raises(RawError):
        read_snapshot(NAME, b'{"tracks": [{"url": "https://open.spotify.com/track/', WANTED)
