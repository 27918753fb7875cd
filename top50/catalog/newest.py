"""What shows the tables shows their newest state, whoever else publishes at the same time."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from top50.errors import CatalogError, LakeError
from top50.lake import Item, Lake
from top50.tables.files import TRANSFORMED, Published, find_file

_ATTEMPTS = 25

_Shown = TypeVar("_Shown")


def show_newest(
    lake: Lake,
    show: Callable[[list[Item]], _Shown],
    made_from: str | None = None,
    listed: list[Item] | None = None,
) -> _Shown:
    """Do what reads the tables and writes what shows them, once more whenever they have changed meanwhile.

    Else the slower of two runs would put what it made of an older state over what the other one made.
    `show` is given the files of the tables. `made_from`: the key of an object that it reads besides.
    `listed`: what lies among the tables, if it has just been listed. Returns what `show` returned last;
    what it raises counts only if the tables are still the same.
    """
    before = _state(lake, made_from) if listed is None else (_of_tables(listed), None)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            shown = show(before[0])
            after = _state(lake, made_from)
        except (LakeError, CatalogError):
            after = _state(lake, made_from)
            if after == before or attempt == _ATTEMPTS:
                raise
        if after == before:
            break
        before = after
    return shown


def _state(lake: Lake, made_from: str | None) -> tuple[list[Item], str | None]:
    return _of_tables(lake.list(TRANSFORMED)), made_from and lake.version(made_from)


def _of_tables(listed: Iterable[Item]) -> list[Item]:
    return sorted(item for item in listed if find_file(item.key))


def still_there(published: Iterable[Published], files: Iterable[Item]) -> dict[str, bytes]:
    """Return key → content of what was published and is what the lake has, as far as its listing says."""
    versions = {file.key: file.version for file in files}
    return {file.key: file.content for file in published if versions.get(file.key) == file.version}
