"""The Prefect API goes away in the middle of a run, and comes back or not."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.outage import KINDS, Outage, going_away
from tests.servers.prefect import PrefectServer
from tests.torture.commands import run_flow, unclear_end
from tests.torture.races import charts
from tests.torture.same_lake import compare, contents, one_after_the_other, raws_of
from tests.torture.scale import Scale
from tests.torture.tally import Tally, Verdict
from top50.lake.directory import DirectoryLake
from top50.raw.backlog import BATCH_BYTES

SHORT, FOR_GOOD = 4.0, 10_000.0
"""Seconds. A client that has had an answer asks again for about a minute, each time."""

IMPATIENT = {"PREFECT_CLIENT_MAX_RETRIES": "1"}
"""For a server that stays away: what would come of it is the same, minutes later."""

POINTS = 8
"""Of each kind; a run asks about 25 times."""

CHARTS = 8
"""What a simulated lake holds after its first run."""


def torture(scale: Scale, folder: Path, server: PrefectServer) -> list[Tally]:
    """Let it go away for a while and for good, at points all over a run."""
    counted = requests_of_a_run(folder / "counted", server)
    points = [counted // 2] if scale.quick else [1 + point * counted // POINTS for point in range(POINTS)]
    tallies = []
    for kind in KINDS:
        away = [Outage(kind, point, SHORT) for point in points]
        tallies.append(_tried(f"the Prefect API {kind} for {SHORT:.0f} s", away, folder, server))
    gone = [Outage("refuses", point, FOR_GOOD) for point in points[1 :: 2 if not scale.quick else 1]]
    return [*tallies, *_if_any(gone, folder, server)]


def _if_any(outages: list[Outage], folder: Path, server: PrefectServer) -> Iterator[Tally]:
    if outages:
        yield _tried("the Prefect API goes away for good", outages, folder, server)


def _tried(what: str, outages: list[Outage], folder: Path, server: PrefectServer) -> Tally:
    tally, began = Tally(f"{what} during a weekly run", "directory"), time.monotonic()
    for outage in outages:
        name = f"{outage.kind} {outage.seconds:.0f} s from request {outage.at} on"
        tally.add(*_verdict(outage, folder / name.replace(" ", "-"), server, name))
    tally.seconds = time.monotonic() - began
    return tally


def _verdict(outage: Outage, folder: Path, server: PrefectServer, name: str) -> tuple[Verdict, str, str]:
    try:
        verdict, seen = try_outage(outage, folder, server)
    except subprocess.TimeoutExpired as hung:
        verdict, seen = "unclear", str(hung)
    return verdict, name, seen


def requests_of_a_run(folder: Path, server: PrefectServer) -> int:
    """Return how often a run asks the API when nothing is wrong."""
    folder.mkdir(parents=True)
    with going_away(server.api_url) as proxy:
        ended = _weekly(folder, {**server.environment(), "PREFECT_API_URL": proxy.url})
    if ended.returncode:
        raise AssertionError(f"an undisturbed run failed: {ended.stderr[-2000:]}")
    return len(proxy.requests)


def try_outage(outage: Outage, folder: Path, server: PrefectServer) -> tuple[Verdict, str]:
    """Run into an outage, then again without, and look at the lake."""
    folder.mkdir(parents=True)
    with going_away(server.api_url, outage) as proxy:
        patience = IMPATIENT if outage.seconds == FOR_GOOD else {}
        first = _weekly(folder, {**server.environment(), **patience, "PREFECT_API_URL": proxy.url})
    second = _weekly(folder, server.environment())
    verdict, seen = whole(folder / "lake", folder / "undisturbed")
    if verdict != "survived":
        return verdict, f"{seen}; the first run {first.stderr[-500:]}"
    if len(proxy.requests) < outage.at:
        return "unclear", f"the run asked only {len(proxy.requests)} times: it was never away"
    wrong = unclear_end(first) or ("" if second.returncode == 0 else second.stderr[-1500:])
    return ("unclear" if wrong else "survived"), wrong


def whole(place: Path, undisturbed: Path, expected: int = CHARTS) -> tuple[Verdict, str]:
    """Say whether a simulated lake is what its raw objects give, with all charts and nothing left behind."""
    lake = DirectoryLake(place)
    verdict, seen = compare(one_after_the_other(raws_of(contents(lake)), undisturbed, BATCH_BYTES), lake)
    if verdict == "survived" and charts(lake) != expected:
        return "lost", f"{charts(lake)} charts instead of {expected}"
    return verdict, seen


def _weekly(folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    patient = {"PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "2", "TOP50_SOURCE": "simulator"}
    own = {**environment, **patient, "TOP50_LAKE": str(folder / "lake"), "TOP50_CATALOG": "none"}
    return run_flow("weekly_chart", environment=own, folder=folder)
