"""Bad input: each raw object ends in the tables or in quarantine with a true reason, and stops no other."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers.seaweedfs import S3Server, running_s3
from tests.torture import bad_keys, bad_sizes
from tests.torture.good import Raw, good, seeds
from tests.torture.in_lake import process, put, wrong_ends
from tests.torture.mutations import Mutated, mutations
from tests.torture.properties import wrong_reason, wrong_snapshot, wrong_tables
from tests.torture.scale import Scale
from tests.torture.tally import Place, Tally
from top50.aws import AwsSession
from top50.errors import RawError, Top50Error
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.read import read_snapshot
from top50.read.snapshot import Wanted
from top50.transform import build_tables

SEED = 50
_TOGETHER = 50
"""How many are built at once, good ones among them."""


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Try all of it: mutated objects in memory, in lakes and through the flow; odd keys; large ones."""
    lakes = scale.objects // 10
    tallies = [in_memory(scale.objects)]
    tallies.append(in_lake(DirectoryLake(folder / "lake", create=True), "directory", lakes))
    with running_s3(folder / "s3") as server, s3_lakes(server) as new_lake:
        tallies.append(in_lake(new_lake(), "SeaweedFS", lakes // 2))
        tallies += bad_keys.torture(folder / "keys", new_lake(), server)
    return [*tallies, *bad_sizes.torture(scale, folder / "sizes")]


@contextmanager
def s3_lakes(server: S3Server) -> Iterator[Callable[[], S3Lake]]:
    """Make lakes of their own on a server, with its credentials in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.endpoint_environment().items():
            patch.setenv(name, value)
        yield lambda: S3Lake(server.bucket, f"lake-{uuid4().hex[:8]}", AwsSession())


def in_memory(count: int, seed: int = SEED) -> Tally:
    """Read so many mutated objects one by one, then build them together with good ones."""
    tally = Tally("a mutated raw object, built", "")
    started = time.perf_counter()
    charts = good(3)
    for group in _groups(mutations(seeds(), seed, count), _TOGETHER):
        seen = {each.key: _wrong_alone(each) for each in group}
        together = _wrong_together(group, charts)
        for each in group:
            wrong = seen[each.key] or together
            tally.add("unclear" if wrong else "survived", f"{each.how} (seed {seed}, {each.key})", wrong)
    tally.seconds = time.perf_counter() - started
    return tally


def _wrong_alone(each: Mutated) -> str:
    try:
        snapshot = read_snapshot(each.key, each.content, Wanted())
    except RawError as error:
        return wrong_reason(str(error), each.reason)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    return f"taken, and should not be: {each.reason}" if each.reason else wrong_snapshot(snapshot, Wanted())


def _wrong_together(group: list[Mutated], charts: list[Raw]) -> str:
    try:
        built = build_tables([*charts, *((each.key, each.content) for each in group)])
        wrong = wrong_tables(built.tables, Wanted().today)
    except Exception as error:  # noqa: BLE001 - as above
        return f"together: {type(error).__name__}: {error}"
    held_up = {key for key, _ in charts} & {each.key for each in built.refused}
    return wrong or (f"held up: {held_up}" if held_up else "")


def _groups(items: Iterable[Mutated], size: int) -> Iterator[list[Mutated]]:
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


def in_lake(lake: Lake, place: Place, count: int, seed: int = SEED + 1) -> Tally:
    """Process so many mutated objects, a good one among every hundred, and look where each ended."""
    tally = Tally("a mutated raw object, processed", place)
    started = time.perf_counter()
    raws = [(each.key, each.content) for each in mutations(seeds(), seed, count)]
    charts = good(max(2, count // 100))
    put(lake, [*raws, *charts])
    wrong = _process_all(lake, raws, charts)
    for key, _ in (*raws, *charts):
        tally.add(
            "lost" if wrong.get(key) == "lost" else "unclear" if key in wrong else "survived",
            key,
            wrong.get(key, ""),
        )
    for key in wrong.keys() - {key for key, _ in (*raws, *charts)}:
        tally.add("unclear", key, wrong[key])
    tally.seconds = time.perf_counter() - started
    return tally


def _process_all(lake: Lake, raws: list[Raw], charts: list[Raw]) -> dict[str, str]:
    try:
        strays = process(lake)
    except Top50Error as error:
        return {"the run": str(error)}
    return {str(stray): "left where it is" for stray in strays} | wrong_ends(lake, raws, charts)
