"""The public archive: one request without a key, its refusals, and what the user is told of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.builders import ranks, read_live
from top50.charts import CHARTS
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import Fault, Simulator
from top50.sources.public_archive import WARNING
from top50.sources.source import open_source

from .canned import answering

WEEKLY, DAILY = CHARTS["global-weekly"], CHARTS["global-daily"]
PATH = "/mackorone/spotify-playlist-archive-2/main/playlists/pretty/"
SATURDAY = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture
def archive(settings: Settings) -> Settings:
    return settings.model_copy(update={"source": "public-archive", "spotify_client_id": None})


def test_it_is_one_request_and_the_same_chart_has_the_same_key(
    archive: Settings, simulator: Simulator
) -> None:
    simulator.set_now(SATURDAY)
    since = len(simulator.requests)
    with open_source(archive) as source:
        raw = source.newest(WEEKLY)
        simulator.set_now(SATURDAY + timedelta(days=1))  # more followers, the same chart
        again = source.newest(WEEKLY)
        assert source.history(WEEKLY) == []
    assert [each.path for each in simulator.requests[since:]] == [f"{PATH}{WEEKLY.playlist_id}.json"] * 2
    assert raw.content != again.content
    assert raw.key == again.key
    assert raw.key.startswith("chart=global-weekly/2026-11-19/public-archive-")
    assert read_live(raw).source == "public-archive"


def test_its_ranks_are_those_of_the_playlist(archive: Settings, simulator: Simulator) -> None:
    simulator.set_now(SATURDAY)
    with open_source(archive) as source:
        archived = {chart.name: ranks(read_live(source.newest(chart))) for chart in (WEEKLY, DAILY)}
    simulator.set_now(SATURDAY.replace(hour=0))
    playlist = archive.model_copy(update={"source": "playlist", "spotify_client_id": "me"})
    with open_source(playlist) as source:
        assert archived == {chart.name: ranks(read_live(source.newest(chart))) for chart in (WEEKLY, DAILY)}


def test_it_says_whose_archive_it_is(archive: Settings, simulator: Simulator) -> None:
    simulator.set_now(datetime.now(UTC))
    with open_source(archive) as source:
        source.newest(DAILY)
        assert source.warnings[0] == WARNING
    assert "mackorone" in WARNING
    assert "one volunteer" in WARNING


@pytest.mark.parametrize(("days", "warned"), [(30, True), (9, True), (1, False)])
def test_a_file_that_stands_still_for_more_than_eight_days_is_told_with_its_date(
    archive: Settings, simulator: Simulator, days: int, warned: bool
) -> None:
    simulator.set_now(datetime.now(UTC) - timedelta(days=days - 1))
    with open_source(archive) as source:
        raw = source.newest(DAILY)
        date = read_live(raw).entries[0].added_at
    assert date is not None
    told = f"has not changed since {date:%Y-%m-%d}"
    assert any(told in warning for warning in source.warnings) == warned


def test_a_chart_that_is_not_there_yet_is_told_with_the_day_on_which_it_will_be(
    archive: Settings, simulator: Simulator
) -> None:
    simulator.set_now(datetime.now(UTC) - timedelta(days=3))
    with open_source(archive) as source:
        source.newest(DAILY)
    assert "there on Saturday" in source.warnings[-1]


def test_a_playlist_of_the_users_own_is_asked_for(archive: Settings, simulator: Simulator) -> None:
    own = archive.model_copy(update={"playlist": "0notArchived0000000000"})
    with (
        open_source(own) as source,
        pytest.raises(SourceError, match="does not have this playlist") as caught,
    ):
        source.newest(WEEKLY)
    assert caught.value.status == 404
    assert "0notArchived0000000000.json" in simulator.requests[-1].path


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        (Fault("status", 403, path_prefix=PATH), SourceError, "answered 403. Use another source"),
        (Fault("status", 404, path_prefix=PATH), SourceError, "or has closed"),
        (Fault("status", 503, path_prefix=PATH), SourceUnavailable, "answered 503"),
        (Fault("rate_limit", retry_after=7, path_prefix=PATH), SourceUnavailable, "answered 429"),
        (Fault("quota", path_prefix=PATH), QuotaExceeded, "Send the archive no more requests until"),
        (Fault("html", path_prefix=PATH), SourceUnavailable, "did not answer with a playlist"),
        (Fault("empty", path_prefix=PATH), SourceUnavailable, "did not answer with a playlist"),
        (Fault("cut_body", path_prefix=PATH), SourceUnavailable, "no usable answer"),
    ],
)
def test_a_refusal_is_told_as_it_is(
    archive: Settings, simulator: Simulator, fault: Fault, kind: type[SourceError], told: str
) -> None:
    simulator.misbehave(fault)
    with open_source(archive) as source, pytest.raises(SourceError, match=told) as caught:
        source.newest(WEEKLY)
    assert type(caught.value) is kind


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"tracks": []}', b"null", b"\xff"])
def test_json_that_is_no_playlist_is_asked_for_again(archive: Settings, body: bytes) -> None:
    with answering({f"/{WEEKLY.playlist_id}.json": body}) as (address, _):
        own = archive.model_copy(update={"public_archive_url": address})
        with (
            open_source(own) as source,
            pytest.raises(SourceUnavailable, match="did not answer with a playlist"),
        ):
            source.newest(WEEKLY)
