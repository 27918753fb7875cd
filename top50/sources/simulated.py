"""Simulated charts, read by the same client over the same HTTP as real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import requests
from pydantic import SecretStr

from top50.charts import Chart
from top50.errors import SourceUnavailable
from top50.printed_commands import module_command
from top50.raw import RawObject
from top50.settings import SPOTIFY_API_URL, Settings
from top50.simulator import running
from top50.sources.http import BoundedSession
from top50.sources.playlist import PlaylistSource

HISTORY = 7  # charts before the newest, with which an empty lake starts

_AS_OF = "Simulator-Now"


class SimulatedSource(PlaylistSource):
    """Reads from the simulator, which can answer as of an earlier day."""

    def history(self, chart: Chart) -> list[RawObject]:
        """Read the seven charts before the newest, oldest first."""
        now = self._now()
        raws = []
        for charts_ago in range(HISTORY, 0, -1):
            self._client.headers[_AS_OF] = (now - timedelta(days=chart.days * charts_ago)).isoformat()
            raws.append(self.newest(chart))
        del self._client.headers[_AS_OF]
        return raws

    def _now(self) -> datetime:
        address = f"{self._settings.spotify_accounts_url}/simulator/clock"
        try:
            with BoundedSession() as session:
                return datetime.fromisoformat(session.get(address, timeout=20).json()["now"])
        except (requests.RequestException, KeyError, ValueError) as error:
            raise SourceUnavailable(
                f"no simulator answers at {address} ({type(error).__name__})",
                f"Start it ({module_command('top50.simulator')}), or unset TOP50_SPOTIFY_API_URL.",
            ) from None


@contextmanager
def simulated_source(settings: Settings) -> Iterator[SimulatedSource]:
    """Open a simulated source: the simulator of the settings, or one that stops with this block."""
    invented = settings.model_copy(
        update={"spotify_client_id": "simulator", "spotify_client_secret": SecretStr("simulator")}
    )
    if settings.spotify_api_url != SPOTIFY_API_URL:
        yield SimulatedSource(invented)
        return
    with running() as simulator:
        own = {"spotify_api_url": simulator.api_url, "spotify_accounts_url": simulator.accounts_url}
        yield SimulatedSource(invented.model_copy(update=own))
