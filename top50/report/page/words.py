"""The words of the page and the digest: titles, dates, movements, and the songs that they list."""

from collections.abc import Callable
from datetime import date
from itertools import groupby
from operator import itemgetter

from top50.charts import CHARTS
from top50.report.page.facts import ChartDate, Entry, Facts, Left
from top50.text import many

UNNAMED = "Unnamed song"

# How many climbers and fallers are named.
FEATURED = 5

# How many chart dates back the number ones go.
THRONE = 52

# Ages in days, from the release to the chart: up to which, and in words.
_AGES = (
    (28, "under 4 weeks"),
    (91, "1 to 3 months"),
    (182, "3 to 6 months"),
    (365, "6 to 12 months"),
    (730, "1 to 2 years"),
    (1826, "2 to 5 years"),
    (3652, "5 to 10 years"),
)
_OLDEST = "over 10 years"


def title(chart: str) -> str:
    """Return a chart's name for people."""
    daily = ", daily" if unit(chart) == "day" else ""
    return f"Top Songs {region(chart)}{daily}" if chart in CHARTS else chart


def region(chart: str) -> str:
    """Return the region of a chart for people; `Global` for the world."""
    if chart not in CHARTS:
        return chart
    return "Global" if CHARTS[chart].region.code == "global" else CHARTS[chart].region.name


def unit(chart: str) -> str:
    """Return the time between two dates of a chart: `week` or `day`."""
    return "day" if chart in CHARTS and CHARTS[chart].days == 1 else "week"


def long_date(day: date) -> str:
    """Return `19 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def movement(entry: Entry) -> str:
    """Return `▲ 3`, `▼ 2`, `=`, `new`, `back`, or `` when it is unknown."""
    sign = {"up": "▲", "down": "▼"}.get(entry.status)
    if sign:
        return f"{sign} {abs(entry.rank_change or 0)}"
    return {"same": "=", "new": "new", "returned": "back"}.get(entry.status, "")


def spoken_movement(entry: Entry) -> str:
    """Return the movement in words, for screen readers."""
    if entry.status in ("up", "down"):
        return f"{entry.status} {abs(entry.rank_change or 0)}, from {entry.previous_rank}"
    words = {"same": "unchanged", "new": "new on the chart", "returned": "back on the chart"}
    return words.get(entry.status, "movement unknown")


def plays(count: int | None) -> str:
    """Return a number of plays: `1.01 billion`, `46.0 million`, `9,950`; `` for an unknown one."""
    if count is None:
        return ""
    for size, name, digits in ((1_000_000_000, "billion", 2), (1_000_000, "million", 1)):
        if abs(count) >= size:
            return f"{count / size:.{digits}f} {name}"
    return f"{count:,}"


def percent(now: int | None, before: int | None) -> str:
    """Return the change as `+2.8 %`; `` where it is unknown."""
    return f"{100 * (now - before) / before:+.1f} %".replace("-", "−") if now is not None and before else ""


def peak(facts: Facts, song: Entry) -> str:
    """Return the best rank; `` where one chart is all that is known of the song."""
    return str(song.peak_rank) if song.reported_peak_rank or facts.known_dates > 1 else ""


def time_on_chart(facts: Facts, song: Entry) -> str:
    """Return `12 weeks`; `` where one chart is all that is known of the song."""
    is_known = song.reported_weeks_on_chart or facts.known_dates > 1
    return many(song.weeks_on_chart, unit(facts.chart)) if is_known else ""


def in_short(facts: Facts, song: Entry) -> str:
    """Return plays, peak and weeks on one line, for a phone: `46.0 million plays · peak 1 · 12 weeks`."""
    best = peak(facts, song)
    parts = [
        f"{plays(song.streams)} plays" if song.streams is not None else "",
        f"peak {best}" if best else "",
    ]
    return " · ".join(filter(None, [*parts, time_on_chart(facts, song)]))


def counted_by(facts: Facts) -> str:
    """Return whose count movement, peak and weeks are, in sentences."""
    span = unit(facts.chart)
    number = f"all {span}s" if facts.is_cut else f"the {many(facts.known_dates, span)}"
    ours = f"counted over {number} in the lake"
    theirs = "Spotify’s own, from its chart of 200"
    both = f"{theirs}; where it gives none, they are {ours}"
    whose: dict[str, list[str]] = {theirs: [], both: [], ours: []}
    for what, column in (
        ("movement", "reported_previous_rank"),
        ("peak", "reported_peak_rank"),
        (f"{span}s", "reported_weeks_on_chart"),
    ):
        given = {getattr(entry, column) is not None for entry in facts.entries}
        if True in given or facts.known_dates > 1:
            whose[both if len(given) == 2 else theirs if True in given else ours].append(what)
    return " ".join(
        f"{_listed(names).capitalize()} {'is' if names in (['movement'], ['peak']) else 'are'} {count}."
        for count, names in whose.items()
        if names
    )


def _listed(names: list[str]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def number_ones(facts: Facts) -> list[tuple[str, str, int]]:
    """Return who was number one on the last THRONE dates: name, first date, how many dates in a row.

    Returns [] where one chart is all that is known.
    """
    runs = []
    for key, group in groupby(facts.dates[-THRONE:], key=lambda day: day.number_one):
        days = list(group)
        if key is not None:
            runs.append((facts.names.get(key) or UNNAMED, long_date(days[0].chart_date), len(days)))
    return runs if sum(count for _, _, count in runs) > 1 else []


def residents(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that have been on the chart longest, longest first.

    Where only the lake counts, without those that have been there since its first chart, or longer.
    """
    stayed = [
        entry
        for entry in facts.entries
        if entry.weeks_on_chart > 1
        and (entry.reported_weeks_on_chart or facts.is_cut or entry.weeks_on_chart < facts.known_dates)
    ]
    return sorted(stayed, key=lambda entry: -entry.weeks_on_chart)[:FEATURED]


def plays_over_time(facts: Facts) -> str:
    """Return the plays of the first fifty in a sentence: the most, the fewest, now, and the share of ten."""
    parts = _most_and_fewest([(day, day.streams) for day in facts.dates[-THRONE:]], plays)
    newest = facts.newest
    if newest.streams and newest.top_ten:
        share = f"{100 * newest.top_ten / newest.streams:.0f} %"
        parts.append(f"now {plays(newest.streams)}, of which the first ten have {share}")
    return f"{'; '.join(parts)}."


def new_over_time(facts: Facts) -> str:
    """Return the new songs by date in a sentence: the most, the fewest, now."""
    parts = _most_and_fewest([(day, day.new) for day in facts.dates[-THRONE:]], str)
    parts += [f"now {facts.newest.new}"] if facts.newest.new is not None else []
    is_ours = not any(entry.by_spotify for entry in facts.entries)
    return f"{'; '.join(parts)}.{' New means never before in the lake.' if is_ours else ''}"


def _most_and_fewest(figures: list[tuple[ChartDate, int | None]], show: Callable[[int], str]) -> list[str]:
    known = [(day.chart_date, figure) for day, figure in figures if figure is not None]
    most, fewest = max(known, key=itemgetter(1)), min(known, key=itemgetter(1))
    return [
        f"Most on {long_date(most[0])}: {show(most[1])}",
        f"fewest on {long_date(fewest[0])}: {show(fewest[1])}",
    ]


def gaps(dates: list[ChartDate], span: str) -> list[str]:
    """Return the missing dates, those in a row as a range: `17 June 2021 to 22 December 2022, 80 weeks`."""
    found = []
    for is_missing, group in groupby(dates, key=lambda day: day.missing):
        days = [long_date(day.chart_date) for day in group]
        if is_missing:
            found.append(f"{days[0]} to {days[-1]}, {many(len(days), span)}" if len(days) > 1 else days[0])
    return found


def missing_parts(facts: Facts) -> str:
    """Return what the page has no section of, and what would bring it; `` when nothing lacks."""
    lacks = []
    if not any(entry.release_date for entry in facts.entries):
        lacks.append("Albums, covers and release dates come with a Spotify app (make doctor).")
    if not facts.newest.streams:
        lacks.append("Plays come with the official CSV of charts.spotify.com.")
    if not facts.before:
        lacks.append(
            f"To show who left and how plays changed, it needs the chart of the {unit(facts.chart)} before."
        )
    return " ".join(lacks)


def counts(facts: Facts) -> list[tuple[str, int]]:
    """Return how many songs came, moved and left; [] where movements are unknown."""
    words = {"new": "new", "returned": "back", "up": "up", "down": "down", "same": "unchanged"}
    found = [(word, sum(e.status == status for e in facts.entries)) for status, word in words.items()]
    if not facts.all_compared:  # what is not told of may be new
        found = [(word, count) for word, count in found if count]
    left = [("left", len(facts.left))] if facts.before else []
    return [*found, *left] if facts.compared else []


def climbers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that climbed most, most first."""
    climbed = [entry for entry in facts.entries if entry.status == "up"]
    return sorted(climbed, key=lambda entry: -(entry.rank_change or 0))[:FEATURED]


def fallers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that fell most, most first."""
    fell = [entry for entry in facts.entries if entry.status == "down"]
    return sorted(fell, key=lambda entry: entry.rank_change or 0)[:FEATURED]


def gainers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that gained most plays since the chart before, most first."""
    gained = [entry for entry in facts.entries if (entry.gain or 0) > 0]
    return sorted(gained, key=lambda entry: -(entry.gain or 0))[:FEATURED]


def losers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that lost most plays since the chart before, most first."""
    lost = [entry for entry in facts.entries if (entry.gain or 0) < 0]
    return sorted(lost, key=lambda entry: entry.gain or 0)[:FEATURED]


def newcomers(facts: Facts) -> list[Entry]:
    """Return the songs that are new or back, by rank."""
    return [entry for entry in facts.entries if entry.status in ("new", "returned")]


def ages(facts: Facts) -> tuple[list[tuple[str, int]], int]:
    """Return the number of songs of each age, youngest first, and of those without a release date."""
    days = [
        max(0, (facts.newest.chart_date - entry.release_date).days)
        for entry in facts.entries
        if entry.release_date
    ]
    limits = [limit for limit, _ in _AGES]
    groups = [sum(limit <= age for limit in limits) for age in days]
    names = [name for _, name in _AGES] + [_OLDEST]
    return [(name, groups.count(number)) for number, name in enumerate(names)], len(facts.entries) - len(days)


def elsewhere(facts: Facts, song: Entry | Left) -> list[tuple[str, int]]:
    """Return the other regions on whose charts of this date a song is, and its rank there, the best first."""
    period = facts.chart.rpartition("-")[2]
    found = facts.elsewhere.get(song.song_key, {})
    return [(region(f"{code}-{period}"), rank) for code, rank in found.items()]


def song_facts(facts: Facts, song: Entry | Left) -> list[tuple[str, str]]:
    """Return what the lake has about one song, as pairs of name and value."""
    span = unit(facts.chart)
    if isinstance(song, Left):
        ranks = [("Last rank", str(song.last_rank)), ("Peak", str(song.peak_rank))]
        return [*ranks, ("On the chart", many(song.weeks_on_chart, span))]
    pairs = [
        ("Rank", str(song.rank)),
        ("Previous rank", str(song.previous_rank or "")),
        (
            "Peak",
            peak(facts, song)
            and peak(facts, song) + (f" ({long_date(song.peak_date)})" if song.peak_date else ""),
        ),
        ("On the chart", time_on_chart(facts, song)),
        ("In a row, in the lake", many(song.streak_weeks, span) if song.streak_weeks > 1 else ""),
        ("Plays", f"{song.streams:,}" if song.streams is not None else ""),
        (f"Plays, change in a {span}", percent(song.streams, song.streams_before)),
        ("Label", song.label or ""),
        ("Album", song.album_name or ""),
        ("Released", long_date(song.release_date) if song.release_date else ""),
    ]
    return [(name, value) for name, value in pairs if value]
