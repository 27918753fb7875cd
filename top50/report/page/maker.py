"""Pages are made in a process of their own, so that the flow keeps none of the memory that this takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from top50.errors import ReportError
from top50.processes import Processes
from top50.report.page.pages import ChartTable

# Seconds; a page takes half of one.
LONGEST = 1800.0


@dataclass(frozen=True)
class Told:
    """What is told of a chart besides its page: the digest (Markdown), and its rows."""

    digest: str
    chart: ChartTable


Made = tuple[bytes, Told]
"""A page, and what else is told of its chart."""


_Job = tuple[Path, Mapping[str, str]]


class PageMaker:
    """A process that makes pages, and imports what that takes while the flow still does other things."""

    def __init__(self) -> None:
        self._process: Processes | None = None

    def __enter__(self) -> Self:
        """A maker that is gone with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""
        self._end(error)

    def get_ready(self) -> None:
        """Start it: there will be pages to be made soon."""
        self._started()

    def make(self, catalog: Path, links: Mapping[str, str]) -> dict[str, Made]:
        """Do what `make_pages` does.

        Raises WorkerUnavailable, too, when the process ended, ReportError when it takes too long.
        """
        try:
            [made] = self._started().map(_make, [(catalog, links)], LONGEST)
        except TimeoutError as error:
            self._end(error)
            raise ReportError(
                f"the charts' pages were not made within {LONGEST / 60:g} min",
                "See whether the lake's disk answers, and run it again; the tables are complete.",
            ) from None
        except BaseException as error:
            self._end(error)  # whoever tries again gets another one
            raise
        return made

    def _started(self) -> Processes:
        if self._process is None:
            self._process = Processes(1, "top50.report.page.html", here=False)
        return self._process

    def _end(self, error: BaseException | None) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.__exit__(type(error) if error else None, error, None)


def _make(job: _Job) -> dict[str, Made]:
    from top50.report.page.pages import make_pages  # noqa: PLC0415 - the flow has none of it

    return make_pages(*job)
