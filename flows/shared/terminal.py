"""A run on a terminal: one line a step, warnings, and meanwhile what the step is doing."""

import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import get_current_settings

from tasks.step import displayed_on
from top50.errors import Top50Error
from top50.text import clipped, one_line

_NAME, _FIGURE = 16, 44
_LONGEST_WARNING = 500


def is_quiet(*, verbose: bool) -> bool:
    """Return whether a run shows a line a step instead of its log.

    A log that goes to a file stays complete, and so does one whose level or logging.yml a user has set.
    """
    is_configured = get_current_settings().logging.model_fields_set & {"level", "config_path"}
    return not verbose and not is_configured and sys.stderr.isatty()


@contextmanager
def steps_on_terminal(*, quiet: bool, warnings: bool = True) -> Iterator["Terminal | None"]:
    """If `quiet`, show the steps of the runs within in place of Prefect's log; yield what shows them."""
    if not quiet:
        yield None
        return
    root, terminal = logging.getLogger(), Terminal(warnings=warnings)
    console = [handler for handler in root.handlers if isinstance(handler, PrefectConsoleHandler)]
    for handler in console:
        root.removeHandler(handler)
    root.addHandler(terminal)
    try:
        with displayed_on(terminal):
            yield terminal
    finally:
        terminal.clear()
        root.removeHandler(terminal)
        for handler in console:
            root.addHandler(handler)


class Terminal(logging.Handler):
    """Shows the steps of a run, in place of Prefect's console."""

    def __init__(self, *, warnings: bool = True) -> None:
        super().__init__()
        self._step, self._warnings = "", warnings

    def write(self, text: str) -> None:
        """Show what is going on, until the next line replaces it."""
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{clipped(one_line(text), width)[:width]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove that line."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def begin(self, name: str) -> None:
        """Show that a step is at work."""
        self._step = name
        self.write(f"{name:<{_NAME}}…")

    def end(self, name: str, figure: str, seconds: float, error: BaseException | None) -> None:
        """Show a step's result, and how long it took."""
        self._step = ""
        if error:
            figure = f"✗ {error.what if isinstance(error, Top50Error) else type(error).__name__}"
        self._line(f"{name:<{_NAME}}{clipped(one_line(figure), _FIGURE):<{_FIGURE}}{seconds:>7.1f} s")

    def emit(self, record: logging.LogRecord) -> None:
        """Show warnings, and what a step at work logs; the run's last line is its error."""
        if record.levelno == logging.WARNING:
            if self._warnings:
                self._line(f"⚠ {clipped(one_line(record.getMessage()), _LONGEST_WARNING)}")
        elif record.levelno > logging.WARNING and not record.name.startswith("prefect."):
            self._line(f"✗ {clipped(one_line(record.getMessage()), _LONGEST_WARNING)}")
        elif self._step and record.name == "prefect.task_runs":
            self.write(f"{self._step:<{_NAME}}{record.getMessage()}")

    def _line(self, text: str) -> None:
        self.clear()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
