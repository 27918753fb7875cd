"""Checks that table files are intact and complete, before anything is made from them or written to them."""

from collections.abc import Collection, Iterable

from top50.errors import LakeConflict, LakeError
from top50.lake.base import Lake
from top50.parallel import in_threads
from top50.tables.archive import Archive
from top50.tables.files import TRANSFORMED, File, chart_file, find_file
from top50.tables.integrity import broken_key
from top50.tables.parquet import REBUILD, check_form, row_count
from top50.tables.schemas import CHART_ENTRIES, Invalid

_ENTRIES = f"{TRANSFORMED}{CHART_ENTRIES.name}/"


class Losses:
    """Finds a lost table file before a new one would hide the loss. The archive is listed once, if at all."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._archive = Archive(lake)
        self._has_entries = False

    def check_new(self, file: File) -> None:
        """Raise LakeError if the archive has charts for a file that is about to be created."""
        if file.table is CHART_ENTRIES:
            charts = [file.partitions[name] for name in CHART_ENTRIES.partitions]
            if self._archive.chart(*charts) and self._lake.version(file.key) is None:
                raise _lost(self._lake, file.key)
        # The second look is for a run beside ours that wrote the first entries meanwhile.
        if not self._has_some() and self._archive.chart() and not self._has_some():
            raise _lost(self._lake, _ENTRIES)

    def _has_some(self) -> bool:
        self._has_entries = self._has_entries or any(
            find_file(item.key) for item in self._lake.list(_ENTRIES)
        )
        return self._has_entries

    def check_all(self, keys: Collection[str]) -> None:
        """Raise LakeError when the archive has a chart of a year whose file is not among these table keys.

        A raw object is read only where its key suggests that a file is missing.
        """
        for chart, year in self._archive.years:
            file = find_file(chart_file(chart, int(year)).key)  # None: this release does not know the chart
            if file and file.key not in keys:
                self.check_new(file)
        if not any(key.startswith(_ENTRIES) for key in keys) and self._archive.chart():
            raise _lost(self._lake, _ENTRIES)


def _lost(lake: Lake, key: str) -> LakeError:
    return LakeError(
        f"{lake.address}/{key} is missing, although raw_data/processed/ has charts that were in it", REBUILD
    )


def check_files(lake: Lake, files: Iterable[File]) -> dict[str, int]:
    """Return key → row count of intact table files; raises LakeError for a damaged or missing one.

    A file without our digest is decoded, and checked as we check rows before we write them.
    """
    asked = list(files)
    rows = in_threads(lambda file: _check_file(lake, file), asked)
    return {file.key: count for file, count in zip(asked, rows, strict=True)}


def _check_file(lake: Lake, file: File) -> int:
    stored = file.stored(lake)
    if stored is None:
        raise LakeConflict(f"{lake.address}/{file.key} was moved by somebody else meanwhile", "Run it again.")
    rows = row_count(stored.content)
    if check_form(file.table, stored.content, file.key) and rows:
        return rows
    decoded = file.decode(stored.content)
    wrong = broken_key(file.table, decoded)
    try:
        file.table.refuse_invalid(decoded.select(list(file.table.types)))
    except Invalid as error:
        wrong = wrong or f"rows break the contract: {error}"
    if wrong:
        raise LakeError(f"{file.key} was written by another tool: {wrong}", REBUILD)
    return decoded.height


def check_against_archive(lake: Lake, keys: Collection[str]) -> None:
    """Raise LakeError when the archive has a chart of a year whose file is not among these table keys."""
    Losses(lake).check_all(keys)
