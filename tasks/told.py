"""What Prefect alone is told of: worth another try, but never the run, and never the error that ends it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.exceptions import PrefectException
from prefect.logging import get_run_logger

from top50.errors import OrchestratorUnavailable
from top50.text import one_line


@contextmanager
def told_if_possible(what: str) -> Iterator[None]:
    """Tell Prefect what the run can do without; when it does not take it, the log says so."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        get_run_logger().warning("Could not send %s to Prefect: %s", what, _cause(error))


@contextmanager
def told_again_later(what: str) -> Iterator[None]:
    """Tell Prefect what its users wait for; raises OrchestratorUnavailable, which lets the step try again."""
    try:
        yield
    except httpx.HTTPError as error:
        raise unavailable(error, what) from None


def unavailable(error: httpx.HTTPError, what: str = "what it was asked or told") -> OrchestratorUnavailable:
    """Return the error for a Prefect server that gave no answer, or none of use."""
    return OrchestratorUnavailable(
        f"could not send {what} to the Prefect server ({_cause(error)})",
        "Look at the server (PREFECT_API_URL), and run it again; nothing is lost.",
    )


def _cause(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")[:300]
