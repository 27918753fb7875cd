"""How the page and the digest say things."""

from collections.abc import Callable, Iterable
from datetime import date

from top50.charts import CHARTS
from top50.report.page.facts import Entry, Facts, Left

UNNAMED = "Unnamed song"
FEATURED = 5
"""How many climbers and fallers are named."""

_TITLES = {"global-weekly": "Top Songs Global", "global-daily": "Top Songs Global, daily"}
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
    return _TITLES.get(chart, chart)


def unit(chart: str) -> str:
    """Return what lies between two dates of a chart: `week` or `day`."""
    return "day" if chart in CHARTS and CHARTS[chart].days == 1 else "week"


def long_date(day: date) -> str:
    """Return `19 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def many(count: int, noun: str, plural: str = "") -> str:
    """Return `1 song`, `2,000 songs`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def movement(entry: Entry) -> str:
    """Return `▲ 3`, `▼ 2`, `=`, `new`, `back`, or `` when it is not known."""
    sign = {"up": "▲", "down": "▼"}.get(entry.status)
    if sign:
        return f"{sign} {abs(entry.rank_change or 0)}"
    return {"same": "=", "new": "new", "returned": "back"}.get(entry.status, "")


def spoken_movement(entry: Entry) -> str:
    """Return the movement in words, for those who hear the page."""
    told = {"same": "unchanged", "new": "new on the chart", "returned": "back on the chart"}
    if entry.status in ("up", "down"):
        return f"{entry.status} {abs(entry.rank_change or 0)}, from {entry.previous_rank}"
    return told.get(entry.status, "movement unknown")


def reported(ours: int | None, theirs: int | None) -> str:
    """Return what the official chart says where it differs from what the lake knows; else ``."""
    return str(theirs) if theirs is not None and theirs > 0 and theirs != ours else ""


def counts(facts: Facts) -> list[tuple[str, int]]:
    """Return how many songs came, moved and left."""
    words = {"new": "new", "returned": "back", "up": "up", "down": "down", "same": "unchanged"}
    told = [(word, sum(e.status == status for e in facts.entries)) for status, word in words.items()]
    return [*told, ("left", len(facts.left))] if facts.compared else []


def climbers(facts: Facts) -> list[Entry]:
    """Return who climbed most, most first."""
    return _most((e for e in facts.entries if e.status == "up"), lambda e: -(e.rank_change or 0))


def fallers(facts: Facts) -> list[Entry]:
    """Return who fell most, most first."""
    return _most((e for e in facts.entries if e.status == "down"), lambda e: e.rank_change or 0)


def newcomers(facts: Facts) -> list[Entry]:
    """Return who is new or back, by rank."""
    return [entry for entry in facts.entries if entry.status in ("new", "returned")]


def ages(facts: Facts) -> tuple[list[tuple[str, int]], int]:
    """Return how many songs are how old, youngest first, and how many have no release date."""
    days = [
        max(0, (facts.newest.chart_date - entry.release_date).days)
        for entry in facts.entries
        if entry.release_date
    ]
    limits = [limit for limit, _ in _AGES]
    groups = [sum(limit <= age for limit in limits) for age in days]
    names = [name for _, name in _AGES] + [_OLDEST]
    return [(name, groups.count(number)) for number, name in enumerate(names)], len(facts.entries) - len(days)


def _most(entries: Iterable[Entry], by: Callable[[Entry], int]) -> list[Entry]:
    return sorted(entries, key=by)[:FEATURED]


def song_facts(chart: str, song: Entry | Left) -> list[tuple[str, str]]:
    """Return what is known of one song, as pairs of name and value."""
    span = unit(chart)
    if isinstance(song, Left):
        told = [("Last rank", str(song.last_rank)), ("Peak", str(song.peak_rank))]
        return [*told, ("On the chart", many(song.weeks_on_chart, span))]
    known = [
        ("Rank", str(song.rank)),
        ("Before", str(song.previous_rank or "")),
        ("Peak", f"{song.peak_rank} ({long_date(song.peak_date)})"),
        ("On the chart", many(song.weeks_on_chart, span)),
        ("Without a break", many(song.streak_weeks, span)),
        ("Streams", f"{song.streams:,}" if song.streams is not None else ""),
        ("Album", song.album_name or ""),
        ("Released", long_date(song.release_date) if song.release_date else ""),
        ("Before, says Spotify", reported(song.previous_rank, song.reported_previous_rank)),
        ("Peak, says Spotify", reported(song.peak_rank, song.reported_peak_rank)),
        (f"{span.title()}s, says Spotify", reported(song.weeks_on_chart, song.reported_weeks_on_chart)),
    ]
    return [(name, value) for name, value in known if value]
