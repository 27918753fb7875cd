"""What the charts page shows, as a raw object: in our envelope, or as somebody saved it."""

import pytest

from tests.unit.builders import (
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
    service_entry,
    song_id,
    track,
    tracks,
    utc,
    view,
)
from top50.charts import CHARTS
from top50.read.snapshot import Wanted

ALL = {rank: song_id(rank) for rank in range(1, 51)}
ENTRIES = [page_entry(rank) for rank in range(1, 51)]
SAVED = [service_entry(rank) for rank in range(1, 201)]


def test_the_chart_is_found_by_its_alias_and_what_is_not_told_is_null() -> None:
    snapshot = read(charts_page([page_entry(1, previousRank=137), *ENTRIES[1:]]), "saved.json")
    assert (snapshot.chart, snapshot.chart_date) == (CHARTS["global-weekly"], THURSDAY)
    assert (snapshot.source, snapshot.observed_at) == ("charts-page", utc(2026, 11, 19))
    assert (ranks(snapshot), snapshot.says_chart) == (ALL, True)
    first = snapshot.entries[0]
    assert (first.previous_rank, first.peak_rank, first.weeks_on_chart, first.streams) == (
        137,
        None,
        None,
        None,
    )
    assert (first.track.name, first.track.is_full, first.label) == ("Song 1", False, None)
    assert first.image_url == f"https://images.example/300/{song_id(1)}"


def test_the_tables_have_its_picture_and_its_artists_and_nothing_invented() -> None:
    tables = build(("saved.json", encoded(charts_page()))).tables
    song = only(tables["songs"], song_id=song_id(7))
    assert song["image_url"] == f"https://images.example/300/{song_id(7)}"
    assert only(tables["artist"], artist_id=artist(7)["id"])["external_url"] is None
    untold = ["streams", "popularity", "reported_peak_rank", "reported_weeks_on_chart", "label"]
    assert tables["chart_entries"].select(untold).null_count().row(0) == (50,) * 5


def test_the_service_tells_all_of_it() -> None:
    snapshot = read(view(SAVED), "saved.json", Wanted(size=200, today=TODAY))
    assert len(ranks(snapshot)) == 200
    first = snapshot.entries[0]
    assert (first.streams, first.peak_rank, first.weeks_on_chart) == (999_999, 1, 3)
    assert first.label == "A Label, B / C"


FORMS: dict[str, object] = {
    "whole": charts_page(),
    "one chart of it": view(),
    "its list of charts": charts_page()["chartEntryViewResponses"],
    "entries alone": {"entries": ENTRIES},
    "a bare list of entries": ENTRIES,
    "body around it": {"body": charts_page()},
    "body around a bare list": {"body": ENTRIES},
    "our envelope": envelope(charts_page(), source="charts-page"),
    "our envelope around one chart": envelope(view(), source="charts-page"),
    "our envelope around a bare list": envelope(ENTRIES, source="charts-page"),
    "what the service saved": view(SAVED),
    "a bare list of the service": SAVED,
    "floats": view([page_entry(n, previousRank=float(n), peakRank=0.0) for n in range(1, 51)]),
}


@pytest.mark.parametrize("shape", FORMS.values(), ids=FORMS)
def test_a_chart_reads_the_same_in_every_form(shape: object) -> None:
    snapshot = read(shape)
    assert (ranks(snapshot), snapshot.chart_date, snapshot.says_chart) == (ALL, THURSDAY, True)
    assert [entry.previous_rank for entry in snapshot.entries] == list(range(1, 51))


def test_entries_alone_are_read_where_folder_or_name_says_which_chart_they_are() -> None:
    assert "without chart and date" in refusal(ENTRIES, "saved.json")
    assert ranks(read(ENTRIES, "saved/regional-global-weekly-2026-11-19.json")) == ALL


def test_the_envelope_says_when_it_was_read() -> None:
    content = envelope(charts_page(), source="charts-page", observed_at="2026-11-20T22:00:00Z")
    assert read(content).observed_at == utc(2026, 11, 20, 22)


def test_without_its_own_date_folder_or_name_or_the_last_entry_says_it() -> None:
    assert read(charts_page(day=""), KEY).chart_date == THURSDAY
    entries = [page_entry(n, entryDate="2026-10-01", peakDate="2026-10-08") for n in range(1, 50)]
    entries.append(page_entry(50, entryDate=str(THURSDAY)))
    assert read(charts_page(entries, day=""), "saved.json").chart_date == THURSDAY


def test_a_single_daily_chart_is_told_by_its_alias() -> None:
    daily = view(alias="REGIONAL_GLOBAL_DAILY")
    assert read(daily, "saved.json").chart is CHARTS["global-daily"]
    assert "but not global-weekly" in refusal(daily, KEY)


def entries_of(kind: str) -> list[Json]:
    return [{"chartEntryData": {"currentRank": rank}, f"{kind}Metadata": {}} for rank in range(1, 51)]


@pytest.mark.parametrize(
    "key", ["saved.json", KEY, "chart=global-daily/x.json", "regional-global-weekly-2026-11-19.json"]
)
@pytest.mark.parametrize("kind", ["album", "artist"])
def test_a_chart_of_albums_or_artists_is_named_wherever_it_lies(kind: str, key: str) -> None:
    saved = view(entries_of(kind), alias=f"{kind.upper()}_GLOBAL_WEEKLY")
    empty = view([], alias=f"{kind.upper()}_GLOBAL_WEEKLY")
    whole = {"chartEntryViewResponses": [saved, saved]}
    for content in (saved, empty, whole, [saved], entries_of(kind), envelope(saved, source="charts-page")):
        reason = refusal(content, key)
        assert f"a chart of {kind}s, not of songs" in reason
        assert "page has changed" not in reason


ODD: dict[str, tuple[object, str]] = {
    "null": (None, "null in the place of an entry"),
    "text": ("x", '"x" in the place'),
    "no song": ({**ENTRIES[1], "trackMetadata": None}, "no song id"),
    "another uri": (page_entry(2) | {"trackMetadata": {"trackUri": "spotify:episode:x"}}, "no song id"),
    "rank of another type": (page_entry(2, currentRank="2"), 'its currentRank is "2"'),
    "rank of another": (page_entry(2, currentRank=9), "its rank is 9"),
    "rank that cannot be": (page_entry(2, currentRank=1000), "its rank is 1000"),
    "peak of another type": (page_entry(2, peakRank=[1]), "its peakRank is [1]"),
    "half a rank": (page_entry(2, previousRank=1.5), "its previousRank is 1.5"),
    "true": (page_entry(2, previousRank=True), "its previousRank is true"),
    "plays of another type": (
        page_entry(2, rankingMetric={"type": "STREAMS", "value": "1e6"}),
        "its streams",
    ),
    "name of another type": (page_entry(2) | {"trackMetadata": {"trackName": 7}}, "its trackName is 7"),
    "null among artists": (page_entry(2) | {"trackMetadata": {"artists": [None]}}, "its artists are [null]"),
    "half a character": (page_entry(2) | {"trackMetadata": {"trackName": "\udc00"}}, "not a valid text"),
}


@pytest.mark.parametrize(("odd", "reason"), ODD.values(), ids=ODD)
def test_a_strange_entry_sets_its_own_rank_aside_and_no_other(odd: object, reason: str) -> None:
    snapshot = read(charts_page([ENTRIES[0], odd, *ENTRIES[2:]]))
    assert ranks(snapshot) == {rank: song for rank, song in ALL.items() if rank != 2}
    assert list(aside(snapshot)) == [2]
    assert reason in aside(snapshot)[2]


@pytest.mark.parametrize("untold", [None, "", 0, []])
def test_what_is_not_told_may_be_empty_in_any_way(untold: object) -> None:
    names = ("previousRank", "peakRank", "appearancesOnChart", "rankingMetric", "entryDate")
    odd = page_entry(2, **dict.fromkeys(names, untold))
    odd["trackMetadata"] |= dict.fromkeys(("displayImageUri", "labels", "releaseDate"), untold)
    entry = read(charts_page([ENTRIES[0], odd, *ENTRIES[2:]])).entries[1]
    assert (entry.rank, entry.previous_rank, entry.image_url, entry.label) == (2, None, None, None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"chartEntryViewResponses": []}, 'has "no chart", but not global-weekly'),
        ({"chartEntryViewResponses": {}}, "unknown format of the charts page"),
        (view(alias="REGIONAL_XX_WEEKLY"), 'has "REGIONAL_XX_WEEKLY", but not'),
        ({"displayChart": {}, "entries": {}}, "without chart and date"),
        (charts_page([{}], day=""), "its chart has no date"),
        (view([{"albumMetadata": {}}] * 50), "a chart of albums, not of songs"),
        ({**view(), "entries": 7}, "its entries are 7"),
    ],
)
def test_what_is_no_chart_of_ours_is_refused_with_what_it_is(content: Json, reason: str) -> None:
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
