"""The start and the end of every command: an error is one line, and Ctrl-C ends it at any moment.

The packages whose modules are commands import this first, so that Ctrl-C works while the others are imported.
"""

import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import NoReturn

from top50.errors import Top50Error
from top50.output import (
    accepts_output,
    discard_output,
    open_missing_streams,
    print_any_text,
    reader_is_gone,
    write_error,
)
from top50.text import clipped, one_line

INTERRUPTED = 130

_GO_ON = "Interrupted; nothing is lost. Run it again to go on."
_LONGEST = 300  # characters of an unexpected error
# Megabytes of address space: Polars, DuckDB and OpenBLAS reserve that much, and abort when they cannot.
_LEAST_ADDRESSES = 2000
_LEAST_FILES = 64  # with fewer, event loops wait for ever
# glibc's message when a library does not fit into memory; the ImportError carries nothing else:
# https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.h (DL_MAP_SEGMENTS_ERROR_MAP_SEGMENT)
_NO_ROOM = re.compile("failed to map segment from shared object$|annot allocate memory")

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
        write_error(f"✗ {interrupted}")
        sys.exit(INTERRUPTED)
    except OSError as error:
        sys.exit(_explain_os_error(error))
    except Exception as error:  # noqa: BLE001 - the very end of a command
        sys.exit(_explain(error))
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _exit_at_once)  # atexit handlers may take seconds
    sys.exit(code)


def clean_up_if_interrupted(cleanup: Callable[[], object]) -> None:
    """Call `cleanup` when Ctrl-C ends the process outside `run_command`, where atexit handlers do not run."""
    _cleanups.append(cleanup)


def begin() -> None:
    """Make errors and Ctrl-C while a command is imported end in one line as well."""
    open_missing_streams()
    _refuse_small_limits()
    sys.excepthook = _print_error
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup ignores it
        signal.signal(signal.SIGINT, _exit_at_once)


def _refuse_small_limits() -> None:
    addresses, files = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE))
    problem = ""
    if 0 <= addresses < _LEAST_ADDRESSES << 20:
        problem = (
            f"not enough memory: this shell allows a process {addresses >> 20} MB of address space; a run "
            f"needs {_LEAST_ADDRESSES} MB. Run ulimit -v unlimited"
        )
    elif 0 <= files < _LEAST_FILES:
        problem = (
            f"this shell allows a process {files} open files, and a run needs {_LEAST_FILES}. "
            "Run ulimit -n 1024"
        )
    if problem:
        write_error(f"✗ {problem}, and run it again.")
        os._exit(1)


def _exit_at_once(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for cleanup in _cleanups:
        cleanup()
    write_error(f"✗ {_GO_ON}")
    os._exit(INTERRUPTED)


def _print_error(_: object, error: BaseException, __: object) -> None:
    write_error(f"✗ {error}" if isinstance(error, Top50Error) else _explain(error))


def _explain_os_error(error: OSError) -> str | int:
    """Return the line or the exit code for an error that may come from our own output."""
    if isinstance(error, BrokenPipeError):
        if not reader_is_gone():
            return _explain(error)
        discard_output()
        return 0
    if accepts_output():
        return _explain(error)
    discard_output()
    return (
        f"✗ cannot write the output: {error.strerror}. "
        "Free some space on its disk, or redirect it, and run it again; nothing is lost."
    )


def _explain(error: BaseException) -> str:
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and _NO_ROOM.search(str(error))):
        return "✗ not enough memory. Close other programs or add memory, and run it again; nothing is lost."
    what = f"{type(error).__name__}: {clipped(one_line(str(error)), _LONGEST)}"
    try:
        handle, name = tempfile.mkstemp(prefix="top50-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{' '.join(sys.orig_argv)}\nPython {sys.version}\n")
            traceback.print_exception(error, file=file)
        how = f"with {name}"
    except OSError:
        how = "with this line; no folder was writable for a file with the details"
    return f"✗ This is a bug in top50: {what}. Please report it {how}."


# sys.argv is ["-m", …] only while Python looks for the module of `python -m`, so that a program which merely
# imports us is not affected. https://docs.python.org/3/using/cmdline.html#cmdoption-m
if sys.argv[:1] == ["-m"]:
    begin()
