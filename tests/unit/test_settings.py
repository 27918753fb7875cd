"""What the user may choose, and the message when a choice is wrong."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from top50.errors import SettingsError
from top50.settings import Settings, load_settings

PLAYLIST = "37i9dQZEVXbNG2KDcFcKOF"


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """An empty environment, and afterwards the one that was: reading .env changes it."""
    with mock.patch.dict(os.environ, clear=True):
        yield


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def refusal(env_file: Path, **overrides: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file, {}, **overrides)
    return str(caught.value)


def test_the_defaults_are_those_of_the_contract(env_file: Path) -> None:
    settings = load_settings(env_file)
    assert (settings.lake, settings.chart, settings.size) == ("./lake", ("global-weekly",), 50)
    assert (settings.source, settings.playlist, settings.catalog_name) == ("playlist", None, "duckdb")
    assert (settings.glue_database, settings.aws_credentials_block) == ("spotify_top50", None)
    assert settings.spotify_api_url == "https://api.spotify.com/v1"
    assert settings.spotify_accounts_url == "https://accounts.spotify.com"
    assert [chart.playlist_id for chart in settings.charts] == [PLAYLIST]


@pytest.mark.parametrize(
    ("text", "charts"),
    [
        ("us-weekly", ["us-weekly"]),
        ("global-weekly, us-weekly,br-daily,us-weekly", ["global-weekly", "us-weekly", "br-daily"]),
        ("us-daily,all-daily", ["us-daily", "global-daily"]),
    ],
)
def test_charts_are_named_one_by_one_or_all_of_a_period(env_file: Path, text: str, charts: list[str]) -> None:
    os.environ["TOP50_CHART"] = text
    settings = load_settings(env_file)
    assert [chart.name for chart in settings.charts][: len(charts)] == charts
    assert len(settings.charts) == (73 if "all-" in text else len(charts))
    assert (settings.only_chart is None) == (len(settings.charts) > 1)


def test_a_playlist_is_of_one_chart(env_file: Path) -> None:
    os.environ["TOP50_CHART"] = "global-weekly,us-weekly"
    assert "TOP50_PLAYLIST is one chart's, but TOP50_CHART names 2" in refusal(env_file, playlist=PLAYLIST)


def test_the_environment_wins_over_env_and_an_option_over_both(env_file: Path) -> None:
    env_file.write_text("TOP50_SIZE=10\nTOP50_CHART=global-daily\nTOP50_LAKE=from-env\n")
    os.environ.update(TOP50_SIZE="20", TOP50_LAKE="from-environment")
    settings = load_settings(env_file, lake="option", playlist=None)
    assert (settings.size, settings.chart, settings.lake) == (20, ("global-daily",), "option")


def test_a_relative_path_in_env_is_beside_it_and_one_of_the_environment_in_the_current_folder(
    env_file: Path,
) -> None:
    env_file.write_text("TOP50_LAKE=./beside\nTOP50_CONSENT_FILE=consent.json\n")
    settings = load_settings(env_file)
    assert settings.lake == str(env_file.with_name("beside"))
    assert settings.consent_file == env_file.with_name("consent.json")
    assert load_settings(env_file).lake == settings.lake
    os.environ["TOP50_LAKE"] = "./here"
    assert load_settings(env_file).lake == "./here"


@pytest.mark.parametrize("lake", ["s3://bucket/prefix", "~/lake", "/srv/lake"])
def test_a_lake_in_env_that_is_not_relative_stays_what_it_is(env_file: Path, lake: str) -> None:
    env_file.write_text(f"TOP50_LAKE={lake}\n")
    assert load_settings(env_file).lake == lake


def test_no_description_ends_a_rich_style() -> None:
    """Prefect prints them as rich's markup, in which `[/` is an end."""
    assert not [name for name, field in Settings.model_fields.items() if "[/" in (field.description or "")]


def test_defaults_count_only_where_neither_says_anything(env_file: Path) -> None:
    env_file.write_text("TOP50_SIZE=10\nTOP50_GLUE_DATABASE=\n")
    os.environ["TOP50_CHART"] = "global-daily"
    defaults = {"TOP50_SIZE": "30", "TOP50_CHART": "global-weekly", "TOP50_GLUE_DATABASE": "default"}
    settings = load_settings(env_file, defaults)
    assert (settings.size, settings.chart, settings.glue_database) == (10, ("global-daily",), "default")


def test_empty_values_count_as_unset(env_file: Path) -> None:
    env_file.write_text("TOP50_PLAYLIST=\nTOP50_CATALOG=\nTOP50_SIZE=\nSPOTIPY_CLIENT_ID=\n")
    settings = load_settings(env_file)
    assert (settings.playlist, settings.catalog, settings.size) == (None, None, 50)
    assert not settings.spotify_client_id


def test_names_of_aws_in_env_reach_the_environment(env_file: Path) -> None:
    env_file.write_text("AWS_REGION=eu-central-1\nAWS_ENDPOINT_URL_S3=http://127.0.0.1:1\n")
    os.environ["AWS_REGION"] = "eu-west-1"
    load_settings(env_file)
    assert os.environ["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:1"
    assert os.environ["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    "name", ["TOP50_LAEK", "TOP50_", "TOP50_SPOTIFY_CLIENT_ID", "TOP50_SPOTIFY_CLIENT_SECRET"]
)
@pytest.mark.parametrize("in_file", [True, False])
def test_an_unknown_name_is_an_error(env_file: Path, name: str, in_file: bool) -> None:
    if in_file:
        env_file.write_text(f"{name}=x\n")
    else:
        os.environ[name] = "x"
    assert name in refusal(env_file)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TOP50_CHART", "global-monthly", "global-weekly"),
        ("TOP50_SIZE", "0", "1"),
        ("TOP50_SIZE", "201", "200"),
        ("TOP50_SIZE", "fifty", "'fifty' is not a whole number from 1 to 200"),
        ("TOP50_SOURCE", "radio", "playlist"),
        ("TOP50_CATALOG", "hive", "glue"),
        ("TOP50_PLAYLIST", "https://elsewhere.example/playlist/1", "not a playlist"),
        ("TOP50_PLAYLIST", "two words", "not a playlist"),
        ("TOP50_PLAYLIST", f"https://open.spotify.com/album/{PLAYLIST}", "not a playlist"),
        ("TOP50_PLAYLIST", f"https://open.spotify.com/playlist/{PLAYLIST}/x", "not a playlist"),
        ("TOP50_PLAYLIST", f"https://open.spotify.com.example/playlist/{PLAYLIST}", "not a playlist"),
        ("TOP50_PLAYLIST", f"spotify:track:{PLAYLIST}", "not a playlist"),
        ("TOP50_SPOTIFY_API_URL", "api.spotify.com", "http"),
        ("TOP50_SPOTIFY_ACCOUNTS_URL", "ftp://accounts", "http"),
        ("TOP50_CONSENT_BLOCK", "my/block", "a-z0-9-"),
        ("TOP50_SPOTIFY_BLOCK", "my/block", "a-z0-9-"),
        ("TOP50_NOTIFY_BLOCK", "slack", "a-z0-9-"),
        ("TOP50_WORK_POOL_TYPE", "docker", "kubernetes"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_may_be(
    env_file: Path, name: str, value: str, allowed: str
) -> None:
    os.environ[name] = value
    message = refusal(env_file)
    assert name in message
    assert allowed in message
    assert "\n" not in message


def test_every_wrong_value_is_named_at_once(env_file: Path) -> None:
    os.environ.update(TOP50_CHART="x", TOP50_SIZE="y")
    assert {"TOP50_CHART", "TOP50_SIZE"} <= set(refusal(env_file).replace(":", " ").split())


@pytest.mark.parametrize(
    "written",
    [
        PLAYLIST,
        f"spotify:playlist:{PLAYLIST}",
        f"https://open.spotify.com/playlist/{PLAYLIST}",
        f"https://open.spotify.com/playlist/{PLAYLIST}?si=0123456789abcdef",
        f"https://open.spotify.com/intl-de/playlist/{PLAYLIST}",
        f"https://open.spotify.com/intl-pt-BR/playlist/{PLAYLIST}",
        f"https://open.spotify.com/playlist/{PLAYLIST}/",
        f"https://open.spotify.com/playlist/{PLAYLIST}/?si=0123456789abcdef",
        f"https://open.spotify.com/playlist/{PLAYLIST}#login",
        f"https://open.spotify.com/embed/playlist/{PLAYLIST}?utm_source=generator",
        f"https://open.spotify.com/embed/user/spotify/playlist/{PLAYLIST}",
        f"https://open.spotify.com/user/spotify/playlist/{PLAYLIST}",
        f"https://play.spotify.com/user/spotify/playlist/{PLAYLIST}",
        f"http://open.spotify.com/playlist/{PLAYLIST}",
        f"HTTPS://Open.Spotify.com/playlist/{PLAYLIST}",
        f"open.spotify.com/playlist/{PLAYLIST}",
        f"spotify:user:spotify:playlist:{PLAYLIST}",
        f"spotify:user:some.body%20else:playlist:{PLAYLIST}",
        f" {PLAYLIST} ",
    ],
)
def test_a_playlist_may_be_an_id_a_uri_or_a_url(env_file: Path, written: str) -> None:
    assert load_settings(env_file, playlist=written).playlist == PLAYLIST


def test_the_catalog_follows_the_lake(env_file: Path) -> None:
    assert load_settings(env_file, lake="s3://bucket/prefix").catalog_name == "glue"
    assert load_settings(env_file, lake="folder").catalog_name == "duckdb"
    assert load_settings(env_file, lake="s3://bucket", catalog="none").catalog_name == "none"


def test_a_catalog_that_cannot_be_is_refused(env_file: Path) -> None:
    assert "needs a lake on S3" in refusal(env_file, catalog="glue")
    assert "needs a lake in a directory" in refusal(env_file, catalog="duckdb", lake="s3://bucket")


def test_the_secret_is_never_printed(env_file: Path) -> None:
    env_file.write_text(
        "SPOTIPY_CLIENT_ID=me\nSPOTIPY_CLIENT_SECRET=hush-hush\nSPOTIPY_REDIRECT_URI=http://127.0.0.1:1\n"
    )
    settings = load_settings(env_file)
    assert "hush-hush" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert settings.spotify_client_secret is not None
    assert settings.spotify_client_secret.get_secret_value() == "hush-hush"
    assert "hush-hush" not in refusal(env_file, size=0)


@pytest.mark.parametrize(
    ("source", "playlist", "users"),
    [
        ("playlist", "0mine", True),
        ("playlist", None, False),
        ("playlist", PLAYLIST, False),
        ("simulator", "0mine", False),
    ],
)
def test_only_a_playlist_of_a_user_takes_consent(
    env_file: Path, source: str, playlist: str | None, users: bool
) -> None:
    assert load_settings(env_file, source=source, playlist=playlist).reads_users_playlist == users


@pytest.mark.parametrize(
    ("settings", "charts", "archive"),
    [
        ({}, "https://charts-spotify-com-service.spotify.com", "https://raw.githubusercontent.com"),
        ({"spotify_api_url": "http://127.0.0.1:1/v1/"}, "http://127.0.0.1:1", "http://127.0.0.1:1"),
    ],
)
def test_another_host_of_the_api_has_the_charts_page_and_the_public_archive_too(
    env_file: Path, settings: dict[str, str], charts: str, archive: str
) -> None:
    found = load_settings(env_file, {}, **settings)
    assert found.spotify_charts_url == f"{charts}/public/v0/charts"
    folder = "mackorone/spotify-playlist-archive-2/main/playlists/pretty"
    assert found.public_archive_url == f"{archive}/{folder}"
    assert not found.spotify_api_url.endswith("/")
    own = {"spotify_charts_url": "https://a.b/c", "public_archive_url": "https://a.b/d/"}
    found = load_settings(env_file, {}, **settings, **own)
    assert (found.spotify_charts_url, found.public_archive_url) == ("https://a.b/c", "https://a.b/d")


ADDRESSES = [
    *("TOP50_SPOTIFY_API_URL", "TOP50_SPOTIFY_ACCOUNTS_URL", "TOP50_SPOTIFY_CHARTS_URL"),
    *("TOP50_PUBLIC_ARCHIVE_URL", "TOP50_REPOSITORY", "PREFECT_API_URL"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE"),
]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("in_file", [True, False])
def test_http_to_another_machine_needs_the_users_consent(env_file: Path, name: str, in_file: bool) -> None:
    address = "http://me:hush@elsewhere.example/v1"
    if in_file:
        env_file.write_text(f"{name}={address}\n")
        env_file.chmod(0o600)
    else:
        os.environ[name] = address
    message = refusal(env_file)
    assert message.startswith(f"{name} points to elsewhere.example over http")
    assert "TOP50_ALLOW_HTTP=true" in message
    assert "hush" not in message
    os.environ["TOP50_ALLOW_HTTP"] = "true"
    assert load_settings(env_file).allow_http


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("address", ["https://elsewhere.example", "http://127.0.0.1:1", "http://[::1]:1"])
def test_https_and_this_machine_need_no_consent(env_file: Path, name: str, address: str) -> None:
    os.environ[name] = address
    assert not load_settings(env_file).allow_http


def test_a_certificate_file_counts_for_every_client_that_has_none_of_its_own(env_file: Path) -> None:
    os.environ.update(SSL_CERT_FILE="/ours.pem", AWS_CA_BUNDLE="/aws.pem")
    load_settings(env_file)
    assert (os.environ["REQUESTS_CA_BUNDLE"], os.environ["AWS_CA_BUNDLE"]) == ("/ours.pem", "/aws.pem")


@pytest.mark.parametrize(("mode", "warns"), [(0o644, True), (0o640, True), (0o600, False), (0o400, False)])
def test_an_env_that_others_can_read_is_reported_once(
    env_file: Path, mode: int, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    env_file.write_text("SPOTIPY_CLIENT_SECRET=hush-hush\n")
    env_file.chmod(mode)
    for _ in range(2):
        load_settings(env_file)
    warning = f"{env_file} can be read by others on this machine. Run chmod 600 {env_file}."
    assert caplog.messages == [warning] * warns


def test_the_closest_name_of_an_unknown_one_comes_first(env_file: Path) -> None:
    os.environ["TOP50_SOURSE"] = "x"
    assert "unknown setting TOP50_SOURSE. Did you mean TOP50_SOURCE?" in refusal(env_file)


@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_is_not_asked_for_this_machine(env_file: Path, name: str) -> None:
    os.environ.update({name: "http://proxy.example:3128", "no_proxy": "intranet.example"})
    load_settings(env_file)
    expected = "intranet.example,localhost,127.0.0.1,::1"
    assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == (expected, expected)


def test_without_a_proxy_no_host_is_excepted_from_it(env_file: Path) -> None:
    load_settings(env_file)
    assert not {"no_proxy", "NO_PROXY"} & set(os.environ)


def test_an_invalid_address_of_prefect_is_refused(env_file: Path) -> None:
    os.environ["PREFECT_API_URL"] = "http://[::1"
    assert "PREFECT_API_URL is not a valid address" in refusal(env_file)


def test_deployments_are_names_by_comma_and_a_wrong_one_meets_its_nearest(env_file: Path) -> None:
    assert load_settings(env_file).deployments == ()
    os.environ["TOP50_DEPLOYMENTS"] = "enrich, weekly-chart"
    assert load_settings(env_file).deployments == ("enrich", "weekly-chart")
    for wrong, nearest in {
        "weekly_chart": "weekly-chart",
        "import": "import-history",
        "doktor": "doctor",
    }.items():
        os.environ["TOP50_DEPLOYMENTS"] = f"enrich,{wrong}"
        assert f"TOP50_DEPLOYMENTS: there is no deployment {wrong!r}, the nearest is {nearest};" in refusal(
            env_file
        )
