"""`meter.py FILE EVERY COMMAND…`: run a command and write down how long it took and how large it grew.

A process of its own and a small one, because Linux counts the parent's size for a child's peak
(https://man7.org/linux/man-pages/man2/getrusage.2.html). What all processes of the command hold together
is looked at EVERY so many seconds: the sum of their proportional set sizes, in which a page that several
share counts once (https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html). A look takes some 30 ms for
400 MB, in which a process that wants memory waits; 0 is never.
"""

import json
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

_UNITS = 2**20 if sys.platform == "darwin" else 2**10
"""How many units of ru_maxrss make one MiB."""


def main() -> int:
    """Return the command's exit code."""
    file, every, *command = sys.argv[1:]
    largest, cpu_seconds = [0], dict[int, float]()
    over, started = threading.Event(), time.perf_counter()
    with subprocess.Popen(command) as process:

        def watch() -> None:
            root = psutil.Process(process.pid)
            while psutil.LINUX and not over.wait(float(every) or None):  # None: until the end
                held = 0
                for each in tree(root):
                    try:
                        held += each.memory_full_info().pss
                        cpu_seconds[each.pid] = sum(each.cpu_times()[:2])
                    except psutil.Error:  # it has ended meanwhile
                        continue
                largest[0] = max(largest[0], held)

        thread = threading.Thread(target=watch)
        thread.start()
        code = process.wait()
        seconds = time.perf_counter() - started
        over.set()
        thread.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    notes = {
        "seconds": seconds,
        "peak_mib": used.ru_maxrss / _UNITS,
        # Those that were seen: also of processes that nobody waits for.
        "cpu_seconds": max(used.ru_utime + used.ru_stime, sum(cpu_seconds.values())),
        "tree_mb": largest[0] / 1e6 or None,
    }
    Path(file).write_text(json.dumps(notes), encoding="utf-8")
    return code


def tree(root: psutil.Process) -> list[psutil.Process]:
    """Return a process and all below it that live now."""
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


if __name__ == "__main__":
    sys.exit(main())
