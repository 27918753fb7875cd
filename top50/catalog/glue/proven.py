"""What the catalog was last proven to show: reports/catalog.json, the version and the rows of each file.

By it a run knows what an earlier one left undone, and that there is nothing to do. It is no state that
anything depends on: without it the next run proves all tables again.
"""

from collections.abc import Mapping

import msgspec

from top50.lake.base import Lake
from top50.report.place import REPORTS

PROVEN = f"{REPORTS}catalog.json"


class ProvenFile(msgspec.Struct, frozen=True):
    """A file as it was when Glue and Athena showed it; `rows` is None when Athena was not asked."""

    version: str
    rows: int | None


class _Record(msgspec.Struct):
    database: str
    files: dict[str, ProvenFile]


def read_proven(lake: Lake, database: str) -> dict[str, ProvenFile]:
    """Return key → what was proven of each file in this Glue database; raises LakeError."""
    stored = lake.read(PROVEN)
    try:
        record = msgspec.json.decode(stored.content, type=_Record) if stored else None
    except msgspec.MsgspecError:  # changed by hand, or by a later release
        return {}
    return record.files if record and record.database == database else {}


def write_proven(lake: Lake, database: str, files: Mapping[str, ProvenFile]) -> None:
    """Record what was proven; raises LakeError."""
    record = _Record(database, dict(sorted(files.items())))
    lake.write(PROVEN, msgspec.json.format(msgspec.json.encode(record), indent=1))
