"""The chart in Markdown, to mail or post: the same facts as the page."""

from collections.abc import Iterable

from top50.report.markdown import escaped
from top50.report.page import words
from top50.report.page.facts import Artist, Entry, Facts, Left

_TOP = 10
_LISTED = 20
"""How many newcomers and leavers are listed before the rest is only counted."""


def digest_markdown(facts: Facts, link: str | None = None) -> str:
    """Return the newest chart in Markdown, ending in a newline; `link` is where the page can be seen."""
    day = words.long_date(facts.newest.chart_date)
    parts = [f"# {escaped(words.title(facts.chart))}, {day}", _summary(facts)]
    parts += _section(f"Top {_TOP}", _top(facts.entries[:_TOP]), ordered=True)
    parts += _moves(facts) if facts.compared else []
    parts += _section("Artists with the most entries", [_artist(artist) for artist in facts.artists[:_TOP]])
    parts += [f"[The whole chart]({_target(link)})"] if link else []
    return "\n\n".join([*parts, "Data from [Spotify](https://open.spotify.com/)."]) + "\n"


def _summary(facts: Facts) -> str:
    if not facts.compared:
        return "No chart before this one in the lake: nobody knows who moved."
    return ", ".join(f"{count} {word}" for word, count in words.counts(facts) if count) + "."


def _top(entries: list[Entry]) -> list[str]:
    moves = [words.movement(entry) for entry in entries]
    return [
        f"{entry.rank}\\. {_song(entry)}" + (f" ({move})" if move else "")
        for entry, move in zip(entries, moves, strict=True)
    ]


def _moves(facts: Facts) -> list[str]:
    return [
        *_section("Climbers", [_moved(entry) for entry in words.climbers(facts)], "Nobody climbed."),
        *_section("Fallers", [_moved(entry) for entry in words.fallers(facts)], "Nobody fell."),
        *_section("New", [_came(entry) for entry in words.newcomers(facts)], "Nobody is new."),
        *_section("Left", [_left(song) for song in facts.left], "Nobody left."),
    ]


def _section(heading: str, lines: list[str], empty: str = "None.", ordered: bool = False) -> list[str]:
    more = [] if ordered or len(lines) <= _LISTED else [f"and {len(lines) - _LISTED} more"]
    listed = lines if ordered else lines[:_LISTED]
    return [f"## {heading}", "\n".join(f"- {line}" for line in [*listed, *more]) or empty]


def _moved(entry: Entry) -> str:
    return f"{_song(entry)}: {entry.previous_rank} → {entry.rank} ({words.movement(entry)})"


def _came(entry: Entry) -> str:
    return f"{_song(entry)}: {'back ' if entry.status == 'returned' else ''}at {entry.rank}"


def _left(song: Left) -> str:
    return f"{_song(song)}: was {song.last_rank}, peak {song.peak_rank}"


def _artist(artist: Artist) -> str:
    entries = words.many(artist.entries, "entry", "entries")
    songs = words.many(artist.songs, "song")
    return f"{escaped(artist.artist_name)}: {entries} with {songs}, best {artist.best_rank}"


def _song(song: Entry | Left) -> str:
    names: Iterable[str | None] = (song.song_name or words.UNNAMED, song.artist_names)
    return " – ".join(escaped(name) for name in names if name)


def _target(link: str) -> str:
    """Return an address as a Markdown link's target, whatever is in it."""
    quoted = {" ": "%20", "<": "%3C", ">": "%3E", "(": "%28", ")": "%29", "\\": "%5C", "\n": ""}
    return "".join(quoted.get(character, character) for character in link)
