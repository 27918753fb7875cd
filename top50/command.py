"""How every command begins and ends: an error is one line, and Ctrl-C ends it at any moment.

Imported by the packages whose modules are commands, so that Ctrl-C is heard while the rest is imported.
"""

import os
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from top50.errors import Top50Error, clipped, one_line
from top50.output import print_any_text

INTERRUPTED = 130

_GO_ON = "Interrupted; nothing is lost. Run it again to go on."
_MEMORY = (
    "there is too little memory. Close other programs or give it more, and run it again; nothing is lost."
)
_LONGEST = 300

_cleanups: list[Callable[[], object]] = []


def run_command(main: Callable[[], int | None], interrupted: str = _GO_ON) -> NoReturn:
    """Run a command and end: exit code 1 and one line after an error, 130 after Ctrl-C.

    `main` returns another exit code, if it has one. What nobody foresaw is one line too, and the file
    that it names has the traceback.
    """
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    print_any_text()
    try:
        code = main()
        sys.stdout.flush()
    except Top50Error as error:
        sys.exit(f"✗ {error}")
    except KeyboardInterrupt:
        _write(f"✗ {interrupted}")
        sys.exit(INTERRUPTED)
    except BrokenPipeError as error:
        if not _reader_is_gone():
            sys.exit(_explain(error))
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the very end of a command
        sys.exit(_explain(error))
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _leave)  # what is still to be tidied up may take seconds
    sys.exit(code)


def clean_up_if_interrupted(cleanup: Callable[[], object]) -> None:
    """Let Ctrl-C call this when it ends the process outside of the command itself, without atexit."""
    _cleanups.append(cleanup)


def begin() -> None:
    """Let what goes wrong while a command is imported end in one line as well."""
    sys.excepthook = _end_with
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where nohup has it ignored
        signal.signal(signal.SIGINT, _leave)


def _leave(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for cleanup in _cleanups:
        cleanup()
    _write(f"✗ {_GO_ON}")
    os._exit(INTERRUPTED)


def _end_with(_: object, error: BaseException, __: object) -> None:
    _write(f"✗ {error}" if isinstance(error, Top50Error) else _explain(error))


def _explain(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"✗ {_MEMORY}"
    what = f"{type(error).__name__}: {clipped(one_line(str(error)), _LONGEST)}"
    file = _write_report(error)
    how = f"with {file}" if file else "with this line; there was no folder for a file with the details"
    return f"✗ This is a bug in top50: {what}. Please report it {how}."


def _write_report(error: BaseException) -> Path | None:
    try:
        handle, name = tempfile.mkstemp(prefix="top50-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{' '.join(sys.orig_argv)}\nPython {sys.version}\n")
            traceback.print_exception(error, file=file)
    except OSError:
        return None
    return Path(name)


def _reader_is_gone() -> bool:
    """Return whether what reads our output has ended, as `head` does: another pipe's end is a bug."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _write(line: str) -> None:
    stream = sys.__stderr__ or sys.stderr  # what is imported meanwhile may have its output redirected
    stream.write(f"\n{line}\n" if stream.isatty() else f"{line}\n")  # behind the ^C of a terminal
    stream.flush()


# While Python looks for the module of `python -m`, this stands in place of its name; so nobody who only
# imports us is affected. https://docs.python.org/3/using/cmdline.html#cmdoption-m
if sys.argv[:1] == ["-m"] and "top50.worker" not in sys.orig_argv:  # Ctrl-C ends the flow, and that ends it
    begin()
