"""Which files of this machine are read as charts: regular ones; by a deployed run, those of one folder."""

import os
import stat
from pathlib import Path

from top50.errors import SettingsError

# The system's own windows on its memory and on every process, environments with their secrets included.
SYSTEM = (Path("/proc"), Path("/sys"))


def real(path: Path) -> Path:
    """Return where a path leads, links followed; Path.resolve raises where one leads to itself."""
    return Path(os.path.realpath(path.expanduser()))


def why_unreadable(path: Path) -> str:
    """Return why what a path leads to is never read; "" when it may be, or is not there."""
    target = real(path)
    system = next((str(each) for each in SYSTEM if target.is_relative_to(each)), None)
    if system:
        return f"it lies in {system}, which belongs to the system"
    try:
        mode = target.stat().st_mode
    except OSError:
        return ""  # reading it will say what is wrong
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "it is no regular file"


def leads_out(path: str, folder: Path) -> bool:
    """Return whether a link below a folder leads to somewhere else; `folder` is a real path."""
    return not Path(os.path.realpath(path)).is_relative_to(folder)


def refuse_outside(paths: list[str], folder: str | None) -> None:
    """Raise SettingsError unless each path is s3:// or leads below the folder that deployed runs may read.

    Whoever fills a form on the dashboard is not the user of the machine that the run reads.
    """
    for path in paths:
        if path.startswith("s3://") or (folder and real(Path(path)).is_relative_to(real(Path(folder)))):
            continue
        where = f"files below {folder} (TOP50_IMPORT_FOLDER)" if folder else "no files of its machine"
        raise SettingsError(
            f"{path} is refused: a deployed run reads {where}",
            "Put it there, name s3://bucket/prefix, or run the command on that machine."
            if folder
            else "Name s3://bucket/prefix, set TOP50_IMPORT_FOLDER for the worker, or run the command there.",
        )
