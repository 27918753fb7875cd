"""Backlogs of simulated charts, as an app with extended quota gets them: about 200 KB each."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from top50.simulator import snapshot

WEEKS = 500
"""Of a backlog's charts so many are weekly, the rest daily."""

_FIRST_FRIDAY = datetime(2009, 1, 2, 12, tzinfo=UTC)


def snapshots(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (key, content) of so many charts, each of another week or day, the oldest first of each kind."""
    return islice(_all(), count)


def _all() -> Iterator[tuple[str, bytes]]:
    for chart, days, charts in (("global-weekly", 7, WEEKS), ("global-daily", 1, 6000)):
        for number in range(charts):
            now = _FIRST_FRIDAY + timedelta(days=days * number)
            yield f"chart={chart}/{now:%Y-%m-%d}/playlist-{number:04}.json", snapshot(chart, now)


def write_all(raws: Iterator[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Write raw objects as files below a folder."""
    files = []
    for key, content in raws:
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        files.append(file)
    return files


def link_backlog(files: list[Path], folder: Path, lake: Path) -> None:
    """Make a new lake whose backlog is these files of a folder, without copying them."""
    for file in files:
        pending = lake / "raw_data" / "to_processed" / file.relative_to(folder)
        pending.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, pending)
