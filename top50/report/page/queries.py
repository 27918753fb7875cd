"""The facts about a chart, read from the views of a catalog."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb

from top50.charts import CHARTS
from top50.report.page.catalog import ARTISTS, literal, open_catalog, restrict_to
from top50.report.page.credits import credited, labels_of
from top50.report.page.facts import HISTORY, Artist, ChartDate, Credit, Entry, Facts, Left
from top50.text import clipped

_NAMES = {"song_name", "artist_names", "album_name", "artist_name", "label"}
_LONGEST_NAME = 300

Row = TypeVar("Row")


def read_facts(catalog: Path, charts: Iterable[str]) -> dict[str, Facts]:
    """Return chart → its facts; a chart that the catalog does not have is left out.

    catalog: a `catalog.duckdb`, or the SQL file of a linked one. Raises duckdb.Error for any other file.
    """
    with open_catalog(catalog) as connection:
        return facts_in(connection, charts)


def facts_in(connection: duckdb.DuckDBPyConnection, charts: Iterable[str]) -> dict[str, Facts]:
    """Do the same with a catalog that is open."""
    [(count,)] = connection.execute("SELECT count(DISTINCT chart) FROM lake.chart_entries").fetchall()
    found = {chart: _facts_of(connection, chart, count) for chart in charts}
    return {chart: facts for chart, facts in found.items() if facts}


def _facts_of(connection: duckdb.DuckDBPyConnection, chart: str, charts: int) -> Facts | None:
    restrict_to(connection, chart)
    dates = _rows(connection, ChartDate, f"{_DATES} ORDER BY chart_date DESC LIMIT {HISTORY}")[::-1]
    if not dates:
        return None
    days = CHARTS[chart].days if chart in CHARTS else 7
    before = dates[-1].chart_date - timedelta(days=days)
    entries = [
        entry.as_spotify_counts() for entry in _rows(connection, Entry, _ENTRIES.format(before=before))
    ]
    if not entries:
        return None
    left = _rows(connection, Left, _LEFT)
    keys = {entry.song_key for entry in entries} | {song.song_key for song in left}
    ranks, plays = _history(connection, dates, keys)
    others, elsewhere = _elsewhere(connection, chart, dates[-1].chart_date, keys)
    facts = Facts(
        chart,
        entries,
        left,
        artists=_rows(connection, Artist, _ARTISTS),
        dates=dates,
        ranks=ranks,
        plays=plays,
        charts=charts,
        others=others,
        elsewhere=elsewhere,
        names=_number_ones(connection, dates),
        week_artists=_week_artists(connection, entries),
        week_labels=labels_of(entries),
    )
    return _linked(facts)


def _linked(facts: Facts) -> Facts:
    """Return the facts with a link to Spotify for each song, none for simulated ones."""

    def address(song: Entry | Left) -> str | None:
        return None if facts.is_simulated else song.url or f"https://open.spotify.com/track/{song.song_id}"

    artists = facts.artists
    if facts.is_simulated:
        artists = [replace(artist, external_url=None) for artist in artists]
    return replace(
        facts,
        artists=artists,
        entries=[replace(entry, url=address(entry)) for entry in facts.entries],
        left=[replace(song, url=address(song)) for song in facts.left],
    )


def _history(
    connection: duckdb.DuckDBPyConnection, dates: list[ChartDate], keys: Collection[str]
) -> tuple[dict[str, list[int | None]], dict[str, list[int | None]]]:
    """Return song_key → rank on each date, and song_key → streams on each date, of those that have any."""
    numbers = {day.chart_date: number for number, day in enumerate(dates)}
    ranks: dict[str, list[int | None]] = {key: [None] * len(dates) for key in keys}
    plays: dict[str, list[int | None]] = {}
    history = f"""
        SELECT song_key, chart_date, min(rank), max(streams) FROM entries JOIN song_identity USING (song_id)
        WHERE chart_date >= DATE '{dates[0].chart_date}' GROUP BY ALL
    """  # noqa: S608 - our own date
    for key, day, rank, streams in connection.execute(history).fetchall():
        if key in ranks and day in numbers:
            ranks[key][numbers[day]] = rank
            if streams is not None:
                plays.setdefault(key, [None] * len(dates))[numbers[day]] = streams
    return ranks, plays


def _number_ones(connection: duckdb.DuckDBPyConnection, dates: list[ChartDate]) -> dict[str, str]:
    """Return song_key → name of the songs that were number one."""
    found = connection.execute(
        f"""
        SELECT song_key, arg_max(song_name, chart_date)
        FROM chart_entries JOIN song_identity USING (song_id) JOIN lake.songs USING (song_id)
        WHERE rank = 1 AND chart_date >= DATE '{dates[0].chart_date}' GROUP BY song_key
        """  # noqa: S608 - our own date
    )
    return {key: clipped(name or "", _LONGEST_NAME) for key, name in found.fetchall()}


def _week_artists(connection: duckdb.DuckDBPyConnection, entries: list[Entry]) -> list[Credit]:
    """Return the artists of the newest chart: as the lake knows them, else from the texts of the songs."""
    ids = ", ".join(literal(entry.song_id) for entry in entries)
    known: dict[str, list[str]] = {}
    named = f"""
        SELECT song_id, artist_name FROM lake.song_artists JOIN lake.artist USING (artist_id)
        WHERE song_id IN ({ids}) ORDER BY song_id, position
    """  # noqa: S608 - quoted
    for song_id, name in connection.execute(named).fetchall():
        known.setdefault(song_id, []).append(name)
    with_comma = connection.execute("SELECT artist_name FROM lake.artist WHERE artist_name LIKE '%, %'")
    return credited(entries, known, {name for (name,) in with_comma.fetchall()})


def _elsewhere(
    connection: duckdb.DuckDBPyConnection, chart: str, day: date, keys: Collection[str]
) -> tuple[int, dict[str, dict[str, int]]]:
    """Return how many charts of other regions there are of this date, and where else each song is on one."""
    found = connection.execute(
        f"""
        SELECT split_part(chart, '-', 1) AS region, song_key, rank FROM same_dates
        WHERE chart_date = DATE '{day}' AND chart <> {literal(chart)}
          AND split_part(chart, '-', 2) = {literal(chart.rpartition("-")[2])}
        ORDER BY rank, region
        """  # noqa: S608 - our own date, and a text quoted
    ).fetchall()
    ranks: dict[str, dict[str, int]] = {}
    for region, key, rank in found:
        if key in keys:
            ranks.setdefault(key, {})[region] = rank
    return len({region for region, _, _ in found}), ranks


def _rows(connection: duckdb.DuckDBPyConnection, kind: type[Row], sql: str) -> list[Row]:
    """Return the rows of a query without its SELECT, as objects of a dataclass; long names are clipped.

    Without query parameters: for the first one DuckDB imports pandas where somebody has installed it.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    found = connection.execute(f"SELECT {', '.join(names)} {sql}").fetchall()
    return [
        kind(
            *(
                clipped(value, _LONGEST_NAME) if name in _NAMES and value else value
                for name, value in zip(names, row, strict=True)
            )
        )
        for row in found
    ]


_DATES = """
    FROM chart_dates LEFT JOIN (
        SELECT chart_date,
            CASE WHEN count(streams) = count(*) THEN sum(streams)::BIGINT END AS streams,
            CASE WHEN count(streams) = count(*)
                THEN (sum(streams) FILTER (rank <= 10))::BIGINT END AS top_ten,
            min(song_key) FILTER (rank = 1) AS number_one
        FROM chart_entries JOIN song_identity USING (song_id) WHERE rank <= 50 GROUP BY chart_date
    ) USING (chart_date)
"""
_ENTRIES = """
    FROM current_top_50
    LEFT JOIN (SELECT chart_date, rank, label FROM chart_entries) USING (chart_date, rank)
    LEFT JOIN (
        SELECT song_key, max(streams) AS streams_before
        FROM chart_entries JOIN song_identity USING (song_id)
        WHERE chart_date = DATE '{before}' GROUP BY song_key
    ) USING (song_key)
    ORDER BY rank
"""
_LEFT = """
    FROM dropped_out
    LEFT JOIN (SELECT song_id, song_name, artist_names, url, album_id FROM songs) USING (song_id)
    LEFT JOIN (SELECT album_id, image_url FROM album) USING (album_id)
    WHERE chart_date = (SELECT max(chart_date) FROM chart_entries)
    ORDER BY last_rank
"""
_ARTISTS = f"""
    FROM artist_ranking
    LEFT JOIN (SELECT artist_id, external_url FROM artist) USING (artist_id)
    ORDER BY entries DESC, best_rank, artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own number
