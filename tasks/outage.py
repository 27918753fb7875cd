"""What becomes of a run when the Prefect server does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.exceptions import PrefectException
from prefect.logging import get_run_logger

from top50.errors import OrchestratorUnavailable
from top50.text import one_line


@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Send Prefect something that the run can do without; a warning in the log when it cannot be sent."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        get_run_logger().warning("Could not send %s to Prefect: %s", what, _cause(error))


@contextmanager
def required(what: str) -> Iterator[None]:
    """Send Prefect what users wait for; raises OrchestratorUnavailable, so that the step is retried."""
    try:
        yield
    except httpx.HTTPError as error:
        raise unavailable(error, what) from None


def unavailable(error: httpx.HTTPError, what: str = "a request") -> OrchestratorUnavailable:
    """Return the error for a Prefect server that gave no answer, or none of use."""
    return OrchestratorUnavailable(
        f"could not send {what} to the Prefect server ({_cause(error)})",
        "Look at the server (PREFECT_API_URL), and run it again; nothing is lost.",
    )


def is_outage(error: Exception) -> bool:
    """Return whether Prefect's client raised this because the server gave no usable answer.

    Where a run begins it is a bare RuntimeError: https://github.com/PrefectHQ/prefect/issues/20462
    """
    if isinstance(error, RuntimeError):
        return isinstance(error.__cause__, httpx.HTTPError | httpx.InvalidURL | ValueError)
    return isinstance(error, httpx.HTTPError)


def _cause(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")[:300]
