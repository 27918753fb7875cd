"""Whether a lake that was raced in or disturbed is as one that was not."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.torture import lake_state
from tests.torture.tally import Verdict
from top50.catalog.duckdb import CATALOG
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.lake.directory import DirectoryLake
from top50.raw.backlog import archive, in_batches, list_pending, quarantine, read_pending, remove_archived
from top50.raw.keys import REASON
from top50.report.links import REPORTS
from top50.tables.publish import publish
from top50.transform import build_tables

_SHOWN = (REPORTS, CATALOG)


def contents(lake: Lake) -> dict[str, bytes]:
    """Return key → content of everything in the lake."""
    stored = {item.key: lake.read(item.key) for item in lake.list("")}
    return {key: found.content for key, found in stored.items() if found}


def raws_of(content: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the raw objects that are done with, by their key relative to the folder."""
    done = {
        key.removeprefix(folder): raw
        for folder in (QUARANTINE, PROCESSED)
        for key, raw in content.items()
        if key.startswith(folder) and not key.endswith(REASON)
    }
    return dict(sorted(done.items()))


def put_pending(lake: Lake, raws: Mapping[str, bytes]) -> None:
    """Put raw objects into the backlog."""
    for key, raw in raws.items():
        lake.write(TO_PROCESSED + key, raw)


def one_after_the_other(raws: Mapping[str, bytes], folder: Path, at_once: int = 1) -> DirectoryLake:
    """Make a lake of raw objects with nobody beside: each by itself, or so many bytes at once."""
    lake = DirectoryLake(folder, create=True)
    put_pending(lake, raws)
    take_all(lake, at_once)
    return lake


def take_all(lake: Lake, at_once: int = 1) -> None:
    """Take the backlog into the tables."""
    for keys in in_batches(list_pending(lake), at_once):
        _take(lake, keys)


def _take(lake: Lake, keys: Iterable[str]) -> None:
    raws = read_pending(lake, keys)
    built = build_tables([raw.raw for raw in raws])
    refused = {each.key for each in built.refused}
    taken = [raw for raw in raws if raw.key not in refused]
    archive(lake, taken)
    publish(lake, built.tables)
    remove_archived(lake, taken)
    quarantine(lake, built.refused, raws)


def compare(undisturbed: Lake, tried: Lake) -> tuple[Verdict, str]:
    """Say whether they hold the same tables and raw objects; a lake that no flow made has nothing to show."""
    return lake_state.compare(_not_shown(undisturbed), _not_shown(tried))


def _not_shown(lake: Lake) -> lake_state.State:
    state = lake_state.state_of(lake)
    return {key: content for key, content in state.items() if not key.startswith(_SHOWN)}
