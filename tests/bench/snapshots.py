"""Backlogs of simulated charts, as an app with extended quota gets them: about 200 KB each."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from top50.lake import TO_PROCESSED
from top50.simulator import snapshot

WEEKS = 500
"""Of a backlog's charts so many are weekly, the rest daily."""

DAYS = 6000
"""Then so many are daily; the charts that follow are other readings of the same days, of which one counts."""

_FIRST_FRIDAY = datetime(2009, 1, 2, 12, tzinfo=UTC)


def snapshots(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (key, content) of so many charts, the oldest first of each kind."""
    return ((each.key, each.content()) for each in islice(_charts(), count))


class _Chart(NamedTuple):
    chart: str
    now: datetime
    number: int
    seed: int

    @property
    def key(self) -> str:
        return f"chart={self.chart}/{self.now:%Y-%m-%d}/playlist-{self.seed}-{self.number:04}.json"

    def content(self) -> bytes:
        return snapshot(self.chart, self.now, seed=self.seed)


def _charts() -> Iterator[_Chart]:
    kinds = (("global-weekly", 7, WEEKS, 50), ("global-daily", 1, DAYS, 50), ("global-daily", 1, DAYS, 51))
    for chart, days, charts, seed in kinds:
        for number in range(charts):
            yield _Chart(chart, _FIRST_FRIDAY + timedelta(days=days * number), number, seed)


def write_all(raws: Iterator[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Write raw objects as files below a folder."""
    files = []
    for key, content in raws:
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        files.append(file)
    return files


def written(count: int, folder: Path) -> list[Path]:
    """Return so many snapshots as files below a folder, writing those that are not there yet."""
    files = []
    for each in islice(_charts(), count):
        files.append(folder / each.key)
        if not files[-1].exists():
            write_all(iter([(each.key, each.content())]), folder)
    return files


def link_backlog(files: list[Path], folder: Path, lake: Path) -> None:
    """Make a new lake whose backlog is these files of a folder, without copying them."""
    link(files, folder, lake / TO_PROCESSED)


def link(files: list[Path], folder: Path, target: Path) -> None:
    """Show these files of a folder below another one, too, without copying them."""
    for file in files:
        there = target / file.relative_to(folder)
        there.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, there)
