"""spotipy, the usual client, against the simulator."""

from collections.abc import Iterator

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from top50.simulator import MIRROR, REFRESH_TOKEN, Fault, Simulator

from .conftest import NOW

WEEKLY = "37i9dQZEVXbNG2KDcFcKOF"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session without retries: the true status comes through."""
    with requests.Session() as plain:
        yield plain


@pytest.fixture
def client(spotify: Simulator, session: requests.Session) -> spotipy.Spotify:
    auth = SpotifyClientCredentials(
        "id", "secret", requests_session=session, cache_handler=MemoryCacheHandler()
    )
    return _client(spotify, auth, session)


@pytest.fixture
def user_client(spotify: Simulator, session: requests.Session) -> spotipy.Spotify:
    stale = {
        "access_token": "old",
        "refresh_token": REFRESH_TOKEN,
        "expires_at": 0,
        "scope": "playlist-read-private",
    }
    auth = SpotifyOAuth(
        "id",
        "secret",
        "http://127.0.0.1:9/callback",
        scope="playlist-read-private",
        cache_handler=MemoryCacheHandler(stale),
        requests_session=session,
        open_browser=False,
    )
    return _client(spotify, auth, session)


def _client(
    spotify: Simulator, auth: SpotifyClientCredentials | SpotifyOAuth, session: requests.Session
) -> spotipy.Spotify:
    auth.OAUTH_TOKEN_URL = spotify.accounts_url + "/api/token"
    client = spotipy.Spotify(auth_manager=auth, requests_session=session, requests_timeout=5)
    client.prefix = spotify.api_url + "/"
    return client


def test_it_reads_the_chart(client: spotipy.Spotify) -> None:
    playlist = client.playlist(WEEKLY)
    assert playlist["name"] == "Top Songs - Global"
    assert len(playlist["tracks"]["items"]) == 50
    assert playlist["tracks"]["href"].endswith("?offset=0&limit=100&additional_types=track")


def test_it_follows_pages(client: spotipy.Spotify) -> None:
    page = client.playlist_items(WEEKLY, limit=30)
    following = client.next(page)
    assert [len(page["items"]), len(following["items"]), following["next"]] == [30, 20, None]


def test_it_takes_the_ids_of_tracks(client: spotipy.Spotify) -> None:
    song = client.playlist_items(WEEKLY, limit=1)["items"][0]["item"]
    assert client.track(song["uri"])["name"] == song["name"]
    assert client.track(song["external_urls"]["spotify"])["id"] == song["id"]


def test_a_user_of_a_development_app_reads_the_own_playlist(
    development: Simulator, user_client: spotipy.Spotify
) -> None:
    rows = user_client.playlist_items(MIRROR)["items"]
    assert (development.app, len(rows)) == ("development", 50)
    assert all("track" not in row for row in rows)


def test_a_development_app_without_a_user_is_told_so(development: Simulator, client: spotipy.Spotify) -> None:
    assert development.app == "development"
    with pytest.raises(spotipy.SpotifyException, match="Valid user authentication required"):
        client.playlist_items(MIRROR)
    with pytest.raises(spotipy.SpotifyException, match="Resource not found"):
        client.playlist(WEEKLY)


def test_status_reason_and_retry_after_arrive(spotify: Simulator, client: spotipy.Spotify) -> None:
    spotify.misbehave(Fault("quota"))
    with pytest.raises(spotipy.SpotifyException) as caught:
        client.playlist(WEEKLY)
    assert (caught.value.http_status, caught.value.reason) == (429, "QUOTA_EXCEEDED")
    assert caught.value.headers["Retry-After"] == "86400"


@pytest.mark.parametrize("kind", ["html", "empty"])
def test_what_is_no_json_becomes_none(spotify: Simulator, client: spotipy.Spotify, kind: str) -> None:
    spotify.misbehave(Fault(kind))  # type: ignore[arg-type]
    assert client.playlist(WEEKLY) is None


def test_a_cut_body_raises(spotify: Simulator, client: spotipy.Spotify) -> None:
    spotify.misbehave(Fault("cut_body"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.playlist(WEEKLY)


def test_an_error_that_is_a_text_raises(spotify: Simulator, client: spotipy.Spotify) -> None:
    spotify.misbehave(Fault("text_error"))
    with pytest.raises(AttributeError):
        client.playlist(WEEKLY)


def test_an_earlier_week_is_read_by_setting_the_clock(spotify: Simulator, client: spotipy.Spotify) -> None:
    spotify.set_now(NOW.replace(year=2024))
    assert client.playlist(WEEKLY)["tracks"]["items"][0]["added_at"] == "2024-11-15T12:00:00Z"
