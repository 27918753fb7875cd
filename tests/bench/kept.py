"""What was measured, part by part, in one JSON file; a part measured again replaces its older self."""

from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

Result = TypeVar("Result")


class Part(msgspec.Struct, Generic[Result], frozen=True):
    """One part: when and where it was measured, how much, and what came of it."""

    at: datetime
    machine: dict[str, Any]
    scale: dict[str, Any]
    results: list[Result]


def place_of(document: str, folder: Path | None, scratch: Path) -> Path:
    """Return where figures lie: beside their document, so that one part measured again keeps the others."""
    return (folder / document).with_suffix(".json") if folder else scratch


def kept(file: Path, kind: type[Result]) -> dict[str, Part[Result]]:
    """Return the parts of the file by name; none when there is no file, or one of another shape."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Part[kind]])  # type: ignore[valid-type]
    except (FileNotFoundError, msgspec.ValidationError):
        return {}


def keep(file: Path, name: str, part: Part[Result], kind: type[Result]) -> None:
    """Put a part into the file, which is made if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = kept(file, kind) | {name: part}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(parts)) + b"\n")
