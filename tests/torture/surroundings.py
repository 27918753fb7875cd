"""What a run finds around it: a clock that stands, clients that lose patience, a step that kills."""

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, partial
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.loaders import JSONFileLoader
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from tests.torture import steps
from tests.torture.zygote import Order
from top50 import raw
from top50.catalog import athena, aws
from top50.catalog import duckdb as catalog
from top50.catalog.aws import Polling
from top50.catalog.glue import crawlers
from top50.lake import s3_store
from top50.report.page import pages
from top50.sources import spotify

_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _remember_what_aws_can_do() -> None:
    """Read botocore's descriptions of services once for all runs: each would spend 0.1 s of a core on it."""
    read = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
    JSONFileLoader.load_file = lambda _, file_path: read(file_path)  # type: ignore[assignment,method-assign]
    for service in ("athena", "glue"):
        boto3.Session(region_name="eu-central-1").client(service)


_remember_what_aws_can_do()


class _StandingClock:
    """Stands in for `datetime`: else two runs that fetch the same chart would land different bytes."""

    combine = datetime.combine

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        """Return the same time in every run."""
        return _NOW.astimezone(zone)


@contextmanager
def of_order(told: dict[str, Any]) -> Iterator[None]:
    """Prepare this process for one run."""
    order = msgspec.convert(told, Order)
    faulthandler.enable()  # one that does not end is told to abort, and says where it was
    raw.datetime = _StandingClock  # type: ignore[assignment,attr-defined]
    # Starting a process takes longer than the rest of a run.
    catalog.in_another_process = _in_this_process  # type: ignore[assignment,attr-defined]
    pages.in_another_process = _in_this_process  # type: ignore[assignment,attr-defined]
    often = Polling(first_wait=0.05, longest_wait=0.1, timeout=30.0)
    crawlers.run_crawlers.__defaults__ = (often, lambda _: None)
    # A query here has ended by the third look, whenever that is; a crawl takes its time.
    at_once = Polling(first_wait=0.01, longest_wait=0.1, timeout=30.0)
    athena.Athena.__init__.__defaults__ = (at_once,)
    if order.impatient or order.hopeless:
        _lose_patience(attempts=2 if order.hopeless else 5)
    if order.steps:
        steps.count_steps(order.steps, order.kill_at, f"{order.output}.steps")
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # its thread takes a second to end
        yield


def _in_this_process(work: Callable[..., Any], *arguments: object, seconds: float) -> Any:
    del seconds
    return work(*arguments)


def _lose_patience(attempts: int) -> None:
    """Wait a second where the product waits up to a minute: what happens then is the same."""
    aws._RETRIES = Config(
        connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": attempts}
    )
    s3_store._CLIENT["timeout"] = timedelta(seconds=1)
    s3_store._RETRIES["max_retries"] = attempts - 1
    spotify.TIMEOUT = 1  # type: ignore[attr-defined]
