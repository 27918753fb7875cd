"""`python -m top50.worker MODULE…`: one of the processes of top50/processes.py; it ends with its input."""

import gc
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from top50.processes import receive, send


def main() -> None:
    """Do what comes in, one piece of work after the other, and send back what comes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the flow, and that ends this
    gc.set_threshold(50_000)  # as flows do
    for module in sys.argv[1:]:
        import_module(module)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody's print gets between the answers
    while True:
        try:
            work, item = cast("tuple[Callable[[Any], Any], Any]", receive(sys.stdin.buffer))
        except EOFError:
            os._exit(0)  # all is said, and tidying up would keep the flow waiting: 0.1 s
        try:
            send(answers, (work(item), None))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the work came from
            send(answers, (None, error))


if __name__ == "__main__":
    main()
