"""`meter.py FILE COMMAND…`: run a command and write down how long it took and how large it grew.

A process of its own and a small one, because Linux counts the parent's size for a child's peak
(https://man7.org/linux/man-pages/man2/getrusage.2.html). What all processes of the command hold together
is sampled: the sum of their proportional set sizes, in which a page that several share counts once
(https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html).
"""

import json
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

INTERVAL = 0.1
"""Seconds between two samples; a peak that is shorter may be missed."""

_PROC = Path("/proc")
_UNITS = 2**20 if sys.platform == "darwin" else 2**10
"""How many units of ru_maxrss make one MiB."""


def main() -> int:
    """Return the command's exit code."""
    file, *command = sys.argv[1:]
    started = time.perf_counter()
    with subprocess.Popen(command) as process:
        sampled = _Samples(process.pid)
        code = process.wait()
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    notes = {
        "seconds": seconds,
        "peak_mib": used.ru_maxrss / _UNITS,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "tree_mb": sampled.end(),
    }
    Path(file).write_text(json.dumps(notes), encoding="utf-8")
    return code


class _Samples:
    """The largest size of a process and all that it started, together."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> float | None:
        """Return the peak in MB (10⁶ bytes); None where the system has no /proc."""
        self._over.set()
        self._thread.join()
        return self._peak * 1024 / 1e6 if self._peak else None

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            self._peak = max(self._peak, sum(map(_proportional_kib, tree(self._root))))


def tree(root: int) -> list[int]:
    """Return the ids of a process and of all below it that live now; none where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        stat = _read(folder / "stat")
        if stat:
            parent = stat.rpartition(")")[2].split()[1]  # the name before it may hold anything
            children[int(parent)].append(int(folder.name))
    found = [root] if _read(_PROC / str(root) / "stat") else []
    for each in found:  # it grows while it is walked
        found += children[each]
    return found


def _proportional_kib(process: int) -> int:
    lines = _read(_PROC / str(process) / "smaps_rollup").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


if __name__ == "__main__":
    sys.exit(main())
