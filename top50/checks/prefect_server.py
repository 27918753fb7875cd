"""What a Prefect server has of ours: plain data, which tasks/orchestrator.py asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from top50.errors import SourceError

DEPLOYMENT = "weekly-chart/top50"
"""The deployment that the doctor looks for, for a worker ..."""

SERVED_NAME = "top50-served"
"""Of each flow's deployment that make serve runs."""

SERVED = f"weekly-chart/{SERVED_NAME}"
"""... or, where that is not there, the one of `make serve`."""


@dataclass(frozen=True)
class PoolSeen:
    """The deployment's work pool, and how many of its workers are online."""

    name: str
    type: str
    is_paused: bool
    workers: int


@dataclass(frozen=True)
class DeploymentSeen:
    """The deployment, what plans its runs, and where they run."""

    name: str

    paused: bool
    rules: Sequence[str]
    """Its active schedules: a cron text each, or an interval."""
    updated: datetime | None
    next_run: datetime | None
    pool: PoolSeen | None
    """None for one that is served."""


@dataclass
class PrefectSeen:
    """A Prefect server, as far as it has answered."""

    address: str
    """Without a name and password."""
    answers: bool = False
    """Whether it is a Prefect API that lets us in."""
    version: str | None = None
    """Prefect Cloud tells none."""
    ahead: float | None = None
    """By how many seconds its clock is ahead of this machine's."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """What the plan of Prefect Cloud allows, by Cloud's own names; empty where nobody tells."""
    deployment: DeploymentSeen | None = None
    refusal: SourceError | None = None
    """Why the rest is not known."""
