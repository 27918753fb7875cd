"""What the real files hold, read without the project."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any


def chart_in(path: Path) -> tuple[str, date]:
    """The chart of a file and the last day that it covers: by its name, a playlist's by its rows."""
    if path.suffix == ".csv":
        region = path.name.split("-")[1]
        day = re.findall(r"\d{4}-\d\d-\d\d", path.name)[-1]
        return f"{region}-weekly", _thursday_until(date.fromisoformat(day))
    newest = max(row["added_at"] for row in _items(path))
    day = date.fromisoformat(newest[:10]) - timedelta(days=1)
    is_daily = path.name.startswith("global-daily")
    return ("global-daily", day) if is_daily else ("global-weekly", _thursday_until(day))


def ranks_in(path: Path) -> set[tuple[int, str]]:
    """(rank, song id) of the first fifty that have a song."""
    return {(rank, song) for rank, song in _rows(path) if song and rank <= 50}


def without_song(path: Path) -> int:
    """How many of the first fifty have none."""
    return sum(not song for rank, song in _rows(path) if rank <= 50)


def _rows(path: Path) -> list[tuple[int, str]]:
    if path.suffix == ".csv":
        lines = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        found = [(line[0], re.search(r"track[:/](\w{22})", ",".join(line))) for line in lines]
        return [(int(rank), song[1] if song else "") for rank, song in found if rank.isdigit()]
    return [(rank, (row["track"] or {}).get("id") or "") for rank, row in enumerate(_items(path), start=1)]


def _items(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_bytes())
    items: list[dict[str, Any]] = found["items"] if "items" in found else found["tracks"]["items"]
    return items


def _thursday_until(day: date) -> date:
    return day - timedelta(days=(day.weekday() - 3) % 7)
