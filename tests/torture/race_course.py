"""Where races are run: the servers, and the processes that set off together."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import msgspec

from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.seaweedfs import S3Server, running_s3
from tests.torture.race_material import FRIDAY, written
from tests.torture.racer import SECONDS, End, Heat
from top50.aws import AwsSession
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.simulator import running

ROOT = Path(__file__).parents[2]

Place = Literal["directory", "SeaweedFS"]


@dataclass(frozen=True)
class Racer:
    """What one process does in one heat."""

    flow: str
    options: tuple[str, ...] = ()
    lands: Mapping[str, bytes] = field(default_factory=dict)
    """What it puts into the backlog before it looks."""
    delay: float = 0.0
    """Seconds that it sets off later than the others."""


@dataclass(frozen=True)
class Course:
    """Real servers, and a folder for lakes."""

    folder: Path
    s3: S3Server
    environment: Mapping[str, str]

    def lake(self, place: Place, name: str) -> Lake:
        """Open a lake that is made if it is not there."""
        if place == "directory":
            return DirectoryLake(self.folder / name, create=True)
        return S3Lake(self.s3.bucket, name, AwsSession())

    def run(self, place: Place, heats: Mapping[str, Sequence[Racer]]) -> dict[str, list[End]]:
        """Run heats, each in the lake of its name, every process one after another; return how they ended."""
        address = str(self.folder) if place == "directory" else f"s3://{self.s3.bucket}"
        plans: list[list[Heat]] = []
        for name, racers in heats.items():
            gate = self.folder / f"{name}.gate"
            gate.mkdir()
            for number, racer in enumerate(racers):
                plans += [[]] if number == len(plans) else []
                plans[number].append(self._heat(racer, number, f"{address}/{name}", gate, len(racers)))
        ends = self._processes(place, next(iter(heats)), plans)
        return {name: [each[place_in] for each in ends] for place_in, name in enumerate(heats)}

    def _heat(self, racer: Racer, number: int, lake: str, gate: Path, racers: int) -> Heat:
        lands = written(racer.lands, gate.with_suffix(f".lands-{number}"))
        options = [*racer.options, f"--lake={lake}"]
        return Heat(racer.flow, options, str(gate), racers, racer.delay, lands)

    def _processes(self, place: Place, name: str, plans: list[list[Heat]]) -> list[list[End]]:
        files = [self.folder / f"{name}.{number}.json" for number in range(len(plans))]
        with ExitStack() as stack:
            processes = []
            for file, plan in zip(files, plans, strict=True):
                file.write_bytes(msgspec.json.encode(plan))
                said = stack.enter_context(file.with_suffix(".log").open("wb"))
                processes.append(self._start(place, file, said.fileno()))
                stack.callback(processes[-1].wait)
                stack.callback(processes[-1].kill)
            deadline = time.monotonic() + SECONDS * (1 + len(plans[0]))
            for process in processes:
                with suppress(subprocess.TimeoutExpired):  # it has come to no end, and that is how it ended
                    process.wait(max(deadline - time.monotonic(), 0))
        return [_ends(file, len(plan)) for file, plan in zip(files, plans, strict=True)]

    def _start(self, place: Place, plan: Path, said: int) -> "subprocess.Popen[bytes]":
        catalog = {} if place == "directory" else {"TOP50_CATALOG": "none"}
        command = [sys.executable, "-m", "tests.torture.racer", str(plan)]
        environment = {**self.environment, **catalog}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)


def _ends(plan: Path, heats: int) -> list[End]:
    file = plan.with_suffix(".ends")
    ends = msgspec.json.decode(file.read_bytes(), type=list[End]) if file.exists() else []
    log = plan.with_suffix(".log").read_text(errors="replace")[-1500:]
    return ends + [End(2, f"the process ended early: {log}")] * (heats - len(ends))


@contextmanager
def open_course(folder: Path) -> Iterator[Course]:
    """Start the servers: Prefect, S3 and a Spotify."""
    with running_prefect_server(folder / "prefect") as prefect, running_s3(folder / "s3") as s3:
        with course_on(folder, prefect, s3) as course:
            yield course


@contextmanager
def course_on(folder: Path, prefect: PrefectServer, s3: S3Server) -> Iterator[Course]:
    """Make a course with servers that run already."""
    lakes = folder / "lakes"
    lakes.mkdir()
    with running() as spotify, patch.dict(os.environ, s3.endpoint_environment()):
        spotify.set_now(FRIDAY)
        environment = {
            **prefect.environment(),
            **s3.endpoint_environment(),
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.5",
            "SPOTIPY_CLIENT_ID": "invented",
            "SPOTIPY_CLIENT_SECRET": "invented",
            "TOP50_SPOTIFY_API_URL": spotify.api_url,
            "TOP50_SPOTIFY_ACCOUNTS_URL": spotify.accounts_url,
        }
        yield Course(lakes, s3, environment)
