"""What is made from the tables is made from their newest state, while other runs publish."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from top50.errors import CatalogError, LakeError
from top50.lake import Item, Lake
from top50.tables.files import TRANSFORMED, Published, find_file

_ATTEMPTS = 25

_Result = TypeVar("_Result")


def repeat_until_newest(
    lake: Lake,
    make: Callable[[list[Item]], _Result],
    made_from: str | None = None,
    listed: list[Item] | None = None,
) -> _Result:
    """Call `make` with the tables' files, again whenever they have changed meanwhile; return its last result.

    Else the slower of two runs would replace what the other made of newer tables. made_from: the key of
    another object that `make` reads. listed: a fresh listing of the tables. Raises what `make` raises, if
    the tables are still the same, and LakeError.
    """
    before = _state(lake, made_from) if listed is None else (_table_files(listed), None)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            result = make(before[0])
            after = _state(lake, made_from)
        except (LakeError, CatalogError):
            after = _state(lake, made_from)
            if after == before or attempt == _ATTEMPTS:
                raise
        if after == before:
            break
        before = after
    return result


def _state(lake: Lake, made_from: str | None) -> tuple[list[Item], str | None]:
    return _table_files(lake.list(TRANSFORMED)), made_from and lake.version(made_from)


def _table_files(listed: Iterable[Item]) -> list[Item]:
    return sorted(item for item in listed if find_file(item.key))


def unchanged_contents(published: Iterable[Published], files: Iterable[Item]) -> dict[str, bytes]:
    """Return key → content of the published files that are still the ones in a listing of the lake."""
    versions = {file.key: file.version for file in files}
    return {file.key: file.content for file in published if versions.get(file.key) == file.version}
