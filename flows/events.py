"""Prefect's events, so that they do not hold up the end of a run."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from prefect.events.clients import PrefectEventsClient
from prefect.events.worker import EventsWorker, emit_events_to_cloud
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    get_current_settings,
    temporary_settings,
)

_AT_ONCE = 3
"""Times to reconnect; from the fourth on Prefect's client waits a second before each, ten by default."""


def send_events_impatiently() -> None:
    """Let this process try each event at once, where a Prefect server was started that may go away.

    Else a run waits seven seconds with each event that it cannot send, minutes after its last line. What a
    server did not take is kept, and sent when it takes one again. Not a client of our own: Prefect sends
    nothing through one that it does not know.
    """
    if PREFECT_API_URL.value() and not emit_events_to_cloud():
        EventsWorker.set_client_override(PrefectEventsClient, reconnection_attempts=_AT_ONCE)


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Let the runs within give no sign of life to Prefect's temporary server, where nobody looks for one.

    At their end Prefect waits up to a second for the thread: https://github.com/PrefectHQ/prefect/pull/19641.
    On a server that stays, a run without them that is killed would look as if it ran for ever. Who sets
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY has them with a temporary server too.
    """
    is_set = "heartbeat_frequency" in get_current_settings().flows.model_fields_set
    wanted = PREFECT_API_URL.value() or is_set
    with nullcontext() if wanted else temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
