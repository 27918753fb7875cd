"""Prefect's events, by a client that does not hold up the end of a run for a server that is gone."""

from prefect.events.clients import RETRYABLE_EXCEPTIONS, PrefectEventsClient
from prefect.events.schemas.events import Event
from prefect.events.worker import EventsWorker, emit_events_to_cloud
from prefect.settings import PREFECT_API_URL

_PATIENT = 10
"""Times to reconnect, as Prefect's own client: about seven seconds where connections are refused."""

_AT_ONCE = 1


class ImpatientEventsClient(PrefectEventsClient):
    """Waits for a server that went away with one event only, and tries those after it at once.

    Prefect's own client waits with each, so that a run ends minutes after its last line. What a server did
    not take is kept, and sent first of all when it takes an event again.
    """

    async def _emit(self, event: Event) -> None:
        try:
            await super()._emit(event)
        except RETRYABLE_EXCEPTIONS:
            self._reconnection_attempts = _AT_ONCE
            raise
        self._reconnection_attempts = _PATIENT


def send_events_impatiently() -> None:
    """Let this process send its events so, where a Prefect server was started that may go away."""
    if PREFECT_API_URL.value() and not emit_events_to_cloud():
        EventsWorker.set_client_override(ImpatientEventsClient, reconnection_attempts=_PATIENT)
