"""What is wrong around us gets one clear line with the remedy, exit code 1, and nothing half written."""

import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.shared.command_line import remedy_for
from flows.shared.temporary_server import check_temporary_server
from tests.flows.conftest import Command, tree
from tests.servers.forks import Forks
from tests.servers.front_door import Door
from tests.servers.outage import Outage, going_away
from tests.torture.environment_cases import CASES, Case, sample
from tests.torture.odd_environments import Ground, try_case


def last_line(ended: "subprocess.CompletedProcess[str]") -> str:
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.fixture(scope="session")
def ground(
    forks: Forks, prefect_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    settings = {"PATH": os.environ["PATH"], **prefect_settings}
    return Ground(tmp_path_factory.mktemp("surroundings"), settings, forks)


@pytest.mark.parametrize("case", sample(CASES), ids=lambda case: case.what)
def test_odd_surroundings_end_in_one_line_or_make_no_difference(ground: Ground, case: Case) -> None:
    """All of them: python -m tests.torture --only odd_environments."""
    assert try_case(ground, case, case.what[:20].replace("/", "_")) == ("survived", "")


def test_no_network_is_named_after_the_last_try(command: Command, lake: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    ended = command(
        "weekly_chart",
        "--source=playlist",
        TOP50_SPOTIFY_API_URL=f"{nowhere}/v1",
        TOP50_SPOTIFY_ACCOUNTS_URL=nowhere,
        SPOTIPY_CLIENT_ID="invented",
        SPOTIPY_CLIENT_SECRET="invented-secret",
    )
    line = last_line(ended)
    assert "Check the network" in line
    assert "invented-secret" not in ended.stdout + ended.stderr
    assert not [path for path in lake.rglob("*") if path.is_file() and ".top50" not in path.parts]


def test_a_new_home_is_its_owners_alone_and_an_open_one_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir(mode=0o755)
    (old / "prefect.db").touch()
    for home, server in ((new, None), (old, None), (old, "http://127.0.0.1:4200/api")):
        with temporary_settings({PREFECT_HOME: home, PREFECT_API_URL: server}):
            check_temporary_server()
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert caplog.messages == [f"{old} can be read by others on this machine. Run chmod 700 {old}."]


def test_a_server_with_a_password_needs_the_setting_for_it() -> None:
    request = httpx.Request("GET", "http://127.0.0.1:4200/api")
    refused = httpx.HTTPStatusError("401", request=request, response=httpx.Response(401))
    assert "Set PREFECT_API_AUTH_STRING" in remedy_for(refused)


def test_what_the_output_cannot_show_becomes_a_question_mark(command: Command, lake: Path) -> None:
    lake.mkdir()
    for module, expected in (("verify", "? The lake is whole"), ("quarantine", "")):
        ended = Command(command.environment).run(f"deployments.{module}", PYTHONIOENCODING="ascii")
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout
        assert expected in ended.stdout


def test_a_prefect_server_that_is_overrun_needs_another_remedy(command: Command) -> None:
    overrun = Outage("says 503", at=4, seconds=10_000)
    with going_away(command.environment["PREFECT_API_URL"], overrun) as proxy:
        ended = command("weekly_chart", PREFECT_API_URL=proxy.url, PREFECT_CLIENT_MAX_RETRIES="1")
    assert "needs PostgreSQL" in last_line(ended)


def test_a_prefect_server_that_is_gone_for_good_does_not_hold_up_the_end(command: Command) -> None:
    gone = Outage("refuses", at=14, seconds=10_000)
    impatient = {"PREFECT_CLIENT_MAX_RETRIES": "0", "PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.1"}
    with going_away(command.environment["PREFECT_API_URL"], gone) as proxy:
        ended = command("weekly_chart", PREFECT_API_URL=proxy.url, **impatient)
    assert ended.returncode == 1, ended.stderr
    assert "✗ the Prefect server does not answer" in ended.stderr.splitlines()[-1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a disk of our own needs the right to mount")
    yield disk
    subprocess.run(["umount", disk], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@pytest.mark.parametrize(
    ("size", "step"), [("300k", "land-raw"), ("3000k", "build"), ("3240k", "publish"), ("3350k", "report")]
)
def test_a_full_disk_loses_nothing_and_leaves_nothing_half_written(
    command: Command, small_disk: Path, size: str, step: str
) -> None:
    lake = small_disk / "lake"
    resize(small_disk, size)
    ended = command("weekly_chart", f"--lake={lake}")
    line = last_line(ended)
    assert "No space left on device" in line
    assert "Free some space" in line
    assert re.findall(r"Task run '(.*)-\w+' - Finished in state Failed", ended.stderr) == [step]
    assert all(content.endswith(b"}") for _, content in tree(lake / "raw_data").values())
    for file in (lake / "transformed_data").rglob("*"):
        assert file.is_dir() or pl.read_parquet(file).height
    assert {file.name for file in (lake / ".top50").iterdir()} <= {"lock", "catalog.json"}

    resize(small_disk, "100m")
    again = command("weekly_chart", f"--lake={lake}")
    assert again.returncode == 0, again.stderr
    assert not list((lake / "raw_data/to_processed").rglob("*.json"))
    assert (lake / "catalog.duckdb").is_file()


def test_a_missing_bucket_is_named(command: Command, door: Door) -> None:
    line = last_line(command("weekly_chart", "--lake=s3://not-there", **door.environment()))
    assert "Create the bucket not-there" in line


def test_a_wrong_aws_secret_is_named(command: Command, door: Door) -> None:
    wrong = {**door.environment(), "AWS_SECRET_ACCESS_KEY": "wrong"}
    line = last_line(command("weekly_chart", "--lake=s3://lake", **wrong))
    assert "Check the AWS credentials" in line
