"""What the races are run with: raw objects of every kind, some of them at odds with each other."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from top50.charts import CHARTS, SIMULATOR
from top50.raw import envelope
from top50.simulator import chart_csv, snapshot

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)

TAKEN = "taken/same name.json"
"""A key that is in the archive already, with other content."""


@cache
def weeks(count: int, skip: int = 0, every: int = 1) -> dict[str, bytes]:
    """Return weekly charts as bare playlists, the newest `skip` of them left out."""
    fridays = [FRIDAY - timedelta(weeks=skip + every * ago) for ago in range(count)]
    return {f"old/{day:%Y-%m-%d}.json": snapshot("global-weekly", day) for day in fridays}


@cache
def archived() -> dict[str, bytes]:
    """Return what is in the lake before the race."""
    return {TAKEN: snapshot("global-weekly", FRIDAY - timedelta(weeks=60))}


@cache
def backlog() -> dict[str, bytes]:
    """Return a backlog of two years and two charts, a CSV beside a playlist, and what is no chart."""
    name, content = chart_csv("global-weekly", FRIDAY - timedelta(weeks=2))
    days = {
        f"chart=global-daily/{ago}/day.json": snapshot("global-daily", FRIDAY - timedelta(days=ago))
        for ago in range(3)
    }
    others = {
        TAKEN: snapshot("global-weekly", FRIDAY - timedelta(weeks=61)),
        f"files/{name}": content,
        "login.csv": b"<!DOCTYPE html><html>Log in</html>",
        "deep/er/empty.json": b"{}",
    }
    return {**weeks(7), **weeks(3, skip=48), **days, **others}


@cache
def simulated_days(count: int) -> dict[str, bytes]:
    """Return daily charts as the simulator's weekly runs land them."""
    days = [FRIDAY - timedelta(days=ago) for ago in range(count)]
    return {
        f"chart=global-daily/{day:%Y-%m-%d}/day.json": envelope(
            [snapshot("global-daily", day)], source=SIMULATOR, playlist=CHARTS["global-daily"].playlist_id
        )
        for day in days
    }


def shares(count: int) -> list[dict[str, bytes]]:
    """Return as many different backlogs, whose weeks lie between each other's and so have songs in common."""
    strangers = [{f"of {number}/login.csv": b"<html>%d</html>" % number} for number in range(count)]
    return [
        {f"of {number}/{key}": raw for key, raw in weeks(3, skip=number, every=count).items()} | stranger
        for number, stranger in enumerate(strangers)
    ]


def written(raws: Mapping[str, bytes], folder: Path) -> dict[str, str]:
    """Write raw objects into files of their own; return key → file."""
    folder.mkdir(parents=True)
    files = {key: folder / str(number) for number, key in enumerate(raws)}
    for key, file in files.items():
        file.write_bytes(raws[key])
    return {key: str(file) for key, file in files.items()}
