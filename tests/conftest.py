"""Servers that tests share, and which tests share a process, so that each server is started once."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.servers.glue import GlueServer
    from tests.servers.prefect import PrefectServer
    from tests.servers.seaweedfs import S3Server

HERE = Path(__file__).parent
WITH_SERVERS = ("aws", "flows", "servers", "torture")


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder, *_ = parts = item.path.relative_to(HERE).parts
        if folder in WITH_SERVERS:
            # Flows take the most time: each file goes to the process that is free, with its own servers.
            item.add_marker(pytest.mark.xdist_group("/".join(parts) if folder == "flows" else folder))
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["S3Server"]:
    from tests.servers.seaweedfs import running_s3  # noqa: PLC0415 - the fast tests need no server

    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def glue_server(s3_server: "S3Server") -> Iterator["GlueServer"]:
    from tests.servers.glue import running_glue  # noqa: PLC0415

    with running_glue(s3_server.environment()) as server:
        yield server


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["PrefectServer"]:
    from tests.servers.prefect import running_prefect_server  # noqa: PLC0415

    with running_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server
