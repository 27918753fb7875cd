"""Prefect's events, so that they do not hold up the end of a run for a server that is gone."""

from prefect.events.clients import PrefectEventsClient
from prefect.events.worker import EventsWorker, emit_events_to_cloud
from prefect.settings import PREFECT_API_URL

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
