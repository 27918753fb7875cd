"""Every kind of app and every refusal: the right line, the right advice, and at most five requests."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from top50.aws import AwsSession
from top50.checks.doctor import Dependencies, Diagnosis, examine
from top50.consent import Consent
from top50.errors import SettingsError, SourceUnavailable, Top50Error
from top50.lake.directory import DirectoryLake
from top50.simulator import MIRROR, SOMEBODY_ELSES, Fault, Simulator, running, snapshot
from top50.sources.charts_page import WARNING
from top50.sources.oauth import Authorization
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import Patient, lines, patient_of, today

CHARTS_OWN = "37i9dQZEVXbNG2KDcFcKOF"
CSV = ["TOP50_SOURCE=charts-csv", "SPOTIPY_CLIENT_ID=me"]


def env_lines(diagnosis: Diagnosis) -> list[str]:
    return [line for line in diagnosis.advice if line.startswith(("TOP50_", "SPOTIPY_")) and " " not in line]


def fill(patient: Patient) -> str:
    """Publish a chart, so that the lake has songs; return the id of the first."""
    tables = build_tables([("chart.json", snapshot("global-weekly", datetime.now(UTC)))]).tables
    publish(DirectoryLake(Path(patient.settings.lake), create=True), tables)
    return str(tables["songs"]["song_id"].sort()[0])


def test_an_app_with_extended_quota_reads_the_chart_itself(spotify: Simulator, patient: Patient) -> None:
    spotify.app = "extended"
    diagnosis = patient.examined()
    assert diagnosis.healthy
    assert not lines(diagnosis, "failed")
    assert lines(diagnosis, "ok")["playlist"] == f"playlist: {CHARTS_OWN} has 50 rows"
    assert diagnosis.advice[0].startswith("TOP50_SOURCE=playlist is right for you")
    assert patient.asked == [("/api/token", 200), (f"/v1/playlists/{CHARTS_OWN}", 200)]


def test_it_is_recommended_when_another_source_is_chosen(spotify: Simulator, patient: Patient) -> None:
    spotify.app = "extended"
    patient.agreed()
    diagnosis = patient.examined(source="charts-csv", playlist=SOMEBODY_ELSES + "x")
    assert env_lines(diagnosis) == ["TOP50_SOURCE=playlist", "TOP50_PLAYLIST=", "SPOTIPY_CLIENT_ID=me"]


def test_a_development_app_is_recognized_by_its_404(patient: Patient) -> None:
    diagnosis = patient.examined()
    assert not diagnosis.healthy
    assert list(lines(diagnosis, "failed")) == ["Spotify app"]
    assert "2024-11-27" in diagnosis.message
    assert "Read a playlist of your own (TOP50_PLAYLIST)" in diagnosis.message
    assert env_lines(diagnosis) == CSV
    assert "TOP50_SOURCE=charts-page; Spotify neither documents" in diagnosis.advice[-1]
    assert "TOP50_SOURCE=public-archive, a copy" in diagnosis.advice[-1]
    assert patient.asked == [("/api/token", 200), (f"/v1/playlists/{CHARTS_OWN}", 404)]


def test_an_own_playlist_is_read_with_the_consent(patient: Patient) -> None:
    patient.agreed(today() - timedelta(days=10))
    diagnosis = patient.examined(playlist=MIRROR)
    assert diagnosis.healthy
    assert lines(diagnosis, "ok")["playlist"] == f"playlist: {MIRROR} has 50 rows"
    assert f"given on {today() - timedelta(days=10)}" in lines(diagnosis, "ok")["consent"]
    assert "Nothing needs changing" in diagnosis.advice[0]
    assert patient.asked == [
        ("/api/token", 200),
        (f"/v1/playlists/{CHARTS_OWN}", 404),
        ("/api/token", 200),
        (f"/v1/playlists/{MIRROR}", 200),
    ]


def test_an_own_playlist_is_recommended_when_it_can_be_read(patient: Patient) -> None:
    patient.agreed()
    diagnosis = patient.examined(playlist=MIRROR, source="charts-csv")
    assert env_lines(diagnosis) == [
        "TOP50_SOURCE=playlist",
        f"TOP50_PLAYLIST={MIRROR}",
        "SPOTIPY_CLIENT_ID=me",
    ]


def test_another_refresh_token_is_saved(spotify: Simulator, patient: Patient) -> None:
    """Spotify may take the old one no more: losing the new one would end the consent."""
    with closing(Authorization(patient.settings)) as authorization:
        back = requests.get(authorization.address, allow_redirects=False, timeout=5).headers["Location"]
        patient.consent = authorization.exchange(authorization.code_in(back))
    spotify.rotate_refresh_tokens()
    assert patient.examined(playlist=MIRROR).healthy
    [newer] = patient.saved
    assert newer.refresh_token != patient.consent.refresh_token


def test_somebody_else_s_playlist_is_reported(patient: Patient) -> None:
    patient.agreed()
    diagnosis = patient.examined(playlist=SOMEBODY_ELSES)
    assert list(lines(diagnosis, "failed")) == ["playlist"]
    assert "belongs to somebody else" in diagnosis.message
    assert env_lines(diagnosis) == CSV
    assert len(patient.asked) == 4


def test_an_unknown_playlist_is_reported(patient: Patient) -> None:
    patient.agreed()
    diagnosis = patient.examined(playlist="0simNoSuchPlaylist0000")
    assert diagnosis.message.endswith("Correct TOP50_PLAYLIST.")
    assert len(patient.asked) == 4


def test_without_a_consent_a_login_is_what_is_missing(patient: Patient) -> None:
    diagnosis = patient.examined(playlist=MIRROR)
    assert list(lines(diagnosis, "failed")) == ["playlist"]
    assert diagnosis.message.endswith("Spotify shows its name but not its rows. Run make login.")
    assert "after make login" in diagnosis.advice[0]
    assert "TOP50_SOURCE=charts-csv" in diagnosis.advice[-1]
    assert len(patient.asked) == 3


@pytest.mark.parametrize(("days", "client"), [(200, "me"), (0, "another")])
def test_a_consent_that_does_not_hold_is_not_shown_to_spotify(
    patient: Patient, days: int, client: str
) -> None:
    patient.agreed(today() - timedelta(days=days), client_id=client)
    diagnosis = patient.examined(playlist=MIRROR)
    assert list(lines(diagnosis, "failed")) == ["consent"]
    assert diagnosis.message.endswith("Run make login.")
    assert "after make login" in diagnosis.advice[0]
    assert len(patient.asked) == 2


def test_a_consent_about_to_end_is_worth_a_line(patient: Patient) -> None:
    patient.agreed(today() - timedelta(days=170))
    diagnosis = patient.examined(playlist=MIRROR)
    assert diagnosis.healthy
    assert "run make login before" in lines(diagnosis, "note")["consent"]


@pytest.mark.server
def test_a_revoked_refresh_token_is_reported(tmp_path: Path) -> None:
    with running(app="development") as spotify:
        spotify.revoke_refresh_tokens()
        patient = patient_of(spotify, tmp_path / "lake")
        patient.agreed()
        diagnosis = patient.examined(playlist=MIRROR)
        assert patient.asked[-1] == ("/api/token", 400)
    assert list(lines(diagnosis, "failed")) == ["consent"]
    assert "(invalid_grant). Run make login." in diagnosis.message


@pytest.mark.server
def test_a_wrong_secret_ends_the_questions(tmp_path: Path) -> None:
    with running(client_secret="another") as spotify:
        patient = patient_of(spotify, tmp_path / "lake")
        patient.agreed()
        diagnosis = patient.examined(playlist=MIRROR)
        assert patient.asked == [("/api/token", 400)]
    assert list(lines(diagnosis, "failed")) == ["Spotify credentials"]
    assert "it does not know this client id or secret" in diagnosis.message
    assert "not checked" in lines(diagnosis, "note")["playlist"]
    assert env_lines(diagnosis) == CSV
    assert "After that run make doctor again" in diagnosis.advice[-3]


@pytest.mark.parametrize(
    ("fault", "name", "says"),
    [
        (Fault("premium", times=None), "Spotify app", "the Spotify account that owns the app has no Premium"),
        (
            Fault("quota", times=None),
            "Spotify",
            "the day's quota is used up. Send Spotify no more requests",
        ),
        (
            Fault("quota", times=None, path_prefix="/api/token"),
            "Spotify",
            "Send Spotify no more requests until 20",
        ),
        (Fault("status", times=None), "Spotify", "503"),
        (Fault("html", times=None), "Spotify", "did not answer with a JSON object"),
        (Fault("text_error", times=None, status=403), "Spotify", "no usable answer"),
    ],
)
def test_a_refusal_of_every_call_ends_the_questions(
    spotify: Simulator, patient: Patient, fault: Fault, name: str, says: str
) -> None:
    patient.agreed()
    spotify.misbehave(fault)
    diagnosis = patient.examined(playlist=MIRROR)
    assert list(lines(diagnosis, "failed")) == [name]
    assert says in diagnosis.message
    assert len(patient.asked) <= 2
    assert env_lines(diagnosis) == CSV


def test_what_the_chosen_source_does_not_need_does_not_fail_it(spotify: Simulator, patient: Patient) -> None:
    spotify.misbehave(Fault("quota", times=None))
    diagnosis = patient.examined(source="charts-csv")
    assert list(lines(diagnosis, "failed")) == ["Spotify"]
    assert diagnosis.healthy
    assert "is right for you" in diagnosis.advice[0]


def test_no_network_is_reported(patient: Patient) -> None:
    nowhere = "http://127.0.0.1:9"
    diagnosis = patient.examined(spotify_api_url=f"{nowhere}/v1", spotify_accounts_url=nowhere)
    assert "Check the network" in diagnosis.message
    assert lines(diagnosis, "note")["clock"]


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("playlist", True),
        ("charts-csv", False),
        ("charts-page", False),
        ("public-archive", False),
        ("simulator", False),
    ],
)
def test_only_a_playlist_needs_credentials(patient: Patient, source: str, needed: bool) -> None:
    urls = {} if source != "simulator" else {"spotify_api_url": "https://api.spotify.com/v1"}
    diagnosis = patient.examined(source=source, spotify_client_id=None, spotify_client_secret=None, **urls)
    assert diagnosis.healthy != needed
    assert len(patient.asked) == (source in ("charts-page", "public-archive"))
    if needed:
        assert "developer.spotify.com" in diagnosis.message
    else:
        assert "is right for you" in diagnosis.advice[0]


def test_the_charts_page_is_asked_once(spotify: Simulator, patient: Patient) -> None:
    patient.agreed()
    diagnosis = patient.examined(source="charts-page", playlist=SOMEBODY_ELSES)
    assert diagnosis.healthy
    assert WARNING in lines(diagnosis, "ok")["charts page"]
    assert len(patient.asked) == 5
    spotify.misbehave(Fault("status", status=404, path_prefix="/public/"))
    assert "TOP50_SOURCE=charts-csv" in patient.examined(source="charts-page").message


def test_the_public_archive_is_asked_once_and_the_advice_names_the_day_on_which_it_has_the_chart(
    spotify: Simulator, patient: Patient
) -> None:
    diagnosis = patient.examined(source="public-archive")
    assert "one volunteer" in lines(diagnosis, "ok")["public archive"]
    assert "0 6 * * 6" in diagnosis.advice[1]
    assert len([path for path, _ in patient.asked if "pretty" in path]) == 1
    spotify.misbehave(Fault("status", status=404, path_prefix="/mackorone/"))
    assert "or has closed" in patient_of(spotify, Path("lake")).examined(source="public-archive").message


def test_a_simulator_elsewhere_is_asked(spotify: Simulator, patient: Patient) -> None:
    spotify.app = "extended"
    assert patient.examined(source="simulator").healthy
    spotify.misbehave(Fault("status", times=None))
    assert patient.examined(source="simulator").message.startswith("simulator: ")


def test_a_real_source_gets_a_lake_of_its_own(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("top50.checks.doctor.sources.SPOTIFY_API_URL", patient.settings.spotify_api_url)
    diagnosis = patient.examined(source="simulator")
    assert diagnosis.healthy
    assert env_lines(diagnosis) == [CSV[0], "TOP50_LAKE=./real-lake", CSV[1]]


def test_a_playlist_of_many_pages_costs_one_request(spotify: Simulator, patient: Patient) -> None:
    spotify.app = "extended"
    spotify.misbehave(Fault("foreign_next"))
    assert patient.examined().healthy


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (SettingsError("it is broken", "Run make login."), "Run make login, then"),
        (SourceUnavailable("the server is away", "Start it."), "Your app could not be examined"),
    ],
)
def test_a_consent_that_cannot_be_loaded_is_reported(
    patient: Patient, error: Top50Error, advice: str
) -> None:
    def load() -> Consent | None:
        raise error

    settings = patient.settings.model_copy(update={"playlist": MIRROR})
    diagnosis = examine(settings, Dependencies(load, patient.saved.append, AwsSession, prefect=None))
    assert diagnosis.message == f"consent: {error}"
    assert advice in "\n".join(diagnosis.advice)


def test_one_song_is_asked_for(patient: Patient) -> None:
    patient.agreed()
    song_id = fill(patient)
    diagnosis = patient.examined(playlist=MIRROR)
    assert diagnosis.healthy
    assert song_id in lines(diagnosis, "ok")["songs"]
    assert patient.asked[-1] == (f"/v1/tracks/{song_id}", 200)
    assert len(patient.asked) == 5
