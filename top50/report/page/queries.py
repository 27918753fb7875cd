"""The facts about a chart, read from the views of a catalog."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb

from top50.charts import CHARTS
from top50.report.page.catalog import ARTISTS, follow_songs, literal, open_catalog, select_chart
from top50.report.page.credits import credited, labels_of
from top50.report.page.facts import HISTORY, Artist, ChartDate, Credit, Entry, Facts, Left
from top50.text import clipped

_NAMES = {"song_name", "artist_names", "album_name", "artist_name", "label"}
_LONGEST_NAME = 300

Row = TypeVar("Row")


def read_facts(catalog: Path, charts: Iterable[str]) -> dict[str, Facts]:
    """Return chart → the facts of its newest date; a chart that the catalog does not have is left out.

    catalog: a `catalog.duckdb`, or the SQL file of a linked one. Raises duckdb.Error for any other file.
    """
    found = {}
    with open_catalog(catalog) as connection:
        for chart in charts:
            select_chart(connection, chart)
            found[chart] = facts_since(connection, chart)
    return {chart: facts[-1] for chart, facts in found.items() if facts}


def facts_since(connection: duckdb.DuckDBPyConnection, chart: str, since: date | None = None) -> list[Facts]:
    """Return the facts of each date of the selected chart since one, in order; [] where it has no dates.

    since: the first of them; None: the newest. Only the newest has artists and what other charts hold.
    """
    days = CHARTS[chart].days if chart in CHARTS else 7
    dates = _rows(connection, ChartDate, f"{_DATES.format(days=days)} ORDER BY chart_date")
    if not dates:
        return []
    since = since or dates[-1].chart_date
    follow_songs(connection, since)
    rows = _Rows(
        _by_date(connection, Entry, _ENTRIES.format(days=days, since=since)),
        _by_date(connection, Left, _LEFT.format(days=days, since=since)),
        dates,
        *_history(connection, dates),
    )
    numbers = [number for number, day in enumerate(dates) if day.chart_date in rows.entries]
    [(charts,)] = connection.execute("SELECT count(DISTINCT chart) FROM lake.chart_entries").fetchall()
    shared = {"charts": charts, "names": _number_ones(connection)}
    found = [_with_links(replace(_facts_on(rows, chart, number), **shared)) for number in numbers]
    return [*found[:-1], _newest_in_full(connection, found[-1])]


class _Rows(NamedTuple):
    """Rows of a chart: those of each date wanted, all dates, and the ranks and plays of the songs on them."""

    entries: dict[date, list[Entry]]
    left: dict[date, list[Left]]
    dates: list[ChartDate]
    ranks: dict[str, list[int | None]]
    plays: dict[str, list[int | None]]


def _facts_on(rows: _Rows, chart: str, number: int) -> Facts:
    """Return the facts of the date of this number."""
    day = rows.dates[number].chart_date
    entries = [entry.as_spotify_counts() for entry in rows.entries[day]]
    left = rows.left.get(day, [])
    keys = {entry.song_key for entry in entries} | {song.song_key for song in left}
    window = slice(max(0, number + 1 - HISTORY), number + 1)
    plays = {key: rows.plays[key][window] for key in keys & rows.plays.keys()}
    return Facts(
        chart,
        entries,
        left,
        artists=[],
        dates=rows.dates[window],
        ranks={key: rows.ranks[key][window] for key in keys},
        plays={key: counts for key, counts in plays.items() if any(counts)},
        week_labels=labels_of(entries),
    )


def _newest_in_full(connection: duckdb.DuckDBPyConnection, facts: Facts) -> Facts:
    """Return the facts of the newest date with what only its page shows: artists, and what others hold."""
    others, elsewhere = _elsewhere(connection, facts.chart, facts.newest.chart_date, facts.ranks)
    artists = _rows(connection, Artist, _ARTISTS)
    if facts.is_simulated:
        artists = [replace(artist, external_url=None) for artist in artists]
    week_artists = _week_artists(connection, facts.entries)
    return replace(facts, others=others, elsewhere=elsewhere, artists=artists, week_artists=week_artists)


def _with_links(facts: Facts) -> Facts:
    """Return the facts with a link to Spotify for each song, none for simulated ones."""

    def address(song: Entry | Left) -> str | None:
        return None if facts.is_simulated else song.url or f"https://open.spotify.com/track/{song.song_id}"

    return replace(
        facts,
        entries=[replace(entry, url=address(entry)) for entry in facts.entries],
        left=[replace(song, url=address(song)) for song in facts.left],
    )


def _history(
    connection: duckdb.DuckDBPyConnection, dates: list[ChartDate]
) -> tuple[dict[str, list[int | None]], dict[str, list[int | None]]]:
    """Return song_key → rank on each date, and song_key → streams on each date, of those that have any."""
    numbers = {day.chart_date: number for number, day in enumerate(dates)}
    ranks: dict[str, list[int | None]] = {}
    plays: dict[str, list[int | None]] = {}
    history = """
        SELECT song_key, chart_date, min(rank), max(streams) FROM entries JOIN song_identity USING (song_id)
        WHERE song_id IN (FROM followed_songs) GROUP BY ALL
    """
    for key, day, rank, streams in connection.execute(history).fetchall():
        if day in numbers:
            ranks.setdefault(key, [None] * len(dates))[numbers[day]] = rank
            if streams is not None:
                plays.setdefault(key, [None] * len(dates))[numbers[day]] = streams
    return ranks, plays


def _number_ones(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return song_key → name of the songs that were number one."""
    found = connection.execute(
        """
        SELECT song_key, arg_max(song_name, chart_date)
        FROM chart_entries JOIN song_identity USING (song_id) JOIN lake.songs USING (song_id)
        WHERE rank = 1 GROUP BY song_key
        """
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


def _by_date(connection: duckdb.DuckDBPyConnection, kind: type[Row], sql: str) -> dict[date, list[Row]]:
    """Return chart_date → rows of a query without its SELECT, in its order."""
    found: dict[date, list[Row]] = {}
    columns = ", ".join(["chart_date", *_columns(kind)])
    for day, *values in connection.execute(f"SELECT {columns} {sql}").fetchall():
        found.setdefault(day, []).append(_row(kind, values))
    return found


def _rows(connection: duckdb.DuckDBPyConnection, kind: type[Row], sql: str) -> list[Row]:
    """Return the rows of a query without its SELECT, as objects of a dataclass; long names are clipped.

    Without query parameters: for the first one DuckDB imports pandas where somebody has installed it.
    """
    found = connection.execute(f"SELECT {', '.join(_columns(kind))} {sql}").fetchall()
    return [_row(kind, values) for values in found]


def _columns(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _row(kind: type[Row], values: Iterable[Any]) -> Row:
    return kind(
        *(
            clipped(value, _LONGEST_NAME) if name in _NAMES and value else value
            for name, value in zip(_columns(kind), values, strict=True)
        )
    )


_DATES = """
    FROM chart_dates LEFT JOIN (
        SELECT chart_date,
            CASE WHEN count(streams) = count(*) THEN sum(streams)::BIGINT END AS streams,
            CASE WHEN count(streams) = count(*)
                THEN (sum(streams) FILTER (rank <= 10))::BIGINT END AS top_ten,
            min(song_key) FILTER (rank = 1) AS number_one
        FROM chart_entries JOIN song_identity USING (song_id) WHERE rank <= 50 GROUP BY chart_date
    ) USING (chart_date)
    LEFT JOIN (
        SELECT chart_date, CASE WHEN count(is_new) = count(*) THEN count(*) FILTER (is_new) END AS new
        FROM (
            SELECT chart_date,
                CASE
                    WHEN reported_previous_rank > 0 THEN false
                    WHEN reported_previous_rank <= 0 AND reported_weeks_on_chart > 0
                        THEN reported_weeks_on_chart = 1
                    WHEN reported_previous_rank <= 0 OR has_before THEN chart_date = first_date
                END AS is_new
            FROM (
                SELECT chart_entries.*,
                    min(chart_date) OVER (PARTITION BY song_key) AS first_date,
                    chart_date - INTERVAL '{days}' DAY IN (SELECT chart_date FROM chart_entries) AS has_before
                FROM chart_entries JOIN song_identity USING (song_id)
            )
        )
        GROUP BY chart_date
    ) USING (chart_date)
"""
_ENTRIES = """
    FROM top_50
    JOIN chart_movement USING (chart, chart_date, rank, song_id, song_key)
    JOIN (SELECT chart_date, rank, label FROM chart_entries) USING (chart_date, rank)
    LEFT JOIN (
        SELECT CAST(chart_date + INTERVAL '{days}' DAY AS date) AS chart_date, song_key,
            max(streams) AS streams_before
        FROM chart_entries JOIN song_identity USING (song_id)
        GROUP BY ALL
    ) USING (chart_date, song_key)
    WHERE chart_date >= DATE '{since}'
    ORDER BY chart_date, rank
"""
_LEFT = """
    FROM (
        SELECT chart_date, song_id, song_key, last_rank,
            coalesce(reported_peak_rank, peak_rank) AS peak_rank,
            coalesce(reported_weeks_on_chart, weeks_on_chart) AS weeks_on_chart
        FROM dropped_out JOIN (
            SELECT CAST(chart_date + INTERVAL '{days}' DAY AS date) AS chart_date, rank AS last_rank,
                reported_peak_rank, reported_weeks_on_chart
            FROM chart_entries
        ) USING (chart_date, last_rank)
    )
    LEFT JOIN (SELECT song_id, song_name, artist_names, url, album_id FROM songs) USING (song_id)
    LEFT JOIN (SELECT album_id, image_url FROM album) USING (album_id)
    WHERE chart_date >= DATE '{since}'
    ORDER BY chart_date, last_rank
"""
_ARTISTS = f"""
    FROM artist_ranking
    LEFT JOIN (SELECT artist_id, external_url FROM artist) USING (artist_id)
    ORDER BY entries DESC, best_rank, artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own number
