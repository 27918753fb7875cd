"""What a run finds around it: a clock that stands, clients that lose patience, a step that kills."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from botocore.config import Config
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from tests.torture import steps
from top50 import raw
from top50.catalog import athena, aws, crawlers
from top50.catalog.patience import Patience
from top50.lake import s3
from top50.sources import spotify

if TYPE_CHECKING:
    from tests.torture.zygote import Order

_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class _StandingClock:
    """Stands in for `datetime`: else two runs that fetch the same chart would land different bytes."""

    combine = datetime.combine

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        """Return the same time in every run."""
        return _NOW.astimezone(zone)


@contextmanager
def surroundings(order: "Order") -> Iterator[None]:
    """Prepare this process for one run."""
    raw.datetime = _StandingClock  # type: ignore[assignment,attr-defined]
    often = Patience(first_look=0.05, longest_between_looks=0.1, altogether=30.0)
    crawlers.run_crawlers.__defaults__ = (crawlers.CRAWLERS, often, lambda _: None)
    athena.Athena.__init__.__defaults__ = (often,)
    if order.impatient or order.hopeless:
        _lose_patience(attempts=2 if order.hopeless else 5)
    if order.steps:
        steps.count_steps(order.steps, order.kill_at, f"{order.output}.steps")
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # its thread takes a second to end
        yield


def _lose_patience(attempts: int) -> None:
    """Wait a second where the product waits up to a minute: what happens then is the same."""
    aws._PATIENT = Config(
        connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": attempts}
    )
    s3._CLIENT["timeout"] = timedelta(seconds=1)
    s3._RETRIES["max_retries"] = attempts - 1
    spotify.TIMEOUT = 1  # type: ignore[attr-defined]
