"""spotipy, made to tell the truth: against the simulator, over HTTP."""

import base64
import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from unittest import mock

import pytest

from top50.charts import CHARTS
from top50.errors import SettingsError, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import MIRROR, SOMEBODY_ELSES, Fault, Simulator
from top50.sources.playlist import PlaylistSource
from top50.sources.source import open_source
from top50.sources.spotify import SpotifyClient

from ..builders import encoded, page, playlist, ranks, read, read_live, rows, song_id, track, tracks
from .canned import answering
from .conftest import SECRET

WEEKLY = CHARTS["global-weekly"]
PATH = f"/v1/playlists/{WEEKLY.playlist_id}"


@pytest.fixture
def client(settings: Settings) -> Iterator[SpotifyClient]:
    with closing(SpotifyClient(settings)) as opened:
        yield opened


def asked(simulator: Simulator, since: int) -> list[tuple[str, int]]:
    return [(request.path.partition("?")[0], request.status) for request in simulator.requests[since:]]


def refusal(client: SpotifyClient, playlist_id: str = WEEKLY.playlist_id) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client.playlist(playlist_id)
    hidden = (SECRET, "0simToken", base64.b64encode(f"me:{SECRET}".encode()).decode())
    assert not any(secret in f"{caught.value} {caught.value!r} {caught.value.args}" for secret in hidden)
    assert caught.value.__cause__ is None
    return caught.value


def test_one_request_a_page_and_one_for_a_token(simulator: Simulator, client: SpotifyClient) -> None:
    since = len(simulator.requests)
    answer, answers = client.playlist(WEEKLY.playlist_id)
    assert asked(simulator, since) == [("/api/token", 200), (PATH, 200)]
    assert (answer["id"], len(answers)) == (WEEKLY.playlist_id, 1)
    assert len(ranks(read(answers[0], "x.json"))) == 50


def paged(*, under: str) -> dict[str, bytes]:
    field = "track" if under == "tracks" else "item"
    items = rows(tracks(), field=field)
    address = "http://{host}/v1/playlists/p/" + under + "/{number}"
    first = page(items[:20], total=50, next=address.replace("{number}", "2"))
    return {
        "/v1/playlists/p": b"  " + encoded(playlist([], "p") | {"tracks": None} | {under: first}) + b" ",
        f"/v1/playlists/p/{under}/2": encoded(
            page(items[20:40], total=50, next=address.replace("{number}", "3"))
        ),
        f"/v1/playlists/p/{under}/3": encoded(page(items[40:], total=50)),
    }


@pytest.mark.parametrize("under", ["tracks", "items"])
def test_every_page_is_read_and_kept_byte_for_byte(settings: Settings, under: str) -> None:
    cans = paged(under=under)
    with answering(cans) as (address, seen):
        own = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address, "playlist": "p"}
        with closing(PlaylistSource(settings.model_copy(update=own))) as source:
            raw = source.newest(WEEKLY)
        host = address.removeprefix("http://").encode()
        answers = [can.replace(b"{host}", host) for can in cans.values()]
    assert seen == ["/api/token", *cans]
    assert all(answer in raw.content for answer in answers)
    assert raw.key.startswith("chart=global-weekly/2026-11-19/playlist-")
    assert ranks(read_live(raw)) == {rank: song_id(rank) for rank in range(1, 51)}


def test_a_next_page_on_another_host_is_not_asked(simulator: Simulator, client: SpotifyClient) -> None:
    simulator.misbehave(Fault("foreign_next"))
    error = refusal(client)
    assert not error.passing
    assert "elsewhere.invalid" in error.what


@pytest.mark.parametrize(
    "elsewhere", ["http://{host}.evil.invalid/2", "https://{host}/2", "http://x@evil.invalid/2"]
)
def test_a_next_page_that_only_looks_like_ours_is_not_asked(settings: Settings, elsewhere: str) -> None:
    answer = playlist([], "p") | {"tracks": page(rows([track(1)]), next=elsewhere)}
    with answering({"/v1/playlists/p": encoded(answer)}) as (address, seen):
        own = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address}
        with closing(SpotifyClient(settings.model_copy(update=own))) as client:
            assert "another host" in refusal(client, "p").what
    assert seen == ["/api/token", "/v1/playlists/p"]


PERMANENT = {
    "400": (Fault("status", status=400), "400"),
    "401": (Fault("status", status=401, message="Valid user authentication required"), "consent"),
    "403": (Fault("status", status=403), "development mode"),
    "404": (Fault("status", status=404), "27 November 2024"),
    "quota": (Fault("quota"), "quota is used up"),
    "long wait": (Fault("rate_limit", retry_after=3600), "too many requests"),
}
PASSING = {
    "500": Fault("status", status=500),
    "502": Fault("status", status=502),
    "503": Fault("status", status=503),
    "504": Fault("status", status=504),
    "expired token": Fault("expired_token"),
    "short wait": Fault("rate_limit", retry_after=7),
    "HTML": Fault("html"),
    "empty": Fault("empty"),
    "cut": Fault("cut_body"),
    "error that is a text": Fault("text_error", status=500),
}


@pytest.mark.parametrize(("fault", "cause"), PERMANENT.values(), ids=PERMANENT)
def test_a_permanent_refusal_is_asked_once(
    simulator: Simulator, client: SpotifyClient, fault: Fault, cause: str
) -> None:
    simulator.misbehave(fault)
    since = len(simulator.requests)
    error = refusal(client)
    assert not error.passing
    assert cause in error.what
    assert [path for path, _ in asked(simulator, since)] == ["/api/token", PATH]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_once_too_and_says_so(
    simulator: Simulator, client: SpotifyClient, fault: Fault
) -> None:
    simulator.misbehave(fault)
    since = len(simulator.requests)
    error = refusal(client)
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == (7 if fault.kind == "rate_limit" else 0)
    assert [path for path, _ in asked(simulator, since)] == ["/api/token", PATH]
    assert client.playlist(WEEKLY.playlist_id)[0]["id"] == WEEKLY.playlist_id


TOKENS = {
    "refused": (Fault("text_error", status=400, message="invalid_client", path_prefix="/api/token"), False),
    "down": (Fault("status", status=503, path_prefix="/api/token"), True),
    "busy": (Fault("rate_limit", retry_after=3, path_prefix="/api/token"), True),
    "HTML": (Fault("html", path_prefix="/api/token"), True),
    "empty": (Fault("empty", path_prefix="/api/token"), True),
    "cut": (Fault("cut_body", path_prefix="/api/token"), True),
}


@pytest.mark.parametrize(("fault", "passing"), TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_not_given_is_asked_for_once(
    simulator: Simulator, client: SpotifyClient, fault: Fault, passing: bool
) -> None:
    simulator.misbehave(fault)
    since = len(simulator.requests)
    assert refusal(client).passing == passing
    assert [path for path, _ in asked(simulator, since)] == ["/api/token"]


@pytest.mark.parametrize("path", ["/api/token", "/v1/"])
def test_an_answer_that_does_not_come_is_not_waited_for_without_end(
    simulator: Simulator, settings: Settings, path: str
) -> None:
    simulator.misbehave(Fault("slow", delay=0.3, path_prefix=path))
    late = [mock.patch(f"top50.sources.{module}.TIMEOUT", 0.1) for module in ("oauth", "spotify")]
    with late[0], late[1], closing(SpotifyClient(settings)) as client:
        error = refusal(client)
    assert error.passing
    assert "Timeout" in error.what


def test_nobody_at_the_address_may_pass(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        own = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address}
        with closing(SpotifyClient(settings.model_copy(update=own))) as client:
            assert refusal(client).passing


@pytest.mark.filterwarnings("ignore:You're using 'as_dict:DeprecationWarning")
@pytest.mark.parametrize("token", [b"[]", b"{}", b'"text"', b"null", b'{"access_token": "t"}'])
def test_a_token_answer_without_its_fields_may_pass(settings: Settings, token: bytes) -> None:
    with answering({"/api/token": token, "/v1/playlists/p": b"[]"}) as (address, _):
        own = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address}
        with closing(SpotifyClient(settings.model_copy(update=own))) as client:
            assert refusal(client, "p").passing


@pytest.mark.parametrize("answer", [b"[]", b'"text"', b"42", b"null"])
def test_json_that_is_no_object_may_pass(settings: Settings, answer: bytes) -> None:
    with answering({"/v1/playlists/p": answer}) as (address, _):
        own = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address}
        with closing(SpotifyClient(settings.model_copy(update=own))) as client:
            assert refusal(client, "p").passing


@pytest.mark.parametrize("playlist_id", [MIRROR, SOMEBODY_ELSES])
def test_a_playlist_without_its_rows_is_told_from_an_empty_one(
    simulator: Simulator, client: SpotifyClient, playlist_id: str
) -> None:
    simulator.app = "development"
    error = refusal(client, playlist_id)
    assert not error.passing
    assert "charts.spotify.com" in error.remedy


def test_nothing_secret_is_logged(
    simulator: Simulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.misbehave(Fault("status", status=404))
    with closing(SpotifyClient(settings)) as client:
        refusal(client)
        client.playlist(WEEKLY.playlist_id)
    assert PATH in caplog.text
    assert not any(secret in caplog.text for secret in (SECRET, "0simToken", "Basic ", "Bearer "))


@pytest.mark.parametrize("missing", ["spotify_client_id", "spotify_client_secret"])
def test_missing_credentials_are_a_setting_to_correct(settings: Settings, missing: str) -> None:
    with pytest.raises(SettingsError, match=r"SPOTIPY_CLIENT_ID.*developer\.spotify\.com"):
        SpotifyClient(settings.model_copy(update={missing: None}))


def test_the_playlist_source_names_and_wraps_the_newest_chart(
    simulator: Simulator, settings: Settings
) -> None:
    since = len(simulator.requests)
    with open_source(settings) as source:
        raw, again = source.newest(WEEKLY), source.newest(WEEKLY)
        assert source.history(WEEKLY) == []
    assert raw.key == again.key
    assert raw.key.startswith("chart=global-weekly/2026-11-19/playlist-")
    snapshot = read_live(raw)
    assert (snapshot.chart, snapshot.source, len(snapshot.entries)) == (WEEKLY, "playlist", 50)
    assert [path for path, _ in asked(simulator, since)] == ["/api/token", PATH, PATH]


def test_the_user_s_own_playlist_is_read_in_place_of_the_chart_s(
    simulator: Simulator, settings: Settings
) -> None:
    since = len(simulator.requests)
    with open_source(settings.model_copy(update={"playlist": MIRROR})) as source:
        raw = source.newest(WEEKLY)
    assert asked(simulator, since)[1:] == [(f"/v1/playlists/{MIRROR}", 200)]
    assert raw.key.startswith("chart=global-weekly/")
