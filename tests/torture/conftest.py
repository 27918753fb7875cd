"""Stages for the samples of the matrices: what `python -m tests.torture` tries in full, at a few points."""

from collections.abc import Iterator

import pytest

from tests.servers.glue import running_glue
from tests.servers.prefect import PrefectServer
from tests.servers.seaweedfs import S3Server
from tests.torture.places import in_directory, on_s3
from tests.torture.scenarios import BACKLOG, CHARTS, Scenario, Stage, prepare
from tests.torture.stages import run_environment
from tests.torture.zygote import Zygote, running_zygote
from top50.simulator import Simulator, running

Prepared = tuple[Stage, Scenario]


@pytest.fixture(scope="session")
def zygote(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with running_zygote(run_environment(prefect_server, tmp_path_factory.mktemp("home"))) as process:
        yield process


@pytest.fixture(scope="session")
def stopped_simulator() -> Iterator[Simulator]:
    with running() as spotify:
        yield spotify


@pytest.fixture(scope="session")
def backlog_in_directory(
    zygote: Zygote, stopped_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    folder = tmp_path_factory.mktemp("directory")
    stage = Stage(in_directory(folder, stopped_simulator), stopped_simulator, zygote, folder)
    return stage, prepare(stage, BACKLOG)


@pytest.fixture(scope="session")
def charts_on_s3(
    zygote: Zygote,
    stopped_simulator: Simulator,
    s3_server: S3Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Prepared]:
    s3 = s3_server.endpoint_environment()
    with (
        running_glue(s3) as glue,  # its own: other tests empty theirs
        on_s3(s3, s3_server.bucket, glue, stopped_simulator) as place,
    ):
        stage = Stage(place, stopped_simulator, zygote, tmp_path_factory.mktemp("s3"))
        yield stage, prepare(stage, CHARTS)
