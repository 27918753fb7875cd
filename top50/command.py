"""The start and the end of every command: an error is one line, and Ctrl-C ends it at any moment.

The packages whose modules are commands import this first, so that Ctrl-C works while the others are imported.
"""

import io
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

INTERRUPTED = 130

_GO_ON = "Interrupted; nothing is lost. Run it again to go on."
_LONGEST = 300  # characters of an unexpected error

_cleanups: list[Callable[[], object]] = []


def run_command(main: Callable[[], int | None], interrupted: str = _GO_ON) -> NoReturn:
    """Run a command and exit: with code 1 and one line after an error, with 130 after Ctrl-C.

    main: may return another exit code. interrupted: the line after Ctrl-C.
    An unexpected error is one line too; it names a file with the traceback.
    """
    if signal.getsignal(signal.SIGINT) is _exit_at_once:
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit fails
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the very end of a command
        sys.exit(_explain(error))
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _exit_at_once)  # atexit handlers may take seconds
    sys.exit(code)


def print_any_text() -> None:
    """Make output in ASCII or Latin-1 print `?` for a character that it lacks, instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # else: a test has replaced it
        sys.stdout.reconfigure(errors="replace")


def clean_up_if_interrupted(cleanup: Callable[[], object]) -> None:
    """Call `cleanup` when Ctrl-C ends the process outside `run_command`, where atexit handlers do not run."""
    _cleanups.append(cleanup)


def begin() -> None:
    """Make errors and Ctrl-C while a command is imported end in one line as well."""
    sys.excepthook = _print_error
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup ignores it
        signal.signal(signal.SIGINT, _exit_at_once)


def _exit_at_once(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for cleanup in _cleanups:
        cleanup()
    _write(f"✗ {_GO_ON}")
    os._exit(INTERRUPTED)


def _print_error(_: object, error: BaseException, __: object) -> None:
    _write(f"✗ {error}" if isinstance(error, Top50Error) else _explain(error))


def _explain(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "✗ not enough memory. Close other programs or add memory, and run it again; nothing is lost."
    what = f"{type(error).__name__}: {clipped(one_line(str(error)), _LONGEST)}"
    file = _write_traceback(error)
    how = f"with {file}" if file else "with this line; no folder was writable for a file with the details"
    return f"✗ This is a bug in top50: {what}. Please report it {how}."


def _write_traceback(error: BaseException) -> Path | None:
    try:
        handle, name = tempfile.mkstemp(prefix="top50-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{' '.join(sys.orig_argv)}\nPython {sys.version}\n")
            traceback.print_exception(error, file=file)
    except OSError:
        return None
    return Path(name)


def _reader_is_gone() -> bool:
    """Return whether the reader of our output has exited, as `head` does; any other broken pipe is a bug."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _write(line: str) -> None:
    stream = sys.__stderr__ or sys.stderr  # sys.stderr may be redirected at this moment
    stream.write(f"\n{line}\n" if stream.isatty() else f"{line}\n")  # a terminal has just printed ^C
    stream.flush()


# sys.argv is ["-m", …] only while Python looks for the module of `python -m`, so that a program which merely
# imports us is not affected. https://docs.python.org/3/using/cmdline.html#cmdoption-m
if sys.argv[:1] == ["-m"] and "top50.worker" not in sys.orig_argv:  # the flow itself ends its workers
    begin()
