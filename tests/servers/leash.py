"""Ends a process group when whoever holds the other end of our standard input is gone.

Run as a script of its own: the test process may be killed in a way that runs no clean-up.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_group(int(sys.argv[1]))
