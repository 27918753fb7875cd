"""The views that BI tools read: their SQL, for DuckDB and Athena alike, and what their columns mean."""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class View:
    """A view: its name, what a row of it is, and column → what it means, in their order."""

    name: str
    comment: str
    columns: dict[str, str]

    @property
    def sql(self) -> str:
        """The query behind it, in the SQL that DuckDB and Athena (Trino) share."""
        return (files("top50.catalog") / "views" / f"{self.name}.sql").read_text(encoding="utf-8")

    @property
    def duckdb_sql(self) -> str:
        """The same for DuckDB, which has other names for `normalize` (to NFC) and `array_join`."""
        return self.sql.replace("(normalize(", "(nfc_normalize(").replace("array_join(", "array_to_string(")


_CHART = {"chart": "The chart, such as global-weekly or us-daily."}
_DATE = {**_CHART, "chart_date": "The last day that the chart covers."}
_RANK = {**_DATE, "rank": "Position in the chart, 1 = most played."}
_SONG = {
    "song_id": "Spotify's id of the track.",
    "song_key": "The song under any track id: name and artist names of its first charted id, lower case; "
    "a song without a name: its id.",
}
_REPORTED = {
    "reported_previous_rank": "Previous rank as Spotify reports it; -1 = was not there.",
    "reported_peak_rank": "Best rank so far as Spotify reports it, charts before this lake included.",
    "reported_weeks_on_chart": "Charts so far as Spotify reports them, those before this lake included.",
}
_DETAILS = {
    "song_name": "The song's name.",
    "artist_names": "All its artists, in order.",
    "artist_id": "Its first artist.",
    "album_id": "Its album.",
    "album_name": "The album's name.",
    "release_date": "First day of the album's stated year, month or day.",
    "image_url": "The album's widest cover, else the picture that the charts page shows.",
    "url": "The song on open.spotify.com.",
    "duration_ms": "Length in milliseconds.",
    "explicit": "Whether it has explicit lyrics.",
    "streams": "Plays in the chart's time, from an official source.",
    "popularity": "Spotify's popularity of the song at that time, 0 to 100.",
}
_HISTORY = {
    "previous_rank": "Rank in the chart one week (daily: one day) earlier; null when it was not there.",
    "rank_change": "previous_rank - rank: climbing is positive.",
    "status": "new, returned, up, down, same; unknown for all when the chart before is not in the lake.",
    "peak_rank": "Best rank so far in this lake.",
    "peak_date": "The first chart with that rank.",
    "weeks_on_chart": "Charts so far in this lake, this one included.",
    "streak_weeks": "Charts in a row up to this one; a missing chart is a break.",
    **_REPORTED,
}
_TOTALS = {
    "songs": "How many different songs.",
    "weeks": "Chart dates with an entry.",
    "entries": "Entries in all charts.",
    "best_rank": "Best rank of any of them.",
    "points": "Sum of 51 - rank, 0 beyond rank 50.",
    "streams": "Sum of the plays, where the source has them.",
}

# In an order in which a view may read those before it.
VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View("song_identity", "One song id, and the song that it stands for.", _SONG),
        View("top_50", "One entry of a chart, with its song and album.", {**_RANK, **_SONG, **_DETAILS}),
        View("chart_movement", "One entry of a chart, and how it got there.", {**_RANK, **_SONG, **_HISTORY}),
        View(
            "dropped_out",
            "One song that left a chart.",
            {
                **_CHART,
                "chart_date": "The first chart without it.",
                **_SONG,
                "last_rank": "Its rank on the chart before.",
                "peak_rank": "Its best rank so far.",
                "weeks_on_chart": "How many charts it had been on.",
            },
        ),
        View(
            "artist_ranking",
            "One artist of one chart; every artist named on a song counts in full.",
            {**_CHART, "artist_id": "The artist.", "artist_name": "The artist's name.", **_TOTALS},
        ),
        View(
            "album_ranking",
            "One album of one chart.",
            {
                **_CHART,
                "album_id": "The album.",
                "name": "The album's name.",
                "artist_names": "The artists of its first charted song.",
                **_TOTALS,
            },
        ),
        View(
            "label_ranking",
            "One label of one chart, as the source writes it, never split.",
            {**_CHART, "label": "The label's text.", **_TOTALS},
        ),
        View(
            "song_reach",
            "One song on one date, over the charts of all regions.",
            {
                "period": "weekly or daily.",
                "chart_date": "The last day that the charts cover.",
                "song_key": _SONG["song_key"],
                "song_name": "The song's name, on the chart of its best rank.",
                "artist_names": "All its artists, in order.",
                "charts": "How many charts it is on, the world's included.",
                "regions": "The regions of these charts, in order, separated by commas.",
                "best_rank": "Its best rank on any of them.",
                "best_region": "The region of its best rank; of several the first in order.",
                "in_global": "Whether it is on the world's chart.",
                "streams": "Its plays on the world's chart, from an official source.",
            },
        ),
        View(
            "current_top_50",
            "One entry of the newest chart, with its song, its album and how it got there.",
            {**_RANK, **_SONG, **_DETAILS, **_HISTORY},
        ),
        View(
            "chart_dates",
            "One date that should have a chart, from the first to the newest.",
            {
                **_DATE,
                "entries": "How many entries it has; 0 when it is missing.",
                "source": "Where the chart was read.",
                "observed_at": "When the source was read.",
                "missing": "Whether the lake has no such chart.",
            },
        ),
    )
}
