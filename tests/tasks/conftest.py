"""The canned server that tests of a file share."""

from collections.abc import Iterator

import pytest

from .canned import Canned, has_pool, running_canned


@pytest.fixture(scope="module")
def _canned() -> Iterator[Canned]:
    with running_canned() as server, server.configured():
        yield server


@pytest.fixture
def server(_canned: Canned) -> Canned:
    """A Prefect server that Prefect's settings name, and that has all of ours."""
    _canned.answers = has_pool("process", "OFFLINE", "ONLINE")
    _canned.asked.clear()
    _canned.silent = None
    return _canned
