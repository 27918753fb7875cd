"""The chart in Markdown, to mail or post: the same facts as the page."""

from top50.report.page import headline, words
from top50.report.page.facts import Entry, Facts, Left
from top50.text import escape_markdown, many

_TOP = 10

# How many newcomers and leavers are listed before the rest is only counted.
_LISTED = 20


def digest_markdown(facts: Facts, link: str | None = None) -> str:
    """Return the newest chart in Markdown, ending in a newline. link: address of its page."""
    day = words.long_date(facts.newest.chart_date)
    counts = ", ".join(f"{count} {word}" for word, count in words.counts(facts) if count)
    summary = [" ".join(headline.sentences(facts, escape_markdown)), f"{counts}." if counts else ""]
    top = [
        f"- {entry.rank}\\. {_song(entry)}" + (f" ({move})" if (move := words.movement(entry)) else "")
        for entry in facts.entries[:_TOP]
    ]
    parts = [
        f"# {escape_markdown(words.title(facts.chart))}, {day}",
        *filter(None, summary),
        f"## Top {_TOP}",
        "\n".join(top),
    ]
    if facts.compared:
        parts += _section("Climbers", [_moved(entry) for entry in words.climbers(facts)])
        parts += _section("Fallers", [_moved(entry) for entry in words.fallers(facts)])
        new = [
            f"{_song(entry)}: {'back ' if entry.status == 'returned' else ''}at {entry.rank}"
            for entry in words.newcomers(facts)
        ]
        parts += _section("New", new)
    left = [f"{_song(song)}: was {song.last_rank}, peak {song.peak_rank}" for song in facts.left]
    parts += _section("Left", left)
    artists = [
        f"{escape_markdown(credit.name)}: {many(credit.songs, 'song')}, best {credit.best_rank}"
        for credit in facts.week_artists[:_TOP]
    ]
    parts += _section("Artists by songs", artists)
    missing = words.missing_parts(facts)
    parts += [missing] if missing else []
    parts += [f"[The whole chart]({_target(link)})"] if link else []
    origin = "Data from [Spotify](https://open.spotify.com/)."
    if facts.is_simulated:
        origin = "Invented by the bundled simulator: these songs do not exist."
    return "\n\n".join([*parts, origin]) + "\n"


def _section(heading: str, lines: list[str]) -> list[str]:
    """Return a heading and its list; nothing for an empty list."""
    if not lines:
        return []
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return [f"## {heading}", "\n".join(f"- {line}" for line in [*lines[:_LISTED], *more])]


def _moved(entry: Entry) -> str:
    return f"{_song(entry)}: {entry.previous_rank} → {entry.rank} ({words.movement(entry)})"


def _song(song: Entry | Left) -> str:
    names = (song.song_name or words.UNNAMED, song.artist_names)
    return " – ".join(escape_markdown(name) for name in names if name)


def _target(link: str) -> str:
    """Return an address as a Markdown link's target, whatever characters it has."""
    quoted = {" ": "%20", "<": "%3C", ">": "%3E", "(": "%28", ")": "%29", "\\": "%5C", "\n": ""}
    return "".join(quoted.get(character, character) for character in link)
