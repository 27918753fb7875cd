"""The keys of a lake: is each object where it belongs, and every raw object in one folder?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from top50.catalog.duckdb import CATALOG
from top50.catalog.last_made import NOTE
from top50.checks.finding import Problem
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.lake.directory import OWN
from top50.printed_commands import module_command
from top50.raw.backlog import is_clutter, is_left_alone
from top50.raw.keys import REASON
from top50.raw.quarantine import command
from top50.rebuild.replace import put_back_or_let_go
from top50.report.links import REPORTS
from top50.tables.files import TRANSFORMED, find_file, is_read_by_athena
from top50.tables.parquet import REBUILD
from top50.tables.schemas import TABLES
from top50.text import many

_RAW = (TO_PROCESSED, PROCESSED, QUARANTINE)
_FOLDERS = (*_RAW, REPORTS, *(f"{TRANSFORMED}{name}/" for name in TABLES))

# Athena's answers, unless its workgroup sets another place: top50/catalog/glue.
_ANSWERS = "athena_results/"

_MOVE_OUT = f"Move it out of {TRANSFORMED}."


@dataclass(frozen=True)
class Listing:
    """The keys of a lake, from one listing."""

    raw: dict[str, set[str]]  # folder → raw objects, relative to it, without file managers' own files
    reasons: set[str]  # objects in quarantine that have a reason: relative keys
    others: list[str]  # all other keys, sorted
    near: bool  # whether the lake is a directory

    @classmethod
    def of(cls, lake: Lake) -> "Listing":
        """List a lake; raises LakeError."""
        raw: dict[str, set[str]] = {folder: set() for folder in _RAW}
        reasons, others = set(), []
        for item in lake.list(""):
            folder = next((folder for folder in _RAW if item.key.startswith(folder)), "")
            key = item.key.removeprefix(folder)
            if not folder:
                others += [] if _is_folder_marker(item) else [key]
            elif folder == QUARANTINE and key.endswith(REASON):
                reasons.add(key.removesuffix(REASON))
            elif not _is_ignored(folder, item):
                raw[folder].add(key)
        return cls(raw, reasons, sorted(others), lake.near)

    def __str__(self) -> str:
        pending, processed, quarantined = (len(self.raw[folder]) for folder in _RAW)
        raws = f"{processed} processed, {pending} pending, {quarantined} in quarantine"
        return f"{many(len(self.table_files), 'table file')}; raw objects: {raws}"

    @property
    def table_files(self) -> list[str]:
        """The keys of the tables' files."""
        return [key for key in self.others if find_file(key)]

    def misplaced(self) -> Iterator[Problem]:
        """Yield the objects that belong nowhere, and what killed processes left behind."""
        for key in self.others:
            is_own = key in (CATALOG, NOTE, f"{OWN}/lock") if self.near else key.startswith(_ANSWERS)
            if key.startswith(TRANSFORMED):
                if not (find_file(key) or self.near) and is_read_by_athena(key):
                    yield Problem(f"{key} is not a file of a table, and Athena reads it", _MOVE_OUT)
            elif key.startswith(f"{REPORTS}.doctor-"):
                yield Problem(f"{key} was left by a doctor that was killed", "Delete it.")
            elif self.near and key.startswith(f"{OWN}/") and not is_own:
                yield Problem(f"{key} was left by a run that was killed", "Delete it when no run is active.")
            elif not (key.startswith(REPORTS) or is_clutter(key) or is_own):
                yield Problem(f"{key} is neither table, raw object nor report", "Move it away.")

    def strays(self) -> Iterator[Problem]:
        """Yield the objects among the table files that are not a table's, and that no reader reads."""
        for key in self.others:
            is_read = not self.near and is_read_by_athena(key)
            if key.startswith(TRANSFORMED) and not find_file(key) and not is_read:
                yield Problem(f"{key} is not a file of a table, and is not read", _MOVE_OUT)

    def missing(self, raw_keys: Mapping[str, str]) -> Iterator[Problem]:
        """Yield the raw objects of chart entries that are neither processed nor pending.

        raw_keys: raw key → the key of the file that holds its entries.
        """
        for key in sorted(set(raw_keys) - self.raw[PROCESSED] - self.raw[TO_PROCESSED]):
            if key in self.raw[QUARANTINE]:
                yield Problem(f"{key} is in quarantine, but its chart entries are in the tables", REBUILD)
            else:
                what = f"{key} is missing below raw_data/, but its chart entries are in the tables"
                yield Problem(what, put_back_or_let_go(raw_keys[key], REBUILD))

    def duplicates(self, lake: Lake) -> Iterator[Problem]:
        """Yield the raw objects that are in two folders; with other content it is another object."""
        folders_of: dict[str, list[str]] = defaultdict(list)
        for folder, keys in self.raw.items():
            for key in keys:
                folders_of[key].append(folder)
        for key, folders in sorted(folders_of.items()):
            if len(folders) == 1:
                continue
            contents = [stored.content for folder in folders if (stored := lake.read(folder + key))]
            if len(set(contents)) == len(contents):
                continue
            if TO_PROCESSED in folders:
                remedy = f"Run {module_command('flows.process_pending')}."
            else:
                reason = f" and {QUARANTINE}{key}{REASON}" if key in self.reasons else ""
                remedy = f"Delete {QUARANTINE}{key}{reason}."
            yield Problem(f"{key} is in {' and '.join(folders)}", remedy)

    def unpaired(self) -> Iterator[Problem]:
        """Yield the objects in quarantine without a reason, and the reasons without an object."""
        for key in sorted(self.raw[QUARANTINE] - self.reasons):
            yield Problem(
                f"{QUARANTINE}{key} has no reason beside it",
                f'If it is to stay there, write {{"reason": "…"}} into {QUARANTINE}{key}{REASON}. '
                f"To process it again: {command(key)}",
            )
        for key in sorted(self.reasons - self.raw[QUARANTINE]):
            yield Problem(f"{QUARANTINE}{key}{REASON} has no object beside it", "Delete it.")


def _is_ignored(folder: str, item: Item) -> bool:
    """Whether runs ignore it: the same rules as list_pending and list_processed."""
    if folder == TO_PROCESSED:
        return is_left_alone(item.key)
    return is_clutter(item.key) or (folder == PROCESSED and not item.size)


def _is_folder_marker(item: Item) -> bool:
    """Whether it is an empty object that the console of S3 creates for a folder."""
    is_folder = any(folder.startswith(f"{item.key}/") for folder in _FOLDERS)
    return not item.size and (is_folder or not item.key)  # without a key: the lake's own folder
