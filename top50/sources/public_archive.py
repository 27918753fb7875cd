"""The newest chart from a public archive in git: one file per playlist, without a key or a login."""

from datetime import UTC, datetime, timedelta

from top50.charts import PUBLIC_ARCHIVE, Chart
from top50.errors import RawError, SourceUnavailable
from top50.raw import RawObject, envelope, name_raw
from top50.read.public_archive import newest_added_at, tracks_of
from top50.settings import Settings
from top50.sources.http import get
from top50.sources.playlist import playlist_of
from top50.sources.refusals import RUN_AGAIN

WARNING = (
    "public-archive reads github.com/mackorone/spotify-playlist-archive-2, which one volunteer maintains: "
    "it is not Spotify's, and nobody guarantees that it continues"
)

_STALE = timedelta(days=8)
_OTHER_SOURCE = "Use another source: make doctor lists them."
_REFUSALS = {
    404: (
        ": the public archive does not have this playlist, or has closed",
        f"Check TOP50_PLAYLIST if you set it. {_OTHER_SOURCE}",
    ),
    0: ("", _OTHER_SOURCE),
}


class PublicArchiveSource:
    """Reads the playlist's file with one request."""

    def __init__(self, settings: Settings) -> None:
        self.warnings = [WARNING]
        self._settings = settings

    def newest(self, chart: Chart) -> RawObject:
        """Return the file as it is now; raises SourceError, SourceUnavailable."""
        playlist = self._settings.playlist or playlist_of(chart)
        address = f"{self._settings.public_archive_url}/{playlist}.json"
        content = get(address, "TOP50_PUBLIC_ARCHIVE_URL", "the archive", _REFUSALS)
        try:
            added_at, tracks = newest_added_at(content), tracks_of(content)
        except RawError:
            tracks = b""
        if not tracks:
            raise SourceUnavailable(f"{address} did not answer with a playlist", RUN_AGAIN)
        self.warnings += _staleness(chart, added_at, datetime.now(UTC))
        key = name_raw(chart, added_at and chart.date_of(added_at), PUBLIC_ARCHIVE, tracks)
        return RawObject(key, envelope([content], source=PUBLIC_ARCHIVE, playlist=playlist))

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: older files are in the archive's git history, which import_history reads."""
        del chart
        return []


def _staleness(chart: Chart, added_at: datetime | None, now: datetime) -> list[str]:
    """Return a warning if the archive is no longer updated, or does not have the newest chart yet."""
    if added_at is None:
        return []
    if now - added_at > _STALE:
        days = (now - added_at).days
        return [
            f"the public archive's {chart.name} has not changed since {added_at:%Y-%m-%d}, {days} days ago"
        ]
    if chart.date_of(added_at) < chart.date_of(now):
        return [
            f"the public archive still has the chart of {chart.date_of(added_at)}: it is copied once a day, "
            "at 00:00 UTC, so a weekly chart is there on Saturday"
        ]
    return []
