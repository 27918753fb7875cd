"""The streams of a command: any character can be printed; a closed or full output does not count as a bug."""

import io
import os
import select
import sys
from pathlib import Path


def print_any_text() -> None:
    """Make output in ASCII or Latin-1 print `?` for a character that it lacks, instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # else: a test has replaced it
        sys.stdout.reconfigure(errors="replace")


def open_missing_streams() -> None:
    """Connect standard streams that the parent process has closed to /dev/null.

    This runs first of all, while their numbers are free: later a file or a socket would take them.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - stays open until the end
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def discard_output() -> None:
    """Send the rest of the output to /dev/null: or the flush at exit fails with a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reader_is_gone() -> bool:
    """Return whether the reader of our output has exited, as `head` does; any other broken pipe is a bug."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def accepts_output() -> bool:
    """Return whether standard output can still be written to; its disk may be full."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return False
    return True


def write_error(line: str) -> None:
    """Write a line to standard error."""
    stream = sys.__stderr__ or sys.stderr  # sys.stderr may be redirected at this moment
    stream.write(f"\n{line}\n" if stream.isatty() else f"{line}\n")  # a terminal has just printed ^C
    stream.flush()
