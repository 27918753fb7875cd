"""Whose songs are on the newest chart: its artists and its labels, by how many songs they have."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from top50.report.page.facts import Credit, Entry

_BETWEEN = ", "


def credited(
    entries: Iterable[Entry], known: Mapping[str, list[str]], with_comma: Collection[str]
) -> list[Credit]:
    """Return the artists of a chart, every one named on a song in full, the most songs first.

    known: song_id → the names of its artists, where the lake has them; else they are taken from the text of
    the song. with_comma: names that hold a comma, which are not split: `Tyler, The Creator`.
    """
    return _counted(
        (name, entry)
        for entry in entries
        for name in known.get(entry.song_id) or names_in(entry.artist_names or "", with_comma)
    )


def labels_of(entries: Iterable[Entry]) -> list[Credit]:
    """Return the labels of a chart as the source writes them, the most songs first."""
    return _counted((entry.label, entry) for entry in entries if entry.label)


def names_in(text: str, with_comma: Collection[str]) -> list[str]:
    """Return the names that a text joins by commas; the longest known name that has one is taken whole."""
    names, parts = [], [part for part in text.split(_BETWEEN) if part]
    while parts:
        length = next(
            (count for count in range(len(parts), 1, -1) if _BETWEEN.join(parts[:count]) in with_comma), 1
        )
        names.append(_BETWEEN.join(parts[:length]))
        parts = parts[length:]
    return names


def _counted(found: Iterable[tuple[str, Entry]]) -> list[Credit]:
    songs: dict[str, list[Entry]] = {}
    for name, entry in found:
        songs.setdefault(name, []).append(entry)
    credits = [
        Credit(name, len(theirs), min(song.rank for song in theirs), _plays_of(theirs))
        for name, theirs in songs.items()
    ]
    return sorted(credits, key=lambda credit: (-credit.songs, credit.best_rank, credit.name))


def _plays_of(songs: Sequence[Entry]) -> int | None:
    streams = [song.streams for song in songs if song.streams is not None]
    return sum(streams) if len(streams) == len(songs) else None
