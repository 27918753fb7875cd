"""What must be true of whatever a spoilt raw object is taken for."""

import re
from datetime import date, datetime

import polars as pl

from tests.unit.generated import broken_references
from top50.charts import FIRST_DAY
from top50.read.snapshot import Snapshot, Wanted
from top50.tables import TABLES

_ID = re.compile(r"[0-9A-Za-z]+")
_LONGEST_REASON = 1000


def wrong_reason(reason: str, expected: str) -> str:
    """Say what is wrong with a reason: it is one short line of plain text, and true."""
    if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
        return f"no short plain line: {reason[:200]!r}"
    return "" if re.search(expected, reason) else f"not for {expected!r}: {reason}"


def wrong_snapshot(snapshot: Snapshot, wanted: Wanted) -> str:
    """Say what is wrong with what was read: ranks, ids, dates."""
    ranks = [entry.rank for entry in snapshot.entries]
    if snapshot.chart and (
        len(set(ranks)) < len(ranks) or not all(1 <= rank <= wanted.size for rank in ranks)
    ):
        return f"ranks {ranks}"
    if snapshot.chart and not (snapshot.chart_date and FIRST_DAY <= snapshot.chart_date <= wanted.today):
        return f"chart date {snapshot.chart_date}"
    tracks = [entry.track for entry in snapshot.entries]
    ids = [entry.song_id for entry in snapshot.entries]
    ids += [track.album.id for track in tracks if track.album and track.album.id]
    ids += [artist.id for track in tracks for artist in track.artists or () if artist.id]
    return next((f"id {each!r}" for each in ids if not _ID.fullmatch(each)), "")


def wrong_tables(tables: dict[str, pl.DataFrame], today: date) -> str:
    """Say what is wrong with tables: types, keys, references, dates that no reader could take."""
    for name, frame in tables.items():
        table = TABLES[name]
        if dict(frame.schema) != table.types:
            return f"{name} has the types {frame.schema}"
        if frame.select(table.key).is_duplicated().any():
            return f"{name} has a key twice"
        if strange := _strange_times(frame, today):
            return f"{name}: {strange}"
    return "; ".join(broken_references(tables))


def _strange_times(frame: pl.DataFrame, today: date) -> str:
    """Times that Python, Athena or DuckDB could not take; `updated_at` in the future would win for ever."""
    for name, dtype in frame.schema.items():
        if not dtype.is_temporal():
            continue
        values = frame[name].to_list()  # raises for what Python has no date for
        latest = max((value for value in values if value is not None), default=None)
        is_time = name in ("updated_at", "observed_at") and isinstance(latest, datetime)
        if is_time and latest is not None and (latest.date() - today).days > 9:
            return f"{name} {latest}"
    return ""
