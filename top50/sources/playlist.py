"""The chart as a playlist of the Spotify Web API."""

from collections.abc import Callable

from top50.charts import Chart
from top50.consent import Consent
from top50.raw import RawObject, envelope, name_raw
from top50.read.playlist import chart_date_of
from top50.settings import Settings
from top50.sources.spotify import SpotifyClient


class PlaylistSource:
    """Reads the chart's own playlist, or the one of TOP50_PLAYLIST."""

    def __init__(
        self,
        settings: Settings,
        consent: Consent | None = None,
        keep: Callable[[Consent], object] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self._settings = settings
        self._client = SpotifyClient(settings, consent if settings.reads_users_playlist else None, keep)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def newest(self, chart: Chart) -> RawObject:
        """Read every page of the playlist as it is now: one request a page, and one for a token."""
        playlist_id = self._settings.playlist or chart.playlist_id
        playlist, answers = self._client.playlist(playlist_id)
        snapshot_id = playlist.get("snapshot_id")
        identity = snapshot_id or ""
        source = self._settings.source
        return RawObject(
            name_raw(chart, chart_date_of(answers, chart), source, identity.encode() or b"".join(answers)),
            envelope(answers, source=source, playlist=playlist_id, snapshot_id=snapshot_id),
        )

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: a playlist knows only its newest chart."""
        del chart
        return []
