"""What the charts page shows, as a raw object: in our envelope, or as somebody saved it."""

import pytest

from top50.charts import CHARTS
from top50.snapshot import Wanted

from .builders import (
    KEY,
    THURSDAY,
    TODAY,
    Json,
    Raw,
    album,
    artist,
    aside,
    build,
    charts_page,
    encoded,
    envelope,
    new_csv,
    only,
    page_entry,
    ranks,
    read,
    refusal,
    rejection,
    song_id,
    track,
    tracks,
    utc,
)

ALL = {rank: song_id(rank) for rank in range(1, 51)}
ENTRIES = [page_entry(rank) for rank in range(1, 201)]


def test_the_chart_is_found_by_its_alias_with_its_official_columns() -> None:
    snapshot = read(charts_page([page_entry(1, previousRank=4, peakRank=1), *ENTRIES[1:]]), "saved.json")
    assert (snapshot.chart, snapshot.chart_date) == (CHARTS["global-weekly"], THURSDAY)
    assert (snapshot.source, snapshot.observed_at) == ("charts-page", utc(2026, 11, 19))
    assert ranks(snapshot) == ALL
    first = snapshot.entries[0]
    assert (first.previous_rank, first.peak_rank, first.weeks_on_chart, first.streams) == (4, 1, 3, 999_999)
    assert (first.track.name, first.track.is_full) == ("Song 1", False)


def test_the_envelope_says_when_it_was_read() -> None:
    content = envelope(charts_page(), source="charts-page", observed_at="2026-11-20T22:00:00Z")
    assert read(content).observed_at == utc(2026, 11, 20, 22)


def test_without_its_own_date_the_last_entry_or_peak_says_it() -> None:
    entries = [page_entry(rank, entryDate="2026-10-01", peakDate="2026-10-08") for rank in range(1, 200)]
    assert read(charts_page([*entries, ENTRIES[199]], day=None), "saved.json").chart_date == THURSDAY


def test_an_entry_without_a_song_is_set_aside_and_moves_no_other() -> None:
    snapshot = read(charts_page([ENTRIES[0], {**ENTRIES[1], "trackMetadata": None}, *ENTRIES[2:]]))
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 2}
    assert list(aside(snapshot)) == [2]


def test_ranks_beyond_the_wanted_ones_are_left_out() -> None:
    assert len(ranks(read(charts_page(), wanted=Wanted(size=200, today=TODAY)))) == 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"chartEntryViewResponses": []}, "does not show global-weekly"),
        ({"chartEntryViewResponses": {}}, "not what the charts page sends"),
        (charts_page([], day=None), "does not say of which date"),
        ({"displayChart": {}, "entries": {}}, "do not say of which chart"),
    ],
)
def test_a_page_that_has_changed_is_refused(content: Json, reason: str) -> None:
    assert reason in refusal(content, "saved.json")


def test_a_part_of_the_page_fails_the_checks() -> None:
    assert "only 44 of 50" in rejection(charts_page(ENTRIES[:44]))


SHOWN: Raw = ("page.json", encoded(charts_page()))
LISTED: Raw = ("regional-global-weekly-2026-11-19.csv", new_csv())


def asked(at: str) -> Raw:
    answers = [[track(1, album=album(7), artists=[artist(1), artist(2)])]]
    return "tracks.json", encoded(envelope(*answers, source="tracks", asked=[song_id(1)], observed_at=at))


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2026-11-21T00:00:00Z"])
def test_a_track_object_of_any_time_comes_before_the_page_and_the_page_before_a_csv(at: str) -> None:
    for raws in ((SHOWN, LISTED, asked(at)), (asked(at), LISTED, SHOWN)):
        tables = build(*raws).tables
        first = only(tables["songs"], song_id=song_id(1))
        assert (first["album_id"], first["artist_names"]) == (album(7)["id"], "Artist 1, Artist 2")
        second = only(tables["songs"], song_id=song_id(2))
        assert (second["album_id"], second["artist_id"]) == (None, artist(2)["id"])
        assert only(tables["song_artists"], song_id=song_id(2))["artist_id"] == artist(2)["id"]


def test_the_official_csv_s_entries_come_before_the_page_s() -> None:
    assert set(build(SHOWN, LISTED).tables["chart_entries"]["source"]) == {"charts-csv"}


def test_answers_that_spotify_knows_no_such_song_are_kept_and_say_nothing() -> None:
    refused = envelope(
        {"error": {"status": 404}}, source="tracks", asked=[song_id(1)], observed_at="2026-11-20T00:00:00Z"
    )
    built = build(("tracks/unknown/x.json", encoded(refused)), (KEY, encoded(charts_page(ENTRIES))))
    assert built.set_aside == []
    assert built.tables["songs"].height == 50


def test_the_page_has_the_same_songs_as_a_playlist() -> None:
    playlist = {"items": [{"added_at": "2026-11-20T12:00:00Z", "track": song} for song in tracks()]}
    assert ranks(read(playlist)) == ranks(read(charts_page()))
