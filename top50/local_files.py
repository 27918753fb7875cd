"""Which files of this machine may be read as charts: regular ones; by a deployed run, those of one folder."""

import os
import stat
from pathlib import Path

from top50.errors import SettingsError

# The kernel's view of memory and of every process, including environments that hold secrets.
SYSTEM = (Path("/proc"), Path("/sys"))


def resolved(path: Path) -> Path:
    """Return a path with ~ expanded and links followed; unlike Path.resolve it accepts a circle of links."""
    return Path(os.path.realpath(path.expanduser()))


def unreadable_reason(path: Path) -> str:
    """Return why the target of a path must not be read; "" if it may be read or does not exist."""
    target = resolved(path)
    system = next((str(folder) for folder in SYSTEM if target.is_relative_to(folder)), None)
    if system:
        return f"it is in {system}, which belongs to the system"
    try:
        mode = target.stat().st_mode
    except OSError:
        return ""  # opening it raises the real error
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "it is not a regular file"


def is_outside(path: str, folder: Path) -> bool:
    """Return whether a link in a folder points out of it; `folder` is a resolved path."""
    return not Path(os.path.realpath(path)).is_relative_to(folder)


def refuse_outside(paths: list[str], folder: str | None) -> None:
    """Raise SettingsError unless every path starts with s3:// or is below the folder open to deployed runs.

    Anyone may fill in the form on the dashboard, and need not be a user of the machine that runs the flow.
    """
    for path in paths:
        allowed = folder and resolved(Path(path)).is_relative_to(resolved(Path(folder)))
        if path.startswith("s3://") or allowed:
            continue
        if folder:
            raise SettingsError(
                f"{path} is refused: a deployed run reads files below {folder} (TOP50_IMPORT_FOLDER)",
                "Put it there, name s3://bucket/prefix, or run the command on that machine.",
            )
        raise SettingsError(
            f"{path} is refused: a deployed run reads no files of its machine",
            "Name s3://bucket/prefix, set TOP50_IMPORT_FOLDER for the worker, or run the command there.",
        )
