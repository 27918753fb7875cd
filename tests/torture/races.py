"""Races: several processes at once must leave what they leave one after the other."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import polars as pl

from tests.torture.looked_at import out_of_date
from tests.torture.race_course import Course, Place, Racer, open_course
from tests.torture.race_material import archived, backlog, shares, weeks
from tests.torture.racer import End
from tests.torture.same_lake import compare, contents, one_after_the_other, put_pending, raws_of, take_all
from tests.torture.scale import Scale
from tests.torture.tally import Tally, Verdict
from top50.lake import Lake
from top50.tables.files import TRANSFORMED

_HEATS = 4
_LATEST = 0.5
"""Seconds by which some set off later than others, so that heats differ in what meets what."""

_WEEKS = 12
"""Of history, where there is one."""

_PLAYLIST = ("--source=playlist",)


@dataclass(frozen=True)
class Race:
    """One kind of race."""

    what: str
    racers: list[Racer]
    before: Mapping[str, bytes] = field(default_factory=dict)
    """The raw objects of the archive when it begins."""
    pending: Mapping[str, bytes] = field(default_factory=dict)
    missing: str = ""
    """Files whose key begins so are not there when it begins."""
    brings: int = 0
    """How many charts come from a source, and so at another time in each heat."""


def same_backlog(writers: int, _: Path) -> Race:
    """All process one backlog, with a key that is taken, two charts, and what is no chart."""
    return Race(
        f"{writers} processes, the same backlog", [Racer("process_pending")] * writers, archived(), backlog()
    )


def other_backlogs(writers: int, _: Path) -> Race:
    """Each lands raw objects of its own, with songs that others have too, and processes what is there."""
    racers = [Racer("process_pending", lands=share) for share in shares(writers)]
    return Race(f"{writers} processes, as many backlogs", racers, archived())


def two_weekly_runs(_: int, __: Path) -> Race:
    """The same week is fetched twice, into a lake with nothing in it."""
    weekly = Racer("weekly_chart", ("--source=simulator",))
    return Race("two weekly runs for the same week", [weekly, weekly], brings=8)


def runs_of_other_charts(_: int, __: Path) -> Race:
    """Two runs of two charts each, one of them in both."""
    racers = [
        Racer("weekly_chart", ("--source=simulator", f"--chart={charts}"))
        for charts in ("global-weekly,us-weekly", "us-weekly,br-weekly")
    ]
    return Race("two weekly runs with a chart in common", racers, brings=24)


def rebuild_and_weekly_run(_: int, __: Path) -> Race:
    """All facts are missing and made anew, while the newest week comes in."""
    racers = [Racer("rebuild"), Racer("weekly_chart", _PLAYLIST, delay=random.uniform(0, _LATEST))]
    facts = f"{TRANSFORMED}chart_entries/"
    return Race("a rebuild beside a weekly run", racers, weeks(_WEEKS, skip=1), missing=facts, brings=1)


def import_and_weekly_run(_: int, folder: Path) -> Race:
    """Old weeks are brought in, while the newest comes in and takes along what has landed by then."""
    for name, raw in weeks(_WEEKS, skip=1).items():
        file = folder / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    weekly = Racer("weekly_chart", _PLAYLIST, delay=random.uniform(0, _LATEST))
    bringing = Racer("import_history", (str(folder / "files"),))
    return Race("an import beside a weekly run", [bringing, weekly], archived(), brings=1)


RACES: list[Callable[[int, Path], Race]] = [
    same_backlog,
    other_backlogs,
    two_weekly_runs,
    runs_of_other_charts,
    rebuild_and_weekly_run,
    import_and_weekly_run,
]


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Run all races, on a directory and on SeaweedFS, several heats of each."""
    heats = 1 if scale.quick else _HEATS
    with open_course(folder) as course:
        return [run(course, make, place, scale.writers, heats) for place, make in _all_races()]


def _all_races() -> Iterator[tuple[Place, Callable[[int, Path], Race]]]:
    for place in get_args(Place):
        yield from ((place, make) for make in RACES)


def run(course: Course, make: Callable[[int, Path], Race], place: Place, writers: int, heats: int) -> Tally:
    """Run one kind of race several times, and look at the lake after each."""
    names = [f"{make.__name__}-{place}-{heat}" for heat in range(heats)]
    races = {name: make(writers, course.folder / f"{name}.own") for name in names}
    tally = Tally(next(iter(races.values())).what, place)
    for name, race in races.items():
        _prepare(course.lake(place, name), race, course.folder / f"{name}.before")
    began = time.monotonic()
    ends = course.run(place, {name: race.racers for name, race in races.items()})
    tally.seconds = time.monotonic() - began
    for name, race in races.items():
        undisturbed = course.folder / f"{name}.undisturbed"
        verdict, seen = judge(course.lake(place, name), race, ends[name], undisturbed)
        tally.add(verdict, name, seen)
    return tally


def _prepare(lake: Lake, race: Race, folder: Path) -> None:
    if race.before:
        for key, content in contents(one_after_the_other(race.before, folder)).items():
            if not key.startswith((".", race.missing or ".")):
                lake.write(key, content)
    put_pending(lake, race.pending)


def judge(lake: Lake, race: Race, ends: list[End], folder: Path) -> tuple[Verdict, str]:
    """Say what came of a race: the lake first, then how the processes ended, then what people look at."""
    verdict, seen = compare(_undisturbed(lake, race, folder), lake)
    if verdict != "survived":
        return verdict, f"{seen}; {_failed(ends)}"
    wrong = _failed(ends) or _short_of(lake, race) or out_of_date(lake)
    return ("unclear" if wrong else "survived"), wrong


def _undisturbed(lake: Lake, race: Race, folder: Path) -> Lake:
    if race.brings:
        return one_after_the_other(raws_of(contents(lake)), folder)
    undisturbed = one_after_the_other(race.before, folder)
    for raws in (race.pending, *(racer.lands for racer in race.racers)):
        put_pending(undisturbed, raws)
        take_all(undisturbed)
    return undisturbed


def _failed(ends: list[End]) -> str:
    return "; ".join(f"ended with {end.code}: {end.last_line}" for end in ends if end.code)


def _short_of(lake: Lake, race: Race) -> str:
    """Say when charts are missing of a race whose raw objects are not known beforehand."""
    brought = [racer for racer in race.racers if racer.flow == "import_history"]
    wanted = race.brings + len(race.before) + _WEEKS * len(brought)
    return "" if not race.brings or charts(lake) == wanted else f"{charts(lake)} charts instead of {wanted}"


def charts(lake: Lake) -> int:
    """Return how many charts the tables hold."""
    entries = [raw for key, raw in contents(lake).items() if key.startswith(f"{TRANSFORMED}chart_entries/")]
    return sum(pl.read_parquet(raw)["chart_date"].n_unique() for raw in entries)
