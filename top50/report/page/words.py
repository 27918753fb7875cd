"""The words of the page and the digest: titles, dates, movements, and the songs that they list."""

from datetime import date

from top50.charts import CHARTS
from top50.report.page.facts import Entry, Facts, Left
from top50.text import many

UNNAMED = "Unnamed song"

# How many climbers and fallers are named.
FEATURED = 5

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


def reported(ours: int | None, theirs: int | None) -> str:
    """Return the figure that Spotify reports, where it differs from the lake's; else ``."""
    return str(theirs) if theirs is not None and theirs > 0 and theirs != ours else ""


def counts(facts: Facts) -> list[tuple[str, int]]:
    """Return how many songs came, moved and left; [] without a chart before."""
    words = {"new": "new", "returned": "back", "up": "up", "down": "down", "same": "unchanged"}
    found = [(word, sum(e.status == status for e in facts.entries)) for status, word in words.items()]
    return [*found, ("left", len(facts.left))] if facts.compared else []


def climbers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that climbed most, most first."""
    climbed = [entry for entry in facts.entries if entry.status == "up"]
    return sorted(climbed, key=lambda entry: -(entry.rank_change or 0))[:FEATURED]


def fallers(facts: Facts) -> list[Entry]:
    """Return the FEATURED songs that fell most, most first."""
    fell = [entry for entry in facts.entries if entry.status == "down"]
    return sorted(fell, key=lambda entry: entry.rank_change or 0)[:FEATURED]


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


def song_facts(chart: str, song: Entry | Left) -> list[tuple[str, str]]:
    """Return what the lake has about one song, as pairs of name and value."""
    span = unit(chart)
    if isinstance(song, Left):
        ranks = [("Last rank", str(song.last_rank)), ("Peak", str(song.peak_rank))]
        return [*ranks, ("On the chart", many(song.weeks_on_chart, span))]
    pairs = [
        ("Rank", str(song.rank)),
        ("Previous rank", str(song.previous_rank or "")),
        ("Peak", f"{song.peak_rank} ({long_date(song.peak_date)})"),
        ("On the chart", many(song.weeks_on_chart, span)),
        ("In a row", many(song.streak_weeks, span)),
        ("Streams", f"{song.streams:,}" if song.streams is not None else ""),
        ("Album", song.album_name or ""),
        ("Released", long_date(song.release_date) if song.release_date else ""),
        ("Previous rank (Spotify)", reported(song.previous_rank, song.reported_previous_rank)),
        ("Peak (Spotify)", reported(song.peak_rank, song.reported_peak_rank)),
        (f"{span.title()}s (Spotify)", reported(song.weeks_on_chart, song.reported_weeks_on_chart)),
    ]
    return [(name, value) for name, value in pairs if value]
