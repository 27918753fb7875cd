"""`meter.py FILE EVERY COMMAND…`: run a command and write down how long it took and how large it grew.

A process of its own and a small one, because Linux counts the parent's size for a child's peak
(https://man7.org/linux/man-pages/man2/getrusage.2.html). What all processes of the command hold together
is looked at EVERY so many seconds: the sum of their proportional set sizes, in which a page that several
share counts once (https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html). A look takes some 30 ms for
400 MB, in which a process that wants memory waits; 0 is never.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

_PROC = Path("/proc")
_UNITS = 2**20 if sys.platform == "darwin" else 2**10
"""How many units of ru_maxrss make one MiB."""


def main() -> int:
    """Return the command's exit code."""
    file, every, *command = sys.argv[1:]
    started = time.perf_counter()
    with subprocess.Popen(command) as process:
        sampled = _Samples(process.pid, float(every))
        code = process.wait()
        sampled.end()
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    notes = {
        "seconds": seconds,
        "peak_mib": used.ru_maxrss / _UNITS,
        "cpu_seconds": max(used.ru_utime + used.ru_stime, sampled.cpu_seconds),
        "tree_mb": sampled.peak_kib * 1024 / 1e6 or None,
    }
    Path(file).write_text(json.dumps(notes), encoding="utf-8")
    return code


class _Samples:
    """What a process and all that it started took together; nothing where the system has no /proc."""

    def __init__(self, root: int, every: float) -> None:
        self.peak_kib = 0
        self._every = every or None  # None: until the end
        self._root = root
        self._ticks: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that was seen, also of processes that nobody waits for."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Take no more samples."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            processes = tree(self._root)
            self.peak_kib = max(self.peak_kib, sum(map(_proportional_kib, processes)))
            self._ticks |= {process: ticks for process in processes if (ticks := _ticks(process))}


def tree(root: int) -> list[int]:
    """Return the ids of a process and of all below it that live now; none where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        if stat := _stat(int(folder.name)):
            children[int(stat[1])].append(int(folder.name))
    found = [root] if _stat(root) else []
    for each in found:  # it grows while it is walked
        found += children[each]
    return found


def _stat(process: int) -> list[str]:
    """Return the fields from the third on; the second is a name that may hold anything."""
    return _read(_PROC / str(process) / "stat").rpartition(")")[2].split()


def _ticks(process: int) -> int:
    stat = _stat(process)
    return int(stat[11]) + int(stat[12]) if stat else 0


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
