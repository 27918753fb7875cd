"""`meter.py FILE COMMAND…`: run a command and write down how long it took and how large it grew.

A process of its own and a small one, because Linux counts the parent's size for a child's peak
(https://man7.org/linux/man-pages/man2/getrusage.2.html).
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

_UNITS = 2**20 if sys.platform == "darwin" else 2**10
"""How many units of ru_maxrss make one MiB."""


def main() -> int:
    """Return the command's exit code."""
    file, *command = sys.argv[1:]
    started = time.perf_counter()
    code = subprocess.call(command)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _UNITS
    Path(file).write_text(json.dumps({"seconds": seconds, "peak_mib": peak}), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
