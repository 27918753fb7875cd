"""Commands as a shell runs them, but in this process: a Python of their own takes a second of a core."""

import io
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest import mock

from top50.command import run_command


class Ended(NamedTuple):
    """The exit code of a command, and its output."""

    returncode: int
    stdout: str
    stderr: str


def run(
    main: Callable[[], int | None], environment: Mapping[str, str], *options: str, stdin: str = ""
) -> Ended:
    """Run a module's `main` with these options and, besides the process's own, this environment."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["command", *options]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code(main, err)
    return Ended(code, out.getvalue(), err.getvalue())


def _exit_code(main: Callable[[], int | None], err: io.StringIO) -> int:
    """Return the exit code as Python does: a text is printed, and counts as 1."""
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        run_command(main)
    except SystemExit as end:
        if isinstance(end.code, str):
            err.write(f"{end.code}\n")
            return 1
        return end.code or 0
    finally:
        signal.signal(signal.SIGINT, interrupted)
