"""What is `catalog.duckdb` made from? A note beside the lake's lock: only what changed is made again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version

import msgspec

from top50.lake import Item
from top50.lake.directory import OWN, DirectoryLake

NOTE = f"{OWN}/catalog.json"


class _Note(msgspec.Struct):
    """catalog: a digest of its bytes. release: of the SQL that makes it. files: as in LastMade."""

    catalog: str
    release: str
    files: dict[str, tuple[str, int]]


@dataclass(frozen=True)
class LastMade:
    """A catalog as a run left it.

    files: key → version and rows of each of the tables' files that it was made from.
    """

    content: bytes
    files: Mapping[str, tuple[str, int]]

    def unchanged(self, files: Iterable[Item]) -> dict[str, int]:
        """Return key → rows of the files that are as they were then."""
        then = [(file.key, *self.files.get(file.key, ("", 0)), file.version) for file in files]
        return {key: rows for key, version, rows, now in then if version == now}


def last_made(lake: DirectoryLake, key: str, release_sql: str) -> LastMade | None:
    """Return the catalog that this release left; None for another one, such as one that somebody changed."""
    noted, catalog = lake.read(NOTE), lake.read(key)
    if noted is None or catalog is None:
        return None
    try:
        note = msgspec.json.decode(noted.content, type=_Note)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if (note.catalog, note.release) != (_digest(catalog.content), _release(release_sql)):
        return None
    return LastMade(catalog.content, note.files)


def note_down(lake: DirectoryLake, made: LastMade, release_sql: str) -> None:
    """Note what a catalog was made from."""
    note = _Note(_digest(made.content), _release(release_sql), dict(made.files))
    lake.write(NOTE, msgspec.json.encode(note))


def _release(sql: str) -> str:
    # Another DuckDB may write another format.
    return _digest(f"{version('duckdb')} {sql}".encode())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
