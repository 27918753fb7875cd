"""A run that met a spent quota comes again by itself when Spotify may be asked again: once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.states import Scheduled

from tasks.told import told_if_possible
from top50.errors import QuotaExceeded

AGAIN = "after-quota"
"""The tag of a run that was scheduled by another; it schedules none itself."""


@contextmanager
def again_after_quota() -> Iterator[None]:
    """Schedule the run again when what is done within ends at a spent quota."""
    try:
        yield
    except QuotaExceeded as refusal:
        schedule_again(refusal.until)
        raise


def schedule_again(until: datetime) -> None:
    """Schedule the deployment of this run for `until`, with the same parameters; a local run only says so."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None or AGAIN in run.tags:
        return
    with told_if_possible("the run that is to come"), get_client(sync_client=True) as client:
        planned = client.create_flow_run_from_deployment(
            run.deployment_id,
            parameters=run.parameters,
            state=Scheduled(scheduled_time=until, message="Spotify may be asked again"),
            name=f"{client.read_flow_run(run.id).name}-again",  # the name that it has been given by now
            tags=[AGAIN],
            idempotency_key=f"{run.id}-{AGAIN}",
        )
        get_run_logger().warning("Scheduled again for %s UTC as %s", f"{until:%Y-%m-%d %H:%M}", planned.name)
