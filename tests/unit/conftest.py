"""What all unit tests share: nothing sleeps or waits for a disk, and nobody's own settings matter."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from top50.lake.directory import DirectoryLake

settings.register_profile(
    "unit", deadline=None, database=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")


@pytest.fixture(scope="session", autouse=True)
def _in_no_time() -> Iterator[None]:
    chosen = [name for name in os.environ if name.startswith(("TOP50_", "SPOTIPY_"))]
    with (
        mock.patch.dict(os.environ),
        mock.patch("top50.tables.publish.time", mock.Mock(spec=["sleep"])),
        mock.patch.object(os, "fsync"),
    ):
        for name in chosen:
            del os.environ[name]
        yield


@pytest.fixture
def lake(tmp_path: Path) -> DirectoryLake:
    return DirectoryLake(tmp_path / "lake", create=True)
