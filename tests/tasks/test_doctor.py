"""What the doctor is given: blocks of a server that answers, and what is there without one."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from tasks import consent as consents
from tasks import doctor
from top50.aws import AwsSession
from top50.checks.doctor import Dependencies, Diagnosis, Finding
from top50.consent import SCOPE, Consent, read_consent_file, write_consent_file
from top50.errors import SettingsError, SourceUnavailable
from top50.settings import Settings

from .canned import Canned

ROOT = Path(__file__).parents[2]


def today() -> date:
    return datetime.now(UTC).date()


def consent(token: str, on: date) -> Consent:
    return Consent(token, on, "me", SCOPE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"consent_file": tmp_path / "consent.json", "spotify_client_id": "me"})


@pytest.fixture
def in_block(monkeypatch: pytest.MonkeyPatch) -> list[Consent]:
    """What is in the consent's block; the last one counts."""
    given: list[Consent] = []

    def secret_block(_: str) -> Secret[str] | None:
        return Secret(value=SecretStr(given[-1].to_json())) if given else None

    monkeypatch.setattr(consents, "secret_block", secret_block)
    return given


def given(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Dependencies:
    """Return what the doctor is given to look at."""
    seen: list[Dependencies] = []

    def examine(_: Settings, around: Dependencies, show: object) -> Diagnosis:
        assert show is print
        seen.append(around)
        return Diagnosis(())

    monkeypatch.setattr(doctor, "examine", examine)
    doctor.diagnose(settings, lambda _: AwsSession(), print)
    return seen[0]


@pytest.mark.usefixtures("server")
def test_the_consent_is_the_block_s_or_the_file_s_if_that_no_longer_holds(
    settings: Settings, in_block: list[Consent], monkeypatch: pytest.MonkeyPatch
) -> None:
    around = given(settings, monkeypatch)
    assert around.load_consent() is None
    in_block.append(consent("in-block", today()))
    assert around.load_consent() == in_block[0]
    over, in_file = consent("over", today() - timedelta(days=300)), consent("in-file", today())
    in_block.append(over)
    assert around.load_consent() == over, "it is shown that it is over"
    write_consent_file(settings.consent_file, in_file)
    assert around.load_consent() == in_file


def test_a_server_that_is_away_is_asked_for_no_block_and_the_file_counts(
    settings: Settings, in_block: list[Consent], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_block.append(consent("in-block", today()))
    settings = settings.model_copy(update={"aws_credentials_block": "lake"})
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        around = given(settings, monkeypatch)
        for ask in (around.load_consent, around.aws_session):
            with pytest.raises(SourceUnavailable, match=r"no usable answer from http://127\.0\.0\.1:9/api"):
                ask()
        around.save_consent(consent("newer", today()))
        assert around.load_consent() == read_consent_file(settings.consent_file) == consent("newer", today())


def test_a_server_over_open_http_is_refused_and_not_asked(settings: Settings) -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://me:hush@prefect.example/api"}),
        pytest.raises(SettingsError, match=r"PREFECT_API_URL points to prefect\.example over http") as caught,
    ):
        doctor.diagnose(settings, lambda _: AwsSession(), print)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("profiles", "settings", "expected"),
    [
        ("active = ", {}, "Invalid value (at end"),
        ("", {"PREFECT_CLIENT_MAX_RETRIES": "hush"}, "max_retries Input should be a valid integer"),
    ],
)
def test_settings_that_prefect_cannot_read_are_one_line_that_quotes_no_value(
    profiles: str, settings: dict[str, str], expected: str, tmp_path: Path
) -> None:
    (tmp_path / "profiles.toml").write_text(profiles)
    ended = subprocess.run(
        [sys.executable, "-m", "deployments.doctor"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(tmp_path),
            "TOP50_SOURCE": "charts-csv",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"✗ settings: Prefect cannot read its settings: {expected}")
    assert "hush" not in ended.stdout + ended.stderr
    assert ended.stdout.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_findings_come_as_they_are_found(
    server: Canned, settings: Settings, tmp_path: Path, in_block: list[Consent]
) -> None:
    shown: list[Finding] = []
    chosen = settings.model_copy(update={"source": "charts-csv", "lake": str(tmp_path / "lake")})
    diagnosis = doctor.diagnose(chosen, lambda _: AwsSession(), shown.append)
    assert tuple(shown) == diagnosis.findings
    assert f"✓ Prefect API: {server.root} answers, Prefect 99.0.0" in map(str, shown)
    assert not in_block
