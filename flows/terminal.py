"""What a terminal shows of a run: one line a step, warnings, and what the step is doing meanwhile."""

import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import get_current_settings

from tasks.step import watched_by
from top50.errors import Top50Error
from top50.text import clipped, one_line

_NAME, _FIGURE = 16, 44
_LONGEST_WARNING = 500


def is_quiet(*, verbose: bool) -> bool:
    """Return whether a run shows a line a step instead of its log.

    A log that goes to a file stays complete; and who sets a level or a logging.yml of Prefect's wants that.
    """
    wanted = get_current_settings().logging.model_fields_set & {"level", "config_path"}
    return not verbose and not wanted and sys.stderr.isatty()


@contextmanager
def shown_steps(*, quiet: bool, warnings: bool = True) -> Iterator["Terminal | None"]:
    """Show the steps of the runs within in place of Prefect's log, where it is to be quiet."""
    if not quiet:
        yield None
        return
    root, terminal = logging.getLogger(), Terminal(warnings=warnings)
    console = [handler for handler in root.handlers if isinstance(handler, PrefectConsoleHandler)]
    for handler in console:
        root.removeHandler(handler)
    root.addHandler(terminal)
    try:
        with watched_by(terminal):
            yield terminal
    finally:
        terminal.clear()
        root.removeHandler(terminal)
        for handler in console:
            root.addHandler(handler)


class Terminal(logging.Handler):
    """Watches the steps of a run, and takes the place of Prefect's console."""

    def __init__(self, *, warnings: bool = True) -> None:
        super().__init__()
        self._step, self._warnings = "", warnings

    def say(self, text: str) -> None:
        """Show what goes on, until the next line comes in its place."""
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{clipped(one_line(text), width)[:width]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take that away."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def begin(self, name: str) -> None:
        """Show that a step is at work."""
        self._step = name
        self.say(f"{name:<{_NAME}}…")

    def end(self, name: str, figure: str, seconds: float, error: BaseException | None) -> None:
        """Show a step's result, and how long it took."""
        self._step = ""
        if error:
            figure = f"✗ {error.what if isinstance(error, Top50Error) else type(error).__name__}"
        self._line(f"{name:<{_NAME}}{clipped(one_line(figure), _FIGURE):<{_FIGURE}}{seconds:>7.1f} s")

    def emit(self, record: logging.LogRecord) -> None:
        """Show a warning, and of a step at work what it says; the run's last line says its error."""
        if record.levelno == logging.WARNING:
            if self._warnings:
                self._line(f"⚠ {clipped(one_line(record.getMessage()), _LONGEST_WARNING)}")
        elif record.levelno > logging.WARNING and not record.name.startswith("prefect."):
            self._line(f"✗ {clipped(one_line(record.getMessage()), _LONGEST_WARNING)}")
        elif self._step and record.name == "prefect.task_runs":
            self.say(f"{self._step:<{_NAME}}{record.getMessage()}")

    def _line(self, text: str) -> None:
        self.clear()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
