"""Which settings `make deploy` leaves for runs, and how a deployment's run takes them."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from prefect.blocks.system import Secret
from prefect.exceptions import ObjectNotFound
from prefect.variables import Variable
from pydantic import SecretStr

from deployments.prefect_server.variables import settings_for_runs
from deployments.repository import check_repository
from tasks import settings as run
from top50.errors import SettingsError
from top50.settings import load_settings


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture(autouse=True)
def _environment(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(run, "ENV_FILE", env_file)
    with mock.patch.dict(os.environ, clear=True):
        yield


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What is on the server, in a deployment's run."""
    value: dict[str, object] = {}
    monkeypatch.setattr(run, "runs_a_deployment", lambda: True)
    monkeypatch.setattr(Variable, "get", lambda _name, default: value or default)
    return value


def left_for_runs(**environment: str) -> dict[str, str]:
    os.environ.update(environment)
    return settings_for_runs(environment, load_settings(Path("none")), None, None)


def test_the_lake_is_always_left_and_a_directory_is_absolute() -> None:
    assert left_for_runs() == {"TOP50_LAKE": str(Path("lake").absolute())}
    assert left_for_runs(TOP50_LAKE="s3://bucket/a") == {"TOP50_LAKE": "s3://bucket/a"}


def test_no_secret_and_nothing_of_this_machine_is_left() -> None:
    left = left_for_runs(
        TOP50_LAKE="/lake",
        TOP50_SIZE="20",
        TOP50_CONSENT_FILE="/home/me/consent",
        TOP50_REPOSITORY="/home/me/top50",
        TOP50_PLAYLIST="",
        SPOTIPY_CLIENT_ID="invented",
        SPOTIPY_CLIENT_SECRET="hush",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="hush",
        AWS_SECRET_ACCESS_KEY="hush",
        AWS_SESSION_TOKEN="hush",
        HOME="/home/me",
    )
    assert left == {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "SPOTIPY_CLIENT_ID": "invented",
        "TOP50_LAKE": "/lake",
        "TOP50_SIZE": "20",
    }


def test_runs_get_the_names_of_their_blocks() -> None:
    left = settings_for_runs({}, load_settings(Path("none"), lake="/lake"), "spotify", "aws")
    assert (left["TOP50_SPOTIFY_BLOCK"], left["TOP50_AWS_CREDENTIALS_BLOCK"]) == ("spotify", "aws")


@pytest.mark.parametrize(
    ("repository", "refused"),
    [
        ("https://git.example/top50.git", False),
        ("ssh://git@git.example/top50.git", False),
        ("git@git.example:me/top50.git", False),
        ("/srv/top50", False),
        ("https://token@git.example/top50.git", True),
        ("https://me:token@git.example/top50.git", True),
    ],
)
def test_a_repository_must_not_hold_a_password(repository: str, refused: bool) -> None:
    settings = load_settings(Path("none"), repository=repository)
    if not refused:
        check_repository(settings)
        return
    with pytest.raises(SettingsError) as caught:
        check_repository(settings)
    assert "token" not in str(caught.value)


def test_the_environment_wins_over_env_and_that_over_the_server(
    env_file: Path, deployed: dict[str, object]
) -> None:
    env_file.write_text("TOP50_SIZE=20\nTOP50_CHART=global-daily\nTOP50_GLUE_DATABASE=\n")
    os.environ["TOP50_SIZE"] = "10"
    deployed.update(TOP50_SIZE="30", TOP50_CHART="global-weekly", TOP50_GLUE_DATABASE="theirs")
    deployed["TOP50_LAKE"] = "/theirs"
    settings = run.run_settings(lake=None)
    assert (settings.size, settings.chart) == (10, ("global-daily",))
    assert (settings.glue_database, settings.lake) == ("theirs", "/theirs")
    assert run.run_settings(lake="/parameter").lake == "/parameter"


def test_names_of_aws_reach_its_clients(deployed: dict[str, object]) -> None:
    deployed["AWS_REGION"] = "eu-central-1"
    run.run_settings()
    assert os.environ["AWS_REGION"] == "eu-central-1"


def test_a_run_by_hand_takes_nothing_from_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Variable, "get", mock.Mock(side_effect=AssertionError("it asked the server")))
    assert run.run_settings().lake == "./lake"


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("text", "is not a JSON object of strings"),
        ({"TOP50_SIZE": 5}, "is not a JSON object of strings"),
        ({"TOP50_LATER": "x"}, "holds TOP50_LATER"),
        ({"PATH": "/tmp/evil"}, "holds PATH"),
        ({"SPOTIPY_CLIENT_SECRET": "hush"}, "holds SPOTIPY_CLIENT_SECRET"),
    ],
)
def test_a_broken_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: object, expected: str) -> None:
    monkeypatch.setattr(run, "runs_a_deployment", lambda: True)
    monkeypatch.setattr(Variable, "get", lambda _name, default: variable or default)
    with pytest.raises(SettingsError) as caught:
        run.run_settings()
    assert expected in str(caught.value)
    assert "make deploy" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_client_secret_comes_from_its_block_only_where_there_is_no_other(
    deployed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed["TOP50_SPOTIFY_BLOCK"] = "spotify"
    monkeypatch.setattr(Secret, "load", {"spotify": Secret(value=SecretStr("of the block"))}.__getitem__)
    for expected in ("of the block", "of the environment"):
        secret = run.run_settings().spotify_client_secret
        assert secret is not None
        assert secret.get_secret_value() == expected
        os.environ["SPOTIPY_CLIENT_SECRET"] = "of the environment"


def test_a_missing_block_is_named(deployed: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_name: str) -> Secret[str]:
        raise ValueError from ObjectNotFound(ValueError())

    deployed["TOP50_SPOTIFY_BLOCK"] = "spotify"
    monkeypatch.setattr(Secret, "load", load)
    with pytest.raises(SettingsError, match=r"no Secret block 'spotify'.*make deploy"):
        run.run_settings()


def test_a_run_on_this_machine_reads_what_its_user_can(env_file: Path) -> None:
    assert run.check_files(load_settings(env_file), ["/anywhere/at/all"]) is None


def test_a_deployed_run_reads_s3_and_no_file(deployed: dict[str, object], env_file: Path) -> None:
    deployed["TOP50_SIZE"] = "50"
    settings = load_settings(env_file)
    assert run.check_files(settings, ["s3://bucket/old"]) is None
    for path in ("/etc/passwd", ".env", "old/*.csv", "~/old"):
        with pytest.raises(
            SettingsError, match=r"refused: a deployed run reads no files.*TOP50_IMPORT_FOLDER"
        ):
            run.check_files(settings, ["s3://bucket/old", path])


def test_a_deployed_run_reads_files_of_one_folder(deployed: dict[str, object], tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    deployed["TOP50_IMPORT_FOLDER"] = str(folder)
    settings = run.run_settings()
    assert run.check_files(settings, [f"{folder}/a.csv", f"{folder}/**/*.csv", "s3://b"]) == folder
    for path in (
        tmp_path,
        f"{folder}/../x.csv",
        f"{folder}/*/../../x",
        f"{folder}/link/x.csv",
        f"{folder}s/x",
    ):
        with pytest.raises(SettingsError, match="refused: a deployed run reads files below"):
            run.check_files(settings, [str(path)])
