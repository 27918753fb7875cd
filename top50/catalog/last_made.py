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
    """catalog: a digest of its bytes. release: of the SQL that makes it. files: key of a file → version."""

    catalog: str
    release: str
    files: dict[str, str]


@dataclass(frozen=True)
class LastMade:
    """A catalog as a run left it: its bytes, and the files of the tables that it was made from."""

    content: bytes
    files: Mapping[str, str]


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


def note_down(lake: DirectoryLake, content: bytes, files: Iterable[Item], release_sql: str) -> None:
    """Note what a catalog was made from. content: the catalog's bytes. files: the tables' files."""
    note = _Note(_digest(content), _release(release_sql), {file.key: file.version for file in files})
    lake.write(NOTE, msgspec.json.encode(note))


def _release(sql: str) -> str:
    # Another DuckDB may write another format.
    return _digest(f"{version('duckdb')} {sql}".encode())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
