"""Servers and a browser that tests share, and which tests share a process: each server is started once."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from top50.security import share_certificates

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.cloud import Cloud
    from tests.servers.front_door import Door
    from tests.servers.glue import GlueServer
    from tests.servers.prefect import PrefectServer
    from tests.servers.seaweedfs import S3Server
    from top50.aws import AwsSession

HERE = Path(__file__).parent
WITH_SERVERS = ("aws", "flows", "front_door", "servers", "torture")
IN_ONE_PROCESS = ("aws", "browser", "servers", "torture")
"""Folders whose tests share servers. Of others each file, whose tests share what it makes, is on its own."""
SPOTIFY = "running_simulator"
"""The fixture, in more than one folder, of a Spotify that answers over HTTP."""

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers; it comes first, and what is short fills the time until all are done."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in WITH_SERVERS or SPOTIFY in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)
    items.sort(key=lambda item: not item.get_closest_marker("server"))


def pytest_collection_finish() -> None:
    """What was collected stays until the end: not to be searched for garbage again and again."""
    gc.freeze()


class _BySharedServers(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Not --dist loadgroup, which does nothing beside pytest 9.2: pytest-dev/pytest-xdist#1386."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[1]
        return folder if folder in IN_ONE_PROCESS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _BySharedServers:
    config.option.loadscopereorder = False  # by what takes long, not by how many tests it is
    return _BySharedServers(config, log)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["S3Server"]:
    from tests.servers.seaweedfs import running_s3  # noqa: PLC0415 - the fast tests need no server

    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def glue_server(s3_server: "S3Server") -> Iterator["GlueServer"]:
    from tests.servers.glue import running_glue  # noqa: PLC0415

    with running_glue(s3_server.endpoint_environment()) as server:
        yield server


@pytest.fixture(scope="session")
def front_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Door"]:
    from tests.servers.front_door import running_door  # noqa: PLC0415

    with running_door(tmp_path_factory.mktemp("door")) as door:
        yield door


@pytest.fixture
def door(front_door: "Door", s3_server: "S3Server", glue_server: "GlueServer") -> Iterator["Door"]:
    """The way to AWS, on which nobody may be asked whom the test did not name."""
    front_door.forget()
    front_door.lead_to_aws(s3_server, glue_server)
    yield front_door
    assert front_door.refused == []


@pytest.fixture
def aws(door: "Door", monkeypatch: pytest.MonkeyPatch) -> "AwsSession":
    """A user's session; this process has their environment meanwhile, and nothing of AWS's besides."""
    from top50.aws import AwsSession  # noqa: PLC0415

    environment = door.environment()
    share_certificates(environment)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return AwsSession()


@pytest.fixture
def cloud(door: "Door", s3_server: "S3Server", glue_server: "GlueServer") -> "Cloud":
    from tests.servers.cloud import make_cloud  # noqa: PLC0415

    return make_cloud(door, s3_server, glue_server)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["PrefectServer"]:
    from tests.servers.prefect import running_prefect_server  # noqa: PLC0415

    with running_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real browser, Debian's Chromium; where there is none these tests are skipped.

    Of one module: while it is there an event loop runs in this thread, and Prefect's methods are
    asynchronous.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a process takes one, and few need it

    program = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    if not program:
        pytest.skip("no Chromium here: apt-get install chromium")
    # Chromium has no sandbox for root, whom containers run as.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()
