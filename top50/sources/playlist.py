"""The chart as a playlist of the Spotify Web API."""

from collections.abc import Callable

from top50.charts import Chart
from top50.consent import Consent
from top50.errors import SourceError
from top50.raw import RawObject, envelope, name_raw
from top50.read.playlist import chart_date_of
from top50.settings import Settings
from top50.sources.spotify import SpotifyClient


def playlist_of(chart: Chart) -> str:
    """Return the id of the chart's own playlist; raises SourceError where it is not known."""
    if not chart.playlist_id:
        raise SourceError(
            f"no playlist of Spotify's is known for {chart.name}",
            "Name one in TOP50_PLAYLIST, or use TOP50_SOURCE=charts-csv for it.",
        )
    return chart.playlist_id


class PlaylistSource:
    """Reads the chart's own playlist, or the one of TOP50_PLAYLIST."""

    def __init__(
        self,
        settings: Settings,
        consent: Consent | None = None,
        save: Callable[[Consent], object] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self._settings = settings
        self._client = SpotifyClient(settings, consent if settings.reads_users_playlist else None, save)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def newest(self, chart: Chart) -> RawObject:
        """Read every page of the playlist: one request per page, and one for a token."""
        playlist_id = self._settings.playlist or playlist_of(chart)
        playlist, answers = self._client.playlist(playlist_id)
        snapshot_id = playlist.get("snapshot_id")
        source = self._settings.source
        identity = (snapshot_id or "").encode() or b"".join(answers)
        return RawObject(
            name_raw(chart, chart_date_of(answers, chart), source, identity),
            envelope(answers, source=source, playlist=playlist_id, snapshot_id=snapshot_id),
        )

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: a playlist holds only the newest chart."""
        del chart
        return []
