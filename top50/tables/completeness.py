"""Whether the tables are whole, as files and archive say it, before anything is made of them or in them."""

from collections.abc import Collection, Iterable

from top50.errors import LakeConflict, LakeError
from top50.lake.base import Lake
from top50.lake.together import side_by_side
from top50.tables import CHART_ENTRIES, Invalid
from top50.tables.archive import archived_chart, years_in_archive
from top50.tables.files import TRANSFORMED, File, chart_file, find_file
from top50.tables.integrity import broken_key
from top50.tables.parquet import REBUILD, check_form, row_count

_ENTRIES = f"{TRANSFORMED}{CHART_ENTRIES.name}/"


def refuse_lost(lake: Lake, file: File) -> None:
    """Raise LakeError rather than begin a file for which the archive holds charts: it was there before."""
    of = [file.partitions[name] for name in CHART_ENTRIES.partitions] if file.table is CHART_ENTRIES else []
    if of and archived_chart(lake, *of) and lake.version(file.key) is None:
        raise _lost(lake, file.key)
    if (
        not _has_entries(lake) and archived_chart(lake) and not _has_entries(lake)
    ):  # nor from a run beside ours
        raise _lost(lake, _ENTRIES)


def _has_entries(lake: Lake) -> bool:
    return any(find_file(item.key) for item in lake.list(_ENTRIES))


def _lost(lake: Lake, key: str) -> LakeError:
    return LakeError(
        f"{lake.address}/{key} is not there, and raw_data/processed/ holds charts that were in it", REBUILD
    )


def check_files(lake: Lake, files: Iterable[File]) -> dict[str, int]:
    """Return key → rows of table files that are as they were written; raises LakeError for any other.

    What does not say itself that it is as we wrote it is decoded and checked as it was before its writing.
    """
    asked = list(files)
    rows = side_by_side(lambda file: _check_file(lake, file), asked)
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
        wrong = wrong or f"rows are against the contract: {error}"
    if wrong:
        raise LakeError(f"{file.key} was written by another tool: {wrong}", REBUILD)
    return decoded.height


def check_against_archive(lake: Lake, there: Collection[str]) -> None:
    """Raise LakeError when a chart's year is in the archive, and its file is not among the keys there.

    The archive is listed; a raw object is read only where its key says that a file is missing.
    """
    for chart, year in sorted(years_in_archive(lake)):
        file = find_file(chart_file(chart, int(year)).key)  # None: a chart that this release does not know
        if file and file.key not in there:
            refuse_lost(lake, file)
    if not any(key.startswith(_ENTRIES) for key in there) and archived_chart(lake):
        raise _lost(lake, _ENTRIES)
