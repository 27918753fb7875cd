"""What came of each part, in one JSON file; a part that is run again replaces its older self."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.torture.tally import Tally


class Part(msgspec.Struct, frozen=True):
    """One part: when and on what it was run, how much was tried, and what came of it."""

    at: datetime
    machine: dict[str, Any]
    scale: dict[str, Any]
    tallies: list[Tally]


def kept(file: Path) -> dict[str, Part]:
    """Return the parts of the file by name; none when there is no file, or one of an older shape."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Part])
    except (FileNotFoundError, msgspec.ValidationError):
        return {}


def keep(file: Path, name: str, part: Part) -> None:
    """Put a part into the file, which is made if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = kept(file) | {name: part}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(parts)) + b"\n")
