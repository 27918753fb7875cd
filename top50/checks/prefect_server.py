"""A Prefect server as the doctor sees it: plain data, which tasks/orchestrator.py asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from top50.errors import SourceError

# The deployment that `make deploy` creates, and a worker runs.
DEPLOYMENT = "weekly-chart/top50"

# The name of the deployments that `make serve` creates, one of each flow.
SERVED_NAME = "top50-served"

# The deployment to look at where the first is missing.
SERVED = f"weekly-chart/{SERVED_NAME}"


@dataclass(frozen=True)
class WorkPool:
    """A deployment's work pool."""

    name: str
    type: str
    is_paused: bool
    workers: int  # that are online


@dataclass(frozen=True)
class Deployment:
    """The weekly deployment: its schedule, its next run, and its work pool."""

    name: str
    paused: bool
    rules: Sequence[str]  # its active schedules: a cron text each, or an interval
    updated: datetime | None
    next_run: datetime | None
    pool: WorkPool | None  # None for a served deployment


@dataclass
class PrefectServer:
    """A Prefect server, filled in as far as it answers."""

    address: str  # without a user name and password
    answers: bool = False  # whether it is a Prefect API and accepts our credentials
    version: str | None = None  # None for Prefect Cloud, which does not publish one
    ahead: float | None = None  # by how many seconds its clock is ahead of this machine's
    limits: Mapping[str, int] = field(default_factory=dict)  # of a Prefect Cloud plan, by Cloud's names
    deployment: Deployment | None = None
    refusal: SourceError | None = None  # why the rest is unknown
