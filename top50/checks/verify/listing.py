"""What lies in a lake, and where: one listing, and what can be told from keys alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from top50.catalog.duckdb import CATALOG
from top50.checks.verify.told import REBUILD, Problem
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.lake.directory import OWN
from top50.printed_commands import module_command
from top50.raw.backlog import is_clutter, is_left_alone
from top50.raw.keys import REASON
from top50.raw.quarantine import command
from top50.rebuild.replace import put_back_or_let_go
from top50.report.links import REPORTS
from top50.tables import TABLES
from top50.tables.files import TRANSFORMED, find_file, is_read_by_athena
from top50.text import many

_RAW = (TO_PROCESSED, PROCESSED, QUARANTINE)

_ANSWERS = "athena_results/"
"""Where Athena puts its answers unless its workgroup says otherwise: top50/catalog/glue.py."""

_AWAY = "Move it away."
_PROCESS = f"Run {module_command('flows.process_pending')}."
_OUT = f"Move it out of {TRANSFORMED}."

_FOLDERS = (*_RAW, REPORTS, *(f"{TRANSFORMED}{name}/" for name in TABLES))


@dataclass(frozen=True)
class Listing:
    """The keys of a lake: those of raw objects by folder and relative to it, and all others."""

    raw: dict[str, set[str]]
    """Without what file managers leave there."""
    reasons: set[str]
    """Of the objects in quarantine: relative keys, without their ending."""
    others: list[str]
    near: bool
    """Whether the lake is a directory."""

    @classmethod
    def of(cls, lake: Lake) -> "Listing":
        """List a lake once; raises LakeError."""
        raw: dict[str, set[str]] = {folder: set() for folder in _RAW}
        reasons, others = set(), []
        for item in lake.list(""):
            folder = next((folder for folder in _RAW if item.key.startswith(folder)), "")
            key = item.key.removeprefix(folder)
            if not folder:
                others += [] if _is_marker(item) else [key]
            elif folder == QUARANTINE and key.endswith(REASON):
                reasons.add(key.removesuffix(REASON))
            elif not _is_no_raw(folder, item):
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
        """Yield what belongs nowhere."""
        files = set(self.table_files)
        for key in self.others:
            if key.startswith(TRANSFORMED) and key not in files:
                if not self.near and is_read_by_athena(key):
                    yield Problem(f"{key} is no table's file, and Athena reads whatever lies there", _OUT)
            elif key.startswith(f"{REPORTS}.doctor-"):
                yield Problem(f"{key} was left by a doctor that was killed", "Delete it.")
            elif self.near and key.startswith(f"{OWN}/") and key != f"{OWN}/lock":
                yield Problem(
                    f"{key} was left by a run that was killed", "Delete it when no run is going on."
                )
            elif not (key in files or key.startswith(REPORTS) or is_clutter(key) or self._is_own(key)):
                yield Problem(f"{key} is neither table, raw object nor report", _AWAY)

    def strays(self) -> Iterator[Problem]:
        """Yield what is no table's file among those, and is read by nobody."""
        for key in self.others:
            if (
                key.startswith(TRANSFORMED)
                and not find_file(key)
                and (self.near or not is_read_by_athena(key))
            ):
                yield Problem(f"{key} is no table's file, and is not read", _OUT)

    def _is_own(self, key: str) -> bool:
        return key in (CATALOG, f"{OWN}/lock", f"{OWN}/opening") if self.near else key.startswith(_ANSWERS)

    def lost(self, raw_keys: Mapping[str, str]) -> Iterator[Problem]:
        """Yield the raw keys of chart entries that are neither processed nor pending.

        raw_keys: raw key → the file that holds its entries.
        """
        for key in sorted(set(raw_keys) - self.raw[PROCESSED] - self.raw[TO_PROCESSED]):
            if key in self.raw[QUARANTINE]:
                yield Problem(f"{key} is in quarantine, and its chart entries are there", REBUILD)
            else:
                what = f"{key} gave chart entries, and is nowhere below raw_data/"
                yield Problem(what, put_back_or_let_go(raw_keys[key], REBUILD))

    def doubled(self, lake: Lake) -> Iterator[Problem]:
        """Yield the raw objects that lie in two folders; with another content it is another object."""
        places: dict[str, list[str]] = defaultdict(list)
        for folder, keys in self.raw.items():
            for key in keys:
                places[key].append(folder)
        for key, folders in sorted(places.items()):
            if len(folders) > 1 and _same(lake, [folder + key for folder in folders]):
                remedy = _PROCESS if TO_PROCESSED in folders else self._delete_refused(key)
                yield Problem(f"{key} is in {' and '.join(folders)}", remedy)

    def _delete_refused(self, key: str) -> str:
        there = QUARANTINE + key
        return f"Delete {there} and {there}{REASON}." if key in self.reasons else f"Delete {there}."

    def unexplained(self) -> Iterator[Problem]:
        """Yield the objects in quarantine without a reason, and the reasons without an object."""
        held = self.raw[QUARANTINE]
        for key in sorted(held - self.reasons):
            yield Problem(
                f"{QUARANTINE}{key} has no reason beside it",
                f'If it is to stay there, write {{"reason": "…"}} into {QUARANTINE}{key}{REASON}. '
                f"To have it looked at again: {command(key)}",
            )
        for key in sorted(self.reasons - held):
            yield Problem(f"{QUARANTINE}{key}{REASON} has no object beside it", "Delete it.")


def _is_no_raw(folder: str, item: Item) -> bool:
    """Whether a run takes it for none, as list_pending and list_processed have it."""
    if folder == TO_PROCESSED:
        return is_left_alone(item.key)
    return is_clutter(item.key) or (folder == PROCESSED and not item.size)


def _is_marker(item: Item) -> bool:
    """Whether it is what S3's console makes for a folder."""
    is_folder = any(folder.startswith(f"{item.key}/") for folder in _FOLDERS)
    return not item.size and (is_folder or not item.key)  # without a key: the lake's own


def _same(lake: Lake, keys: list[str]) -> bool:
    contents = [stored.content for key in keys if (stored := lake.read(key))]
    return len(set(contents)) < len(contents)
