"""JSON in every shape that Spotify, or somebody who kept its answers, has it in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.unit.builders import (
    DAILY,
    FRIDAY,
    KEY,
    STRANGER,
    THURSDAY,
    TODAY,
    WEEKLY,
    album,
    artist,
    aside,
    encoded,
    envelope,
    episode,
    ghost,
    local_file,
    page,
    playlist,
    ranks,
    read,
    refusal,
    rejection,
    row,
    rows,
    song_id,
    track,
    tracks,
    utc,
)
from top50.charts import CHARTS
from top50.read.playlist import chart_date_of
from top50.read.snapshot import Wanted

ALL = {rank: song_id(rank) for rank in range(1, 51)}
ROWS = rows(tracks())
ANYWHERE = "kept/answer.json"
HREF = "https://api.spotify.com/v1/playlists/{}/items?offset=0&limit=50"

DOUBLED = playlist(rows(tracks())) | {"items": page(rows(tracks(), field="item"))}

SHAPES: dict[str, Any] = {
    "paging object": page(ROWS),
    "items alone": {"items": ROWS},
    "playlist with tracks.items": playlist(ROWS),
    "playlist with items.items": playlist(rows(tracks(), field="item"), under="items"),
    "playlist with both": DOUBLED,
    "rows with item": page(rows(tracks(), field="item")),
    "rows with track and item": page([row(song) | {"item": song} for song in tracks()]),
    "rows whose item is true": page([row(song) | {"item": True} for song in tracks()]),
    "rows whose track is true": page([row(song, field="item") | {"track": True} for song in tracks()]),
    "rows whose item is null": page([row(song) | {"item": None} for song in tracks()]),
    "bare rows": ROWS,
    "bare rows with item": rows(tracks(), field="item"),
    "body around a page": {"body": page(ROWS)},
    "body around rows": {"body": ROWS},
    "body of text": {"statusCode": 200, "body": encoded(page(ROWS)).decode()},
    "body in a body": {"body": {"body": playlist(ROWS)}},
    "whole numbers as floats": page(
        rows(track(n, duration_ms=180e3 + n, popularity=5e1) for n in range(1, 51))
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_chart_reads_the_same_in_every_shape(shape: object) -> None:
    snapshot = read(shape)
    assert ranks(snapshot) == ALL
    assert (snapshot.chart, snapshot.chart_date) == (CHARTS["global-weekly"], THURSDAY)
    assert snapshot.observed_at == datetime.fromisoformat(FRIDAY)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_envelope_around_any_shape_changes_nothing_but_the_time(shape: object) -> None:
    snapshot = read(envelope(shape, observed_at="2026-11-21T01:00:00Z", source="mirror"))
    assert ranks(snapshot) == ALL
    assert (snapshot.source, snapshot.chart_date) == ("mirror", THURSDAY)
    assert snapshot.observed_at == utc(2026, 11, 21, 1)


def test_the_pages_of_an_envelope_are_one_chart() -> None:
    first = playlist([]) | {"tracks": page(ROWS[:20], total=50)}
    assert ranks(read(envelope(first, page(ROWS[20:40], total=50), page(ROWS[40:], total=50)))) == ALL


def test_item_comes_before_track() -> None:
    songs = [row(track(number)) | {"item": track(100 + number)} for number in range(1, 51)]
    assert ranks(read(page(songs)))[1] == song_id(101)


LISTS: dict[str, Any] = {
    "list": tracks(3),
    "items": {"items": tracks(3)},
    "tracks": {"tracks": tracks(3)},
    "envelope around a list": envelope(tracks(3)),
    "envelope around items": envelope({"items": tracks(3)}),
    "envelope around tracks": envelope({"tracks": tracks(2)}, {"tracks": [track(3)]}),
}


@pytest.mark.parametrize("shape", LISTS.values(), ids=LISTS)
def test_a_list_of_tracks_is_songs_without_a_chart(shape: object) -> None:
    snapshot = read(shape, "songs/list.json")
    assert [entry.song_id for entry in snapshot.entries] == [song_id(number) for number in (1, 2, 3)]
    assert snapshot.chart is None


@pytest.mark.parametrize("count", [45, 50])
def test_as_many_tracks_as_a_chart_has_are_no_chart_either(count: int) -> None:
    assert read({"items": tracks(count)}).chart is None
    assert read(tracks(count)).chart is None


def test_unknown_ids_in_a_list_of_tracks_are_set_aside() -> None:
    snapshot = read({"tracks": [track(1), None, track(3)]}, "songs/list.json")
    assert [entry.song_id for entry in snapshot.entries] == [song_id(1), song_id(3)]
    assert "removed" in aside(snapshot)[2]


def test_a_list_of_tracks_is_as_old_as_its_envelope_or_its_folder_says_else_the_oldest() -> None:
    said = read(envelope(tracks(1), observed_at=FRIDAY), KEY)
    in_folder = read(tracks(1), "chart=global-weekly/2024-05-16/songs.json")
    assert said.observed_at == datetime.fromisoformat(FRIDAY)
    assert in_folder.observed_at == utc(2024, 5, 16)
    assert read(tracks(1), "songs.json").observed_at == datetime(1970, 1, 1, tzinfo=UTC)


SINGLE = {"id": song_id(1), "name": "Single 1", "artists": [artist(1)]}
ALBUM = album(1)
FEATURES = {"id": song_id(1), "danceability": 0.5}
ANALYSIS = {"id": song_id(1), "duration": 207.9, "tempo": 118}

OTHER_THINGS: dict[str, tuple[Any, str]] = {
    "albums": ([album(1, type="album"), album(2, type="album")], "2 objects of type album, not tracks"),
    "artists": ({"items": [artist(1, type="artist")] * 50}, "50 objects of type artist"),
    "playlists": (
        {"body": [{"type": "playlist", "id": WEEKLY, "tracks": {"total": 50}}]},
        "of type playlist",
    ),
    "countries": ([{"id": "ABC", "name": "A country"}], 'an object with the keys "id, name"'),
    "audio features": (
        [{"type": "audio_features", "id": song_id(1), "duration_ms": 1}],
        "of type audio_features",
    ),
    "features without a type": (
        [{"id": song_id(1), "duration_ms": 1, "tempo": 99.5}],
        'keys "id, duration_ms',
    ),
    "tracks with other ids": ([track(1, id="one")], "not tracks"),
    "numbers": ([1, 2, 3], "a list of 3 values like 1, not tracks"),
    "nothing": ([], "an empty list"),
    "an album": (album(1, type="album", tracks={"items": tracks(3)}), 'an object of type "album"'),
    "search result": ({"tracks": {"items": tracks(50)}}, "50 objects of type track, not the rows"),
    "artists by name": ({"artists": {"items": []}}, 'it has "artists", but neither items nor tracks'),
    "albums without a type": ([ALBUM] * 20, "20 albums, not tracks"),
    "albums without a type as items": ({"items": [ALBUM] * 50}, "50 albums, not tracks"),
    "albums without a type as tracks": ({"tracks": [ALBUM] * 2}, "2 albums, not tracks"),
    "an artist's singles": ([{**SINGLE, "album_group": "single"}], "an album, not tracks"),
    "saved albums": ({"items": [{"added_at": FRIDAY, "album": album(1)}] * 50}, 'keys "added_at, album"'),
}


@pytest.mark.parametrize(("content", "reason"), OTHER_THINGS.values(), ids=OTHER_THINGS)
def test_a_list_of_other_things_is_refused_with_what_it_is(content: object, reason: str) -> None:
    assert reason in refusal(content, ANYWHERE)


def test_what_is_no_track_among_tracks_is_set_aside() -> None:
    snapshot = read([track(1), album(2, type="album"), track(3, type=None)], ANYWHERE)
    assert [entry.song_id for entry in snapshot.entries] == [song_id(1), song_id(3)]
    assert list(aside(snapshot)) == [2]


def test_an_album_without_a_type_among_tracks_is_set_aside() -> None:
    snapshot = read([track(1), album(2, id=song_id(2)), {**SINGLE, "id": song_id(3)}], ANYWHERE)
    assert [entry.song_id for entry in snapshot.entries] == [song_id(1), song_id(3)]
    assert aside(snapshot) == {2: "an album, not a track"}


NO_TRACKS: dict[str, tuple[Any, str]] = {
    "features": (FEATURES, 'an object with the keys "id, danceability"'),
    "features with a length": (FEATURES | {"duration_ms": 1}, "an object with the keys"),
    "an analysis": (ANALYSIS, 'an object with the keys "id, duration, tempo"'),
    "an artist": (artist(1, genres=[]), "an artist"),
    "followers": (artist(1, followers={"total": 1}), "an artist"),
    "an album": (ALBUM, "an album"),
    "an id alone": ({"id": song_id(1)}, 'an object with the keys "id"'),
}


@pytest.mark.parametrize(("other", "what"), NO_TRACKS.values(), ids=NO_TRACKS)
def test_rows_whose_track_is_no_track_are_no_chart(other: object, what: str) -> None:
    for shape in (page(rows([other] * 50)), [{"track": other}] * 50):
        reason = rejection(shape)
        assert "only 0 of 50 ranks have a song" in reason
        assert f"not a track, but {what}" in reason
    assert f"not a track, but {what}" in aside(read(page([row(other), *ROWS[1:]])))[1]


OLDER: dict[str, Any] = {
    "a name": {"name": "Song"},
    "a ghost's name": {"name": "", "duration_ms": 0},
    "artists": {"artists": [artist(1)]},
    "an album": {"album": album(1)},
    "an album, and what albums have": {"album": album(1), "release_date": "2020", "genres": []},
    "a type": {"type": "track"},
}


@pytest.mark.parametrize("fields", OLDER.values(), ids=OLDER)
def test_rows_of_older_answers_are_songs_with_less(fields: dict[str, Any]) -> None:
    assert ranks(read(page(rows({"id": song_id(n), **fields} for n in range(1, 51))))) == ALL


STRANGE = {
    "null row": (None, "removed or unavailable"),
    "null track": (row(None), "removed or unavailable"),
    "local file": (row(local_file()), "local file"),
    "episode": (row(episode()), "episode"),
    "episode under item": (row(episode(), field="item") | {"track": None}, "episode"),
    "boolean instead of a song": (row(False), "removed or unavailable"),
    "id of no letters": (row(track(3, id="")), "no id"),
    "another id": (row(track(3, id="spotify:track:x")), "'spotify:track:x' is not a Spotify id"),
    "another album id": (row(track(3, album=album(3, id="x/y"))), "'x/y' is not a Spotify id"),
    "album": (row(album(3, type="album")), "its type is 'album', not track"),
    "artist": (row(artist(3, type="artist")), "its type is 'artist'"),
    "chapter": (row(track(3, type="chapter")), "its type is 'chapter'"),
    "audiobook": (row(track(3, type="audiobook")), "its type is 'audiobook'"),
    "null among artists": (row(track(3, artists=[artist(3), None])), "its artists[1] is null"),
    "null among images": (row(track(3, album=album(3, images=[None]))), "its album.images[0] is null"),
    "name of a number": (row(track(3, name=7)), "its name is 7, which is not valid"),
    "half a number": (row(track(3, duration_ms=1.5)), "its duration_ms is 1.5"),
    "number too large": (row(track(3, popularity=2**31)), "its popularity is 2147483648"),
    "number too long": (row(track(3, popularity=10**400)), "its popularity is Infinity"),
    "half a character": (row(track(3, name="\ud800")), "half a surrogate pair"),
    "text instead of a row": ("text", '"text" in the place of a row'),
}


@pytest.mark.parametrize(("strange", "reason"), STRANGE.values(), ids=STRANGE)
def test_a_row_without_a_song_is_set_aside_and_the_other_ranks_stay(strange: object, reason: str) -> None:
    snapshot = read(playlist([*ROWS[:2], strange, *ROWS[3:]]))
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 3}
    assert list(aside(snapshot)) == [3]
    assert reason in aside(snapshot)[3]


def test_a_duration_of_total_milliseconds_is_that_number() -> None:
    odd = track(3, duration_ms={"totalMilliseconds": 180_003.0})
    assert read(playlist([*ROWS[:2], row(odd), *ROWS[3:]])).entries == read(playlist(ROWS)).entries


def test_a_ghost_keeps_its_rank() -> None:
    snapshot = read(playlist([row(ghost(1)), *ROWS[1:]]))
    assert ranks(snapshot) == ALL
    assert (snapshot.entries[0].track.name, snapshot.entries[0].track.duration_ms) == ("", 0)


def test_a_relinked_track_has_the_id_of_its_row() -> None:
    relinked = track(1, linked_from={"id": song_id(99), "type": "track"}, is_playable=True)
    assert ranks(read(playlist([row(relinked), *ROWS[1:]]))) == ALL


# Which chart it is


def named(**fields: str) -> object:
    return envelope(page(ROWS), **fields)


OTHER = "37i9dQZF1DXcBWIGoYBM5M"
"""A playlist of Spotify's own that is no chart of ours."""


def addressed(**fields: object) -> Any:
    """A playlist object that does not say its id outright."""
    return {"type": "playlist", "tracks": page(ROWS), **fields}


def opened(playlist_id: str) -> dict[str, str]:
    """The `external_urls` of a playlist."""
    return {"spotify": f"https://open.spotify.com/playlist/{playlist_id}?si=1"}


OF_DAILY = page(ROWS, href=HREF.format(DAILY))
OF_WEEKLY = page(ROWS, href=HREF.format(WEEKLY))

WHOSE: dict[str, tuple[str, object, str]] = {
    "folder before everything": ("chart=global-daily/x.json", named(playlist=WEEKLY), "global-daily"),
    "folder before a stranger": ("chart=global-daily/x.json", named(playlist=STRANGER), "global-daily"),
    "envelope before the object": (ANYWHERE, envelope(playlist(ROWS), playlist=DAILY), "global-daily"),
    "envelope before the page": (ANYWHERE, envelope(OF_WEEKLY, playlist=DAILY), "global-daily"),
    "playlist object": (ANYWHERE, playlist(ROWS, DAILY), "global-daily"),
    "playlist object in an envelope": (ANYWHERE, envelope(playlist(ROWS, DAILY)), "global-daily"),
    "address of the page": (ANYWHERE, OF_DAILY, "global-daily"),
    "address of the page in an envelope": (ANYWHERE, envelope(OF_DAILY), "global-daily"),
    "address of the next page": (ANYWHERE, page(ROWS, offset=0, previous=HREF.format(DAILY)), "global-daily"),
    "name of the object": (f"pretty/{DAILY}.json", {"items": ROWS}, "global-daily"),
    "address of the playlist": (ANYWHERE, addressed(external_urls=opened(DAILY)), "global-daily"),
    "uri of the playlist": (ANYWHERE, addressed(uri=f"spotify:playlist:{DAILY}"), "global-daily"),
    "uri of a strange playlist": (
        ANYWHERE,
        {"uri": f"spotify:playlist:{DAILY}", "tracks": page([*ROWS[:49], "x"])},
        "global-daily",
    ),
    "address of a strange playlist": (
        ANYWHERE,
        {"external_urls": opened(DAILY), "tracks": page([*ROWS[:49], "x"])},
        "global-daily",
    ),
    "name with a date": (f"playlist_{DAILY}_2024-03-08.json", {"items": ROWS}, "global-daily"),
    "its name before its folder": (f"{WEEKLY}/{DAILY}.json", {"items": ROWS}, "global-daily"),
    "known before unknown in a name": (f"{OTHER}_{DAILY}.json", {"items": ROWS}, "global-daily"),
    "folder before an unknown name": (f"chart=global-daily/{OTHER}.json", {"items": ROWS}, "global-daily"),
    "object before an unknown name": (f"{OTHER}.json", playlist(ROWS, DAILY), "global-daily"),
    "other 22 characters in its name": (f"{STRANGER}/x.json", {"items": ROWS}, "global-weekly"),
    "the object before its name": (f"{WEEKLY}.json", playlist(ROWS, DAILY), "global-daily"),
    "nothing but TOP50_CHART": (ANYWHERE, {"items": ROWS}, "global-weekly"),
}


@pytest.mark.parametrize(("key", "content", "chart"), WHOSE.values(), ids=WHOSE)
def test_the_chart_is_told_by(key: str, content: object, chart: str) -> None:
    snapshot = read(content, key)
    assert snapshot.chart is CHARTS[chart]


def test_top50_chart_is_asked_for_what_does_not_say() -> None:
    daily = Wanted(chart=CHARTS["global-daily"], today=TODAY)
    assert read({"items": ROWS}, ANYWHERE, daily).chart is CHARTS["global-daily"]
    assert read(playlist(ROWS, WEEKLY), ANYWHERE, daily).chart is CHARTS["global-weekly"]


def test_whether_it_says_its_chart_is_known() -> None:
    named = {name: read(content, key).says_chart for name, (key, content, _) in WHOSE.items()}
    assert [name for name, says in named.items() if not says] == [
        "other 22 characters in its name",
        "nothing but TOP50_CHART",
    ]


def scattered() -> Sequence[object]:
    return [*ROWS[:49], row(track(50), "2026-11-20T12:00:01Z")]


def test_top50_chart_is_not_asked_when_rows_were_added_at_different_times() -> None:
    assert "different times" in refusal({"items": scattered()}, ANYWHERE)
    assert ranks(read({"items": scattered()}, KEY)) == ALL
    assert ranks(read(playlist(scattered(), WEEKLY), ANYWHERE)) == ALL


def test_one_added_at_may_be_written_in_two_ways() -> None:
    same = [*ROWS[:49], row(track(50), "2026-11-20T13:00:00+01:00")]
    assert ranks(read({"items": same}, ANYWHERE)) == ALL


@pytest.mark.parametrize(
    "content",
    [
        playlist(ROWS, STRANGER),
        page(ROWS, href=HREF.format(STRANGER)),
        envelope(page(ROWS), playlist=STRANGER),
        addressed(uri=f"spotify:playlist:{STRANGER}"),
        addressed(uri=f"spotify:user:spotify:playlist:{STRANGER}"),
        addressed(external_urls=opened(STRANGER)),
    ],
)
def test_an_unknown_playlist_is_refused_unless_it_is_top50_playlist(content: object) -> None:
    assert STRANGER in refusal(content, ANYWHERE)
    daily = Wanted(chart=CHARTS["global-daily"], playlist=STRANGER, today=TODAY)
    assert read(content, ANYWHERE, daily).chart is CHARTS["global-daily"]


@pytest.mark.parametrize("key", [f"{OTHER}.json", f"playlist_{OTHER}_2024-03-08.json", f"{OTHER}/x.json"])
def test_an_unknown_playlist_of_spotify_s_in_the_name_is_refused(key: str) -> None:
    assert OTHER in refusal({"items": ROWS}, key)
    daily = Wanted(chart=CHARTS["global-daily"], playlist=OTHER, today=TODAY)
    assert read({"items": ROWS}, key, daily).chart is CHARTS["global-daily"]


def test_top50_playlist_is_found_in_a_name_whoever_s_it_is() -> None:
    daily = Wanted(chart=CHARTS["global-daily"], playlist=STRANGER, today=TODAY)
    assert read({"items": ROWS}, f"copy-{STRANGER}.json", daily).says_chart


def test_the_user_s_own_copy_may_have_been_filled_at_different_times() -> None:
    snapshot = read(playlist(scattered(), STRANGER), ANYWHERE, Wanted(playlist=STRANGER, today=TODAY))
    assert snapshot.observed_at == datetime.fromisoformat("2026-11-20T12:00:01Z")


def test_an_unknown_chart_in_the_key_is_refused() -> None:
    assert "global-monthly" in refusal(playlist(ROWS), "chart=global-monthly/x.json")


@pytest.mark.parametrize("count", [0, 1, 44, 51, 100])
def test_a_playlist_of_another_length_is_not_the_chart(count: int) -> None:
    assert f"{count} rows" in refusal(playlist(rows(tracks(count))))


def test_a_playlist_of_45_rows_is_the_chart() -> None:
    assert len(ranks(read(playlist(ROWS[:45])))) == 45


def test_strange_rows_count_as_rows() -> None:
    assert len(ranks(read(playlist([*ROWS[:45], *[None] * 5])))) == 45
    assert "51 rows" in refusal(playlist([*ROWS, None]))


@pytest.mark.parametrize(
    "part",
    [
        page(ROWS, total=177),
        playlist(ROWS) | {"tracks": page(ROWS, total=51)},
        envelope(page(ROWS, total=100)),
        page(ROWS, total="100"),
        page(ROWS, total=" 100 "),
    ],
)
def test_a_part_of_a_longer_playlist_is_not_the_chart(part: object) -> None:
    assert "a part, not the chart" in refusal(part)


LATER = page(ROWS, offset=50, next=HREF.format(STRANGER))


@pytest.mark.parametrize(
    "part",
    [
        LATER,
        {"body": LATER},
        page(ROWS, next="x"),
        envelope(page(ROWS, offset=50)),
        page(ROWS, offset="50"),
        page(ROWS, next={"href": "x"}),
        playlist([]) | {"tracks": page(ROWS, next=True)},
        page(ROWS, next="\ud800"),
    ],
)
def test_a_page_that_is_not_the_first_or_not_the_last_is_not_the_chart(part: object) -> None:
    reason = refusal(part)
    assert "starts at offset 50" in reason or "has the address of a next page" in reason


@pytest.mark.parametrize("previous", ["x", True, {"href": "x"}])
def test_a_page_with_one_before_it_is_not_the_chart(previous: object) -> None:
    assert "has the address of a previous page, so it is a part" in refusal(page(ROWS, previous=previous))


@pytest.mark.parametrize(
    "fields", [{"total": "50"}, {"offset": "0"}, {"next": ""}, {"next": {}}, {"next": False}, {"total": "x"}]
)
def test_a_page_that_says_in_other_words_that_it_is_whole_is(fields: dict[str, Any]) -> None:
    assert ranks(read(page(ROWS, **fields))) == ALL


def test_the_next_page_in_the_same_envelope_makes_it_whole() -> None:
    first = page(ROWS[:25], next="x", total=50)
    assert ranks(read(envelope(first, page(ROWS[25:], offset=25, total=50)))) == ALL


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"status": 404, "message": "Resource not found"}},
        {"error": "invalid_client", "error_description": "Invalid client"},
        envelope({"error": {"status": 429, "message": "Too many requests"}}),
        envelope(playlist(ROWS), {"error": {"status": 500, "message": "Server error."}}),
        playlist(ROWS) | {"error": {"status": 500}},
    ],
)
def test_an_error_body_is_not_a_chart(body: object) -> None:
    assert "error" in refusal(body)


@pytest.mark.parametrize(
    "content", [{}, {"id": WEEKLY}, {"tracks": {}}, {"items": {"total": 50}}, envelope(), envelope({})]
)
def test_json_without_rows_is_not_a_chart(content: object) -> None:
    refusal(content)


@pytest.mark.parametrize("added_at", [None, "1970-01-01T00:00:00Z"])
def test_where_no_added_at_is_told_the_folder_says_the_date(added_at: str | None) -> None:
    content = playlist(rows(tracks(), added_at))
    snapshot = read(content, KEY)
    assert (snapshot.chart_date, snapshot.observed_at) == (THURSDAY, utc(2026, 11, 19))
    assert {entry.added_at for entry in snapshot.entries} == {None}
    assert "Put it below chart=global-weekly/" in refusal(content, ANYWHERE)


# When


@pytest.mark.parametrize(
    "added_at", ["2026-11-20T12:00:00", "2026-11-20 12:00:00", "2026-11-20T12:00:00.000"]
)
def test_an_added_at_without_a_zone_is_utc(added_at: str) -> None:
    assert read(page(rows(tracks(), added_at)), ANYWHERE).entries == read(page(ROWS), ANYWHERE).entries


@pytest.mark.parametrize("added_at", ["2026-11-20", "yesterday", 1795176000])
def test_an_added_at_that_is_no_time_is_named(added_at: Any) -> None:
    content = page(rows(tracks(), added_at))
    assert f"an added_at is {encoded(added_at).decode()}, not a day and time" in refusal(content, ANYWHERE)
    assert read(content).chart_date == THURSDAY


@pytest.mark.parametrize(
    ("added_at", "weekly", "daily"),
    [
        ("2026-11-20T00:00:00Z", date(2026, 11, 19), date(2026, 11, 19)),  # the first instant of Friday
        ("2026-11-19T23:59:59Z", date(2026, 11, 12), date(2026, 11, 18)),  # the last of Thursday
        ("2026-11-19T00:00:00Z", date(2026, 11, 12), date(2026, 11, 18)),
        ("2026-11-20T01:30:00+02:00", date(2026, 11, 12), date(2026, 11, 18)),  # Thursday in UTC
        ("2026-11-19T20:30:00-05:00", date(2026, 11, 19), date(2026, 11, 19)),  # Friday in UTC
        ("2026-11-13T09:38:00Z", date(2026, 11, 12), date(2026, 11, 12)),
        ("2026-01-01T12:00:00Z", date(2025, 12, 25), date(2025, 12, 31)),
        ("2024-03-01T12:00:00Z", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_the_chart_date_is_the_last_day_before_the_refresh_in_utc(
    added_at: str, weekly: date, daily: date
) -> None:
    content = page(rows(tracks(), added_at))
    assert read(content, "chart=global-weekly/x.json").chart_date == weekly
    assert read(content, "chart=global-daily/x.json").chart_date == daily


def test_the_newest_added_at_counts_whatever_its_offset() -> None:
    mixed = [row(track(1), "2026-11-20T01:00:00+09:00"), row(track(2), "2026-11-19T17:00:00Z"), *ROWS[2:]]
    mixed[2:] = rows(tracks()[2:], "2026-11-19T16:59:00Z")
    assert read(page(mixed)).observed_at == utc(2026, 11, 19, 17)


def test_the_envelope_s_time_never_moves_the_chart_date() -> None:
    snapshot = read(envelope(playlist(ROWS), observed_at="2026-11-22T08:00:00Z"))
    assert (snapshot.chart_date, snapshot.observed_at) == (THURSDAY, utc(2026, 11, 22, 8))


@pytest.mark.parametrize("added_at", ["2026-12-04T12:00:00Z", "2099-01-02T00:00:00Z", "2008-09-05T00:00:00Z"])
def test_a_chart_from_the_future_or_before_spotify_fails_its_checks(added_at: str) -> None:
    assert "outside" in rejection(page(rows(tracks(), added_at)))


def test_a_chart_of_today_is_no_chart_of_the_future() -> None:
    day_after = page(rows(tracks(), "2026-11-23T00:30:00Z"))
    assert read(day_after, "chart=global-daily/x.json").chart_date == TODAY


# Chart checks, and how many ranks to keep


def test_a_chart_with_fewer_than_nine_tenths_of_its_songs_fails_its_checks() -> None:
    assert len(ranks(read(playlist([*[None] * 5, *ROWS[5:]])))) == 45
    assert "only 44 of 50" in rejection(playlist([*[None] * 6, *ROWS[6:]]))


def test_only_the_wanted_ranks_are_kept_and_checked() -> None:
    ten = Wanted(size=10, today=TODAY)
    assert list(ranks(read(playlist([*ROWS[:10], *[None] * 40]), wanted=ten))) == list(range(1, 11))
    assert "only 8 of 10" in rejection(playlist([None, None, *ROWS[2:]]), wanted=ten)


def test_more_ranks_than_a_playlist_has_are_not_missed() -> None:
    assert ranks(read(playlist(ROWS), wanted=Wanted(size=200, today=TODAY))) == ALL


def test_the_date_of_answers_is_that_of_their_chart() -> None:
    weekly = CHARTS["global-weekly"]
    assert chart_date_of([encoded(page(ROWS[:20])), encoded(page(ROWS[20:]))], weekly) == THURSDAY
    assert chart_date_of([b'{"error": "text"}'], weekly) is None
    assert chart_date_of([b"<html>"], weekly) is None


def test_what_does_not_identify_its_chart_is_refused_where_several_are_wanted() -> None:
    several = Wanted(chart=None, today=TODAY)
    assert read(playlist(ROWS, DAILY), ANYWHERE, several).chart is CHARTS["global-daily"]
    assert "which of the charts of TOP50_CHART it is" in refusal({"items": ROWS}, ANYWHERE, several)
