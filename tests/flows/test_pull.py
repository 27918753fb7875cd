"""What a worker runs: the folder that was deployed; with TOP50_REPOSITORY a clone and its locked packages."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import deployed, deployment, run_to_end, running_worker

OURS = re.compile("(PREFECT|TOP50|SPOTIPY|AWS|PYTHON|VIRTUAL_ENV|COVERAGE)")


def requirements(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """The package and, name by name, all that it needs."""
    key = re.sub("[-_.]+", "-", name).lower()
    if key in found:
        return found
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:  # for another platform or an extra that nobody asked for
        return found
    for requirement in found[key].requires or []:
        wanted, _, condition = requirement.partition(";")
        if "extra ==" not in condition:
            requirements(re.split(r"[^\w.-]", wanted.strip(), maxsplit=1)[0], found)
    return found


def link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """An interpreter with pip, Prefect and what Prefect needs, in our versions; without our packages."""
    home = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True)
    [site] = home.glob("lib/python*/site-packages")
    for package in requirements("prefect", {}).values():
        for file in package.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                link(Path(str(package.locate_file(file))), site / file)
    python = home / "bin" / "python"
    missing = subprocess.run([python, "-c", "import polars"], capture_output=True, check=False)
    assert missing.returncode, "it has our packages already"
    return str(python)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The working tree as a repository of its own, with what is not committed yet."""
    copy = tmp_path / "top50"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for words in (["init", "-q", "-b", "main"], ["add", "--all"], ["commit", "-q", "-m", "all"]):
        git(copy, *words)
    return copy


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def outside(command: Command) -> dict[str, str]:
    """The environment of a machine that has the address of the Prefect server, and nothing else."""
    own = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    prefect = {name: value for name, value in command.environment.items() if name.startswith("PREFECT_")}
    return own | prefect | {"PIP_RETRIES": "10"}  # half a minute without an index is no fault of ours


def test_a_bare_worker_fetches_the_code_and_its_packages_and_completes(  # noqa: PLR0917
    command: Command,
    prefect_api: PrefectApi,
    bare_python: str,
    repository: Path,
    outside: dict[str, str],
    lake: Path,
    tmp_path: Path,
) -> None:
    deployed(command, TOP50_REPOSITORY=str(repository), TOP50_BRANCH="main", TOP50_SIZE="20")
    variable = prefect_api.get("variables/name/top50_settings")["value"]
    assert set(variable) == {"TOP50_LAKE", "TOP50_SIZE", "TOP50_SOURCE"}
    with running_worker(outside, tmp_path / "elsewhere", bare_python) as log:
        ended = run_to_end(prefect_api, "weekly-chart", log, {"catalog": "none"}, 300)
    assert ended["state"]["type"] == "COMPLETED", log.read_text()[-3000:]
    assert "8 charts from 8 raw objects" in ended["state"]["message"]
    assert len(list((lake / "raw_data" / "processed").rglob("*.json"))) == 8
    assert (lake / "transformed_data" / "songs" / "songs.parquet").is_file()
    assert list((tmp_path / "elsewhere").iterdir()) == [], "the clone is still there"

    before = deployment(prefect_api, "weekly-chart")["pull_steps"]
    cloning = {**command.environment, "TOP50_REPOSITORY": str(repository), "TOP50_BRANCH": "main"}
    prefect(ROOT, cloning, "deploy", "-n", "weekly-chart/top50")
    assert deployment(prefect_api, "weekly-chart")["pull_steps"] == before


def prefect(folder: Path, environment: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *words],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


def test_prefects_own_commands_run_the_folder_and_no_clone_with_a_lake_in_it(
    prefect_api: PrefectApi, repository: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    prefect_api.tell("DELETE", "variables/name/top50_settings")
    (repository / ".env").write_text("TOP50_SOURCE=simulator\nTOP50_LAKE=./beside\n")
    prefect(repository, outside, "work-pool", "create", "top50", "--type", "process", "--overwrite")
    prefect(repository, outside, "deploy", "--all")
    with running_worker(outside, tmp_path / "elsewhere") as log:
        here = run_to_end(prefect_api, "weekly-chart", log, {"catalog": "none"})
        assert here["state"]["type"] == "COMPLETED", log.read_text()[-3000:]
        assert (repository / "beside/transformed_data/songs/songs.parquet").is_file()
        assert list((tmp_path / "elsewhere").iterdir()) == []

        cloning = {**outside, "TOP50_REPOSITORY": str(repository)}
        prefect(repository, cloning, "deploy", "-n", "weekly-chart/top50")
        cloned = run_to_end(prefect_api, "weekly-chart", log, {})
        assert "lake ./lake would be in a clone that is deleted" in cloned["state"]["message"]
    inspected = json.loads(
        prefect(repository, outside, "deployment", "inspect", "weekly-chart/top50", "-o", "json")
    )
    assert inspected["description"] == deployment(prefect_api, "weekly-chart")["description"]
