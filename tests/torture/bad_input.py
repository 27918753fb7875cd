"""Bad input: each raw object ends in the tables or in quarantine with a true reason, and stops no other."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest

from tests.servers.seaweedfs import S3Server, running_s3
from tests.torture import bad_keys, bad_sizes
from tests.torture.good import Raw, good
from tests.torture.in_lake import put, try_all
from tests.torture.scale import Scale
from tests.torture.spoilt import Spoilt, spoilt
from tests.torture.tally import Place, Tally
from tests.unit.generated import broken_references
from top50.aws import AwsSession
from top50.charts import FIRST_DAY
from top50.errors import RawError
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.read import read_snapshot
from top50.read.snapshot import Snapshot, Wanted
from top50.tables.schemas import TABLES
from top50.transform import build_tables

SEED = 50
_TOGETHER = 50
"""How many are built at once, good ones among them."""

_ID = re.compile(r"[0-9A-Za-z]+")


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Try all of it: spoilt objects in memory, in lakes and through the flow; odd keys; large ones."""
    lakes = scale.objects // 10
    tallies = [in_memory(scale.objects)]
    tallies.append(in_lake(DirectoryLake(folder / "lake", create=True), "directory", lakes))
    with running_s3(folder / "s3") as server, s3_lakes(server) as new_lake:
        tallies.append(in_lake(new_lake(), "SeaweedFS", lakes // 2))
        tallies += [bad_keys.on_disk(folder / "keys"), bad_keys.on_s3(new_lake(), server)]
    return [*tallies, *bad_sizes.torture(scale, folder / "sizes")]


@contextmanager
def s3_lakes(server: S3Server) -> Iterator[Callable[[], S3Lake]]:
    """Make lakes of their own on a server, with its credentials in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.endpoint_environment().items():
            patch.setenv(name, value)
        yield lambda: S3Lake(server.bucket, f"lake-{uuid4().hex[:8]}", AwsSession())


def in_memory(count: int, seed: int = SEED) -> Tally:
    """Read so many spoilt objects one by one, then build them together with good ones."""
    tally, started, charts = Tally("a spoilt raw object, built", ""), time.perf_counter(), good(3)
    objects = spoilt(count, seed)
    while group := list(islice(objects, _TOGETHER)):
        together = _wrong_together(group, charts)
        for each in group:
            wrong = _wrong_alone(each) or together
            tally.add("unclear" if wrong else "survived", f"{each.how} (seed {seed}, {each.key})", wrong)
    tally.seconds = time.perf_counter() - started
    return tally


def _wrong_alone(each: Spoilt) -> str:
    try:
        snapshot = read_snapshot(each.key, each.content, Wanted())
    except RawError as error:
        return wrong_reason(str(error), each.reason)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    return f"taken, and should not be: {each.reason}" if each.reason else _wrong_snapshot(snapshot, Wanted())


def _wrong_together(group: list[Spoilt], charts: list[Raw]) -> str:
    try:
        built = build_tables([*charts, *((each.key, each.content) for each in group)])
        wrong = _wrong_tables(built.tables)
    except Exception as error:  # noqa: BLE001 - as above
        return f"together: {type(error).__name__}: {error}"
    held_up = {key for key, _ in charts} & {each.key for each in built.refused}
    return wrong or (f"held up: {held_up}" if held_up else "")


def wrong_reason(reason: str, expected: str) -> str:
    """Say what is wrong with a reason: it is one short line of plain text, and true."""
    if not 0 < len(reason) <= 1000 or not reason.isprintable():
        return f"no short plain line: {reason[:200]!r}"
    return "" if re.search(expected, reason) else f"not for {expected!r}: {reason}"


def _wrong_snapshot(snapshot: Snapshot, wanted: Wanted) -> str:
    """Say what is wrong with what was read: ranks, ids, dates."""
    ranks = [entry.rank for entry in snapshot.entries]
    if snapshot.chart and (len(set(ranks)) < len(ranks) or set(ranks) - set(range(1, wanted.size + 1))):
        return f"ranks {ranks}"
    if snapshot.chart and not (snapshot.chart_date and FIRST_DAY <= snapshot.chart_date <= wanted.today):
        return f"chart date {snapshot.chart_date}"
    tracks = [entry.track for entry in snapshot.entries]
    ids = [entry.song_id for entry in snapshot.entries]
    ids += [track.album.id for track in tracks if track.album and track.album.id]
    ids += [artist.id for track in tracks for artist in track.artists or () if artist.id]
    return next((f"id {each!r}" for each in ids if not _ID.fullmatch(each)), "")


def _wrong_tables(tables: dict[str, pl.DataFrame]) -> str:
    """Say what is wrong with tables: types, keys, references, times that no reader could take."""
    for name, frame in tables.items():
        table = TABLES[name]
        if dict(frame.schema) != table.types:
            return f"{name} has the types {frame.schema}"
        if frame.select(table.key).is_duplicated().any():
            return f"{name} has a key twice"
        for column in (each for each, kind in frame.schema.items() if kind.is_temporal()):
            values = frame[column].to_list()  # raises for what Python has no date for
            latest = max((value for value in values if isinstance(value, datetime)), default=datetime.min)
            # `updated_at` in the future would win for ever.
            if column in ("updated_at", "observed_at") and (latest.date() - Wanted().today).days > 9:
                return f"{name}: {column} {latest}"
    return "; ".join(broken_references(tables))


def in_lake(lake: Lake, place: Place, count: int, seed: int = SEED + 1) -> Tally:
    """Process so many spoilt objects, a good one among every hundred, and look where each ended."""
    raws = [(each.key, each.content) for each in spoilt(count, seed)]
    charts = good(max(2, count // 100))
    put(lake, [*raws, *charts])
    return try_all(Tally("a spoilt raw object, processed", place), lake, raws, charts)
