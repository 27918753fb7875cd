"""A weekly run in steady state: its seconds beside an empty flow's, and what it asks of Spotify and of S3."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.figures import Duel, Figure, alternate
from tests.bench.runs import EMPTY, Runner
from tests.bench.scale import Scale
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.proxy import recording
from tests.servers.seaweedfs import running_s3
from top50.simulator import Simulator, running
from top50.sources.simulated import HISTORY

WEEKLY = "weekly run"
EMPTY_FLOW = "empty flow"

_FLOW = "flows.weekly_chart"
_FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)
_WEEK = timedelta(days=7)


class SteadyLake:
    """A lake that holds `weeks` charts, and a simulator that is told to go on to the next one."""

    def __init__(self, simulator: Simulator, runner: Runner, weeks: int) -> None:
        self.simulator = simulator
        self.runner = runner
        self._now = _FRIDAY
        simulator.set_now(self._now)
        runner.run(_FLOW)
        for _ in range(weeks - HISTORY - 1):
            self.next_week()

    def next_week(self) -> float:
        """Run the next week; return its seconds."""
        self._now += _WEEK
        self.simulator.set_now(self._now)
        return self.runner.run(_FLOW).seconds


@contextmanager
def steady_lake(
    server: PrefectServer, lake: str, scale: Scale, folder: Path, extra: Mapping[str, str]
) -> Iterator[SteadyLake]:
    """Make a lake in steady state."""
    with running(now=_FRIDAY) as simulator:
        own = {
            "TOP50_LAKE": lake,
            "TOP50_SOURCE": "simulator",
            "TOP50_SPOTIFY_API_URL": simulator.api_url,
            "TOP50_SPOTIFY_ACCOUNTS_URL": simulator.accounts_url,
        }
        yield SteadyLake(simulator, Runner(folder, server.environment() | own | dict(extra)), scale.weeks)


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Measure a lake in a directory for time and Spotify, one on S3 for its requests."""
    with running_prefect_server(folder / "prefect") as server:
        with steady_lake(server, str(folder / "lake"), scale, folder, {}) as steady:
            in_directory = [_seconds(steady, scale.rounds), _spotify_requests(steady)]
        return [*in_directory, _requests("S3", s3_requests(server, scale, folder), "≤ 30")]


def _seconds(steady: SteadyLake, rounds: int) -> Figure:
    contenders = {WEEKLY: steady.next_week, EMPTY_FLOW: lambda: steady.runner.run(EMPTY).seconds}
    return Duel(alternate(contenders, rounds), WEEKLY, EMPTY_FLOW).more(WEEKLY, "≤ 3 s more")


def _spotify_requests(steady: SteadyLake) -> Figure:
    before = len(steady.simulator.requests)
    steady.next_week()
    asked = [f"{request.method} {request.path}" for request in steady.simulator.requests[before:]]
    return _requests("Spotify", asked, "≤ 3")


def s3_requests(server: PrefectServer, scale: Scale, folder: Path, **settings: str) -> list[str]:
    """Return what a weekly run asks of S3, of a lake in steady state."""
    (folder / "s3").mkdir()
    with running_s3(folder / "s3") as s3, recording(s3.endpoint_url) as wire:
        extra = s3.endpoint_environment() | {"AWS_ENDPOINT_URL_S3": wire.url, "TOP50_CATALOG": "none"}
        extra |= settings
        with steady_lake(server, f"s3://{s3.bucket}", scale, folder, extra) as steady:
            before = len(wire.requests)
            steady.next_week()
            return [str(request) for request in wire.requests[before:]]


def _requests(service: str, asked: list[str], target: str) -> Figure:
    methods = dict(Counter(request.split()[0] for request in asked).most_common())
    details = {"methods": methods, "requests": asked}
    name = f"{service} requests of a {WEEKLY}"
    return Figure(name, len(asked), "requests", len(asked), "requests", target, details=details)
