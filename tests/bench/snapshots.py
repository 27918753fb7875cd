"""Backlogs of simulated charts, as an app with extended quota gets them: about 200 KB each."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from top50.lake import TO_PROCESSED
from top50.simulator import snapshot

WEEKS = 500
"""Of a backlog's charts so many are weekly, the rest daily."""

_DAYS = 9500
_FIRST_FRIDAY = datetime(2009, 1, 2, 12, tzinfo=UTC)


def snapshots(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (key, content) of so many charts, each of another week or day, the oldest first of each kind."""
    return ((key, snapshot(chart, now)) for key, chart, now in islice(_charts(), count))


def _charts() -> Iterator[tuple[str, str, datetime]]:
    for chart, days, charts in (("global-weekly", 7, WEEKS), ("global-daily", 1, _DAYS)):
        for number in range(charts):
            now = _FIRST_FRIDAY + timedelta(days=days * number)
            yield f"chart={chart}/{now:%Y-%m-%d}/playlist-{number:04}.json", chart, now


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
    for key, chart, now in islice(_charts(), count):
        files.append(folder / key)
        if not files[-1].exists():
            write_all(iter([(key, snapshot(chart, now))]), folder)
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
