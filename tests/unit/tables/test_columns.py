"""What each column holds, from raw objects to rows."""

from datetime import date
from typing import Any

import pytest

from tests.unit.builders import (
    KEY,
    Json,
    album,
    artist,
    build,
    csv_line,
    csv_name,
    encoded,
    envelope,
    ghost,
    new_csv,
    only,
    playlist,
    rows,
    song_id,
    track,
    tracks,
    utc,
)
from tests.unit.generated import broken_references


def tables(*songs: Json, **about: Any) -> dict[str, list[Json]]:
    """The tables of a list of tracks, as rows."""
    built = build(("songs.json", encoded(envelope(list(songs), observed_at="2026-11-20T20:00:00Z", **about))))
    return {name: frame.to_dicts() for name, frame in built.tables.items()}


def test_a_track_fills_every_column() -> None:
    song = track(4, artists=[artist(1), artist(2)], popularity=77)
    made = tables(song)
    read = utc(2026, 11, 20, 20)
    assert made["songs"] == [
        {
            "song_id": song_id(4),
            "song_name": "Song 4",
            "duration_ms": 180_004,
            "explicit": True,
            "isrc": "XX0000000004",
            "url": f"https://open.spotify.com/track/{song_id(4)}",
            "popularity": 77,
            "song_added": None,
            "album_id": album(2)["id"],
            "artist_id": artist(1)["id"],
            "artist_names": "Artist 1, Artist 2",
            "updated_at": read,
            "image_url": f"https://images.example/640/{album(2)['id']}",
        }
    ]
    assert made["album"] == [
        {
            "album_id": album(2)["id"],
            "name": "Album 2",
            "album_type": "album",
            "release_date": date(2024, 5, 17),
            "release_date_precision": "day",
            "total_tracks": 12,
            "url": f"https://open.spotify.com/album/{album(2)['id']}",
            "image_url": f"https://images.example/640/{album(2)['id']}",
            "updated_at": read,
        }
    ]
    address = "https://open.spotify.com/artist/"
    assert made["artist"] == [
        {
            "artist_id": artist(number)["id"],
            "artist_name": f"Artist {number}",
            "external_url": address + artist(number)["id"],
            "updated_at": read,
        }
        for number in (1, 2)
    ]
    assert made["song_artists"] == [
        {"song_id": song_id(4), "position": position, "artist_id": artist(position)["id"]}
        for position in (1, 2)
    ]


def test_a_playlist_fills_the_columns_of_an_entry_that_it_knows() -> None:
    content = envelope(playlist(rows(tracks())), observed_at="2026-11-21T08:00:00Z", source="mirror")
    entries = build((KEY, encoded(content))).tables["chart_entries"]
    assert entries["rank"].to_list() == list(range(1, 51))
    assert entries.row(2, named=True) == {
        "chart_date": date(2026, 11, 19),
        "rank": 3,
        "song_id": song_id(3),
        "streams": None,
        "popularity": 50,
        "reported_previous_rank": None,
        "reported_peak_rank": None,
        "reported_weeks_on_chart": None,
        "source": "mirror",
        "raw_key": KEY,
        "observed_at": utc(2026, 11, 21, 8),
        "label": None,
        "chart": "global-weekly",
        "year": "2026",
    }


def test_a_csv_fills_the_official_columns() -> None:
    official = {"artist_names": '"Tyler, The Creator, Kali Uchis"', "peak_rank": 2, "weeks_on_chart": 3}
    lines = [csv_line(1, source="Label 1", **official)]
    lines += [csv_line(rank, source=f"Label {rank}") for rank in range(2, 201)]
    built = build((csv_name(), new_csv(lines)))
    entries = built.tables["chart_entries"]
    assert entries["label"].to_list() == [f"Label {rank}" for rank in range(1, 51)]
    entry = entries.row(0, named=True)
    reported = (
        "streams",
        "reported_previous_rank",
        "reported_peak_rank",
        "reported_weeks_on_chart",
        "popularity",
    )
    assert [entry[name] for name in reported] == [999_999, -1, 2, 3, None]
    assert entry["observed_at"] == utc(2026, 11, 19)
    song = only(built.tables["songs"], song_id=song_id(1))
    assert song["artist_names"] == "Tyler, The Creator, Kali Uchis"
    assert [song[name] for name in ("duration_ms", "explicit", "album_id", "artist_id", "url")] == [None] * 5
    assert built.tables["artist"].is_empty()
    assert built.tables["song_artists"].is_empty()


@pytest.mark.parametrize(
    "added_at", ["2026-11-20T22:30:00Z", "2026-11-21T00:30:00+02:00", "2026-11-20T17:30:00-05:00"]
)
def test_times_are_stored_in_utc(added_at: str) -> None:
    built = build((KEY, encoded(playlist(rows(tracks(), added_at)))))
    assert set(built.tables["songs"]["song_added"]) == {utc(2026, 11, 20, 22, 30)}
    assert set(built.tables["songs"]["updated_at"]) == {utc(2026, 11, 20, 22, 30)}


RELEASED = [
    ("2024-02-29", "day", date(2024, 2, 29)),
    ("1963", "year", date(1963, 1, 1)),
    ("1957-09", "month", date(1957, 9, 1)),
    ("0000", "year", None),
    ("0000-00-00", "day", None),
    ("2023-02-29", "day", None),
    ("2023-13", "month", None),
    ("2023-00", "month", None),
    ("", "day", None),
    ("soon", "day", None),
    ("2024-5-17", "day", None),
    ("17.05.2024", "day", None),
    ("2024-05-17T00:00:00Z", "day", None),
    (None, None, None),
]


def test_a_release_date_is_the_first_day_of_what_is_stated() -> None:
    albums = [
        album(number, release_date=stated, release_date_precision=precision)
        for number, (stated, precision, _) in enumerate(RELEASED)
    ]
    found = tables(*[track(number, album=record) for number, record in enumerate(albums)])["album"]
    assert [(record["release_date_precision"], record["release_date"]) for record in found] == [
        (precision, first_day) for _, precision, first_day in RELEASED
    ]


def test_fields_that_are_no_longer_sent_are_null() -> None:
    bare = {"id": song_id(1), "type": "track", "name": "Song 1", "artists": [{"id": artist(1)["id"]}]}
    made = tables(bare | {"album": {"id": album(1)["id"]}})
    assert {name for name, value in made["songs"][0].items() if value is None} == {
        *("duration_ms", "explicit", "isrc", "url", "popularity", "song_added", "image_url")
    }
    assert {name for name, value in made["album"][0].items() if value is not None} == {
        "album_id",
        "name",
        "updated_at",
    }
    assert made["artist"][0]["external_url"] is None


ISRCS = [
    ("qm-6n2-24-83461", "QM6N22483461"),
    ("usrc17607839", "USRC17607839"),
    ("", None),
    ("us\u2010s1z\u201399\u201400001", "USS1Z9900001"),
    ("us.s1z.99.00001", "USS1Z9900001"),
    ("US\u00a0S1Z\u221299\ufe6300001", "USS1Z9900001"),
    ("ISRC US-S1Z-99-00001", "USS1Z9900001"),
    ("isrc:USS1Z9900001", "USS1Z9900001"),
    ("ISRC17600001", "ISRC17600001"),  # Iceland's
    (" - ", None),
    ("-", None),
    (None, None),
]


def test_an_isrc_has_one_spelling() -> None:
    found = tables(*[track(n, external_ids={"isrc": isrc}) for n, (isrc, _) in enumerate(ISRCS)])["songs"]
    assert [song["isrc"] for song in found] == [spelling for _, spelling in ISRCS]


def test_an_address_elsewhere_is_not_taken_for_spotify_s() -> None:
    songs = []
    for number, where in enumerate(["https://elsewhere.example/track/1", "javascript:alert(1)", "", None]):
        address = {"external_urls": {"spotify": where}}
        artists = [artist(number, **address)]
        songs.append(track(number, artists=artists, album=album(number, **address), **address))
    made = tables(*songs)
    assert [song["url"] for song in made["songs"]] == [None] * 4
    assert [record["url"] for record in made["album"]] == [None] * 4
    assert [singer["external_url"] for singer in made["artist"]] == [None] * 4


def test_artists_without_an_id_keep_their_names_and_positions() -> None:
    nobody = artist(0, id=None, name="Nobody")
    made = tables(track(1, artists=[nobody, artist(5), nobody, artist(6)]))
    assert made["songs"][0]["artist_id"] is None
    assert made["songs"][0]["artist_names"] == "Nobody, Artist 5, Nobody, Artist 6"
    assert [(row["position"], row["artist_id"]) for row in made["song_artists"]] == [
        (2, artist(5)["id"]),
        (4, artist(6)["id"]),
    ]
    assert len(made["artist"]) == 2


def test_an_id_with_a_comma_leads_nowhere_else() -> None:
    built = build(("songs.json", encoded([track(1, artists=[artist(1, id="one,two"), artist(2)])])))
    assert broken_references(built.tables) == []


def test_a_song_without_artists_has_no_artist_names() -> None:
    made = tables(track(1, artists=[]), track(2, artists=None, album=None))
    assert [song["artist_names"] for song in made["songs"]] == [None, None]
    assert [song["album_id"] for song in made["songs"]] == [album(0)["id"], None]
    assert made["song_artists"] == made["artist"] == []


def test_a_ghost_makes_rows_with_empty_names() -> None:
    made = tables(ghost(1))
    [song] = made["songs"]
    assert (song["song_name"], song["artist_names"], song["duration_ms"]) == ("", "", 0)
    assert (made["album"][0]["release_date"], made["album"][0]["image_url"]) == (None, None)
