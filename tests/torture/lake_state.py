"""What a lake holds, set against the lake of a run that nobody disturbed; and what a reader of it sees."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from tests.torture.tables_state import differences, promises_broken
from tests.torture.tally import Verdict
from top50.catalog.last_made import NOTE
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.lake.directory import OWN, DirectoryLake

State: TypeAlias = Mapping[str, bytes]
"""Key → content of all that lies in a lake; an empty folder of a directory is a key that ends with /."""

Finding: TypeAlias = tuple[Verdict, str]

_RAW = (TO_PROCESSED, PROCESSED, QUARANTINE)
_REASON = ".reason.json"
_NOT_COMPARED = (f"{OWN}/lock", NOTE, "athena_results/")
"""A lock is no trace of a run; a note has digests of files that differ; Athena's answers have other names."""

_OURS = {f"{OWN}/", *_RAW}
"""Folders that may be empty."""

_WORST_FIRST: tuple[Verdict, ...] = ("lost", "doubled", "unclear")
_TOLD = 6


def state_of(lake: Lake) -> State:
    """Return all that lies in a lake."""
    found = {item.key: stored.content for item in lake.list("") if (stored := lake.read(item.key))}
    if isinstance(lake, DirectoryLake):
        found |= {f"{folder}/": b"" for folder in _empty_folders(lake)}
    return {key: content for key, content in found.items() if not key.startswith(_NOT_COMPARED)}


def _empty_folders(lake: DirectoryLake) -> Iterator[str]:
    for folder in lake.root.rglob("*/"):
        name = folder.relative_to(lake.root).as_posix()
        if f"{name}/" not in _OURS and not any(folder.iterdir()):
            yield name


def compare(undisturbed: Lake | State, tried: Lake | State) -> tuple[Verdict, str]:
    """Return what became of a lake, and what was seen of that: nothing when it survived."""
    findings = list(_findings(_state(undisturbed), _state(tried)))
    for verdict in _WORST_FIRST:
        if any(verdict == each for each, _ in findings):
            seen = [text for each in _WORST_FIRST for found, text in findings if found == each]
            more = f" and {len(seen) - _TOLD} more" if len(seen) > _TOLD else ""
            return verdict, "; ".join(seen[:_TOLD]) + more
    return "survived", ""


def reader_sees(lake: Lake | State) -> str:
    """Return what a reader sees and may not see: half a file, an entry without its song; else nothing."""
    return "; ".join(promises_broken(_state(lake)))


def _state(lake: Lake | State) -> State:
    return lake if isinstance(lake, Mapping) else state_of(lake)


def _findings(wanted: State, found: State) -> Iterator[Finding]:
    yield from _raw_objects(wanted, found)
    yield from differences(wanted, found)
    for key in sorted(set(found) - set(wanted)):
        if not _is_raw(key):
            yield "unclear", f"left behind: {key}"
    for key in sorted(set(wanted) - set(found)):
        if not _is_raw(key) and not key.startswith("transformed_data/"):
            yield "unclear", f"not there: {key}"


def _raw_objects(wanted: State, found: State) -> Iterator[Finding]:
    """A raw object is its content: whatever it is called, it must be there, and once."""
    had, has = _contents(wanted), _contents(found)
    for content, names in had.items():
        if content not in has:
            yield "lost", f"raw object gone: {', '.join(names)}"
    for content, names in has.items():
        if content not in had:
            yield "unclear", f"raw object that was nowhere: {', '.join(names)}"
        elif len(names) > len(had[content]):
            yield "doubled", f"raw object in {len(names)} places: {', '.join(names)}"
        elif Counter(names) != Counter(had[content]):
            yield "unclear", f"raw object at {', '.join(names)} and not at {', '.join(had[content])}"
    yield from _reasons(wanted, found)


def _contents(state: State) -> dict[bytes, list[str]]:
    contents: dict[bytes, list[str]] = {}
    for key in sorted(filter(_is_raw, state)):
        contents.setdefault(state[key], []).append(key)
    return contents


def _reasons(wanted: State, found: State) -> Iterator[Finding]:
    for key in sorted(key for key in {*wanted, *found} if _is_reason(key)):
        if wanted.get(key) != found.get(key):
            yield "unclear", f"reason differs: {key}"
        elif key.removesuffix(_REASON) not in found:
            yield "unclear", f"reason without its raw object: {key}"


def _is_raw(key: str) -> bool:
    return key.startswith(_RAW) and not key.endswith("/") and not _is_reason(key)


def _is_reason(key: str) -> bool:
    return key.startswith(QUARANTINE) and key.endswith(_REASON)
