"""Invented record labels, which the official charts call the source of a song."""

from zlib import crc32

from top50.simulator.names import FIRST_WORDS, SECOND_WORDS
from top50.simulator.songs import Song

LABELS = 90
LABEL_STYLES = (
    "{first} {second} Records",
    "{second} Music",
    "{first} {second}, LLC",
    "{first} Records / {second}",
    "Discos {second}",
    "{second} – {first}",
    "{first} Recordings Ltd.",
)


def label_of(song: Song) -> str:
    """The label of a song, the same for all songs whose first artist is the same."""
    number = crc32(song.artists[0].artist_id.encode()) % LABELS
    words = {"first": FIRST_WORDS[number % len(FIRST_WORDS)], "second": SECOND_WORDS[-1 - number // 2]}
    return LABEL_STYLES[number % len(LABEL_STYLES)].format(**words)
