"""Runs in odd surroundings: each completes, or ends with one line, and goes on in good surroundings."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from tests.servers.forks import Forks, running_forks
from tests.servers.prefect import running_prefect_server
from tests.torture.environment_cases import CASES, Case, Place
from tests.torture.good import good
from tests.torture.in_lake import put
from tests.torture.lake_state import reader_sees
from tests.torture.same_lake import compare, contents
from tests.torture.scale import Scale
from tests.torture.tally import Tally, Verdict
from top50.lake.directory import OWN, DirectoryLake
from top50.raw.keys import REASON

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
RAWS = good(3)
BACKLOG = "flows.process_pending"


@dataclass
class Ground:
    """A copy of the project, whose `.env` may be spoilt, and what all runs know."""

    folder: Path
    settings: Mapping[str, str]
    forks: Forks

    @cached_property
    def project(self) -> Path:
        """The copy."""
        for name in ("deployments", "flows", "tasks", "top50"):
            shutil.copytree(ROOT / name, self.folder / "project" / name)
        return self.folder / "project"

    @cached_property
    def usual(self) -> tuple[DirectoryLake, float]:
        """The lake that a run leaves that nothing disturbs, and the seconds that it takes."""
        place, began = self.new_place("usual"), time.monotonic()
        code, said = self.run(Case("nothing", begin=list), place)
        assert code == 0, said
        return DirectoryLake(place.lake), time.monotonic() - began

    def new_place(self, name: str) -> Place:
        """Return a lake with a backlog, and a folder for what is odd."""
        place = Place(self.folder / name / "lake", self.project, self.folder / name / "odd")
        place.odd.mkdir(parents=True)
        put(DirectoryLake(place.lake, create=True), RAWS)
        return place

    def environment(self, place: Place, case: Case) -> dict[str, str]:
        """Return what a run of a case knows."""
        own = {name: each for name, each in self.settings.items() if case.server or "PREFECT" not in name}
        odd = {name: each.replace("{odd}", str(place.odd)) for name, each in case.settings.items()}
        return {
            **own,
            "HOME": str(self.folder),
            "TOP50_LAKE": str(place.lake),
            "TOP50_SOURCE": "simulator",
            **odd,
        }

    def run(self, case: Case, place: Place) -> tuple[int, str]:
        """Run the command in the case's surroundings; return its exit code and what it wrote."""
        options = [each.replace("{odd}", str(place.odd)) for each in case.options]
        if case.needs_no_process:
            ended = self.forks.run(case.module, tuple(options), self.environment(place, case), SECONDS)
            return ended.returncode, ended.stdout + ended.stderr
        log = place.odd.parent / "log"
        elsewhere = {"PYTHONPATH": str(self.project)} if (place.odd / "duckdb.py").exists() else {}
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [sys.executable, *(["-P"] if elsewhere else []), "-m", case.module, *options],
                cwd=place.odd if elsewhere else self.project,
                env=self.environment(place, case) | elsewhere,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=partial(_become, case),  # noqa: PLW1509 - there are no threads here
            ) as process,
        ):
            try:
                if case.interrupt:
                    process.wait(case.interrupt * self.usual[1])
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        return process.returncode, log.read_text(errors="replace")


def _become(case: Case) -> None:
    """Give up, in the process of a run, what root may do and others may not; then do what is odd."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what is run in the background has it ignored
    libc = ctypes.CDLL(None)
    for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, right)  # PR_CAPBSET_DROP
    case.begin()


def try_case(ground: Ground, case: Case, name: str) -> tuple[Verdict, str]:
    """Run in odd surroundings, then in good ones; return what became of the lake."""
    undisturbed, _ = ground.usual
    place = ground.new_place(name)
    case.make(place)
    try:
        code, said = ground.run(case, place)
    finally:
        shutil.rmtree(ground.project / ".env", ignore_errors=True)
        (ground.project / ".env").unlink(missing_ok=True)
        for path in (place.odd, place.lake, *place.lake.rglob("*/")):
            path.chmod(0o755)
    lake = DirectoryLake(place.lake)
    if wrong := _wrong_end(case, code, said) or _wrong_meanwhile(lake):
        return "unclear", wrong
    if (place.odd / "ran").exists():
        return "unclear", "a planted module ran"
    if code == 0:
        return compare(undisturbed, lake)
    good = ground.forks.run(BACKLOG, (), ground.environment(place, Case("nothing")), SECONDS)
    if good.returncode:
        return "unclear", f"in good surroundings: {good.stderr[-300:]}"
    return compare(undisturbed, lake)


def _wrong_end(case: Case, code: int, said: str) -> str:
    lines = said.strip().splitlines() or [""]
    if "Traceback" in said:
        return f"a traceback: {said[-500:]}"
    if code == 0 and (case.or_completes or not case.says):
        return ""
    starts = case.code == 2 or lines[-1].startswith("✗ ")
    if code == case.code and case.says and starts and case.says in lines[-1] and "This is a bug" not in said:
        return ""
    return f"exit code {code}: {said[-400:]}"


_STAY = ("lock", "opening", "catalog.json")


def _wrong_meanwhile(lake: DirectoryLake) -> str:
    """Return what is half written, or lost for good."""
    found = contents(lake)
    raws = [each for key, each in found.items() if key.startswith("raw_data/") and not key.endswith(REASON)]
    if gone := [key for key, content in RAWS if content not in raws]:
        return f"{gone[0]} is nowhere"
    own = [key for key in found if key.startswith(OWN) and key.rpartition("/")[2] not in _STAY]
    return reader_sees(lake) or (f"{own[0]} was left" if own else "")


@contextmanager
def open_ground(folder: Path, settings: Mapping[str, str]) -> Iterator[Ground]:
    """Prepare for cases; `settings` name a Prefect server."""
    with running_forks(settings) as forks:
        yield Ground(folder, {"PATH": os.environ["PATH"], **settings}, forks)


def try_cases(ground: Ground, cases: list[Case]) -> Tally:
    """Try each case."""
    tally, began = Tally("a run in odd surroundings", "directory"), time.monotonic()
    for number, case in enumerate(cases):
        verdict, seen = try_case(ground, case, f"case-{number}")
        tally.add(verdict, case.what, seen)
    tally.seconds = time.monotonic() - began
    return tally


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Try every case, or every so many."""
    with (
        running_prefect_server(folder / "prefect") as server,
        open_ground(folder, server.environment()) as ground,
    ):
        return [try_cases(ground, CASES[:: max(1, scale.stride // 10)])]
