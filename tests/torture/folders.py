"""Folders as people have them, pending in a lake and brought in by an import: copies, clutter, links, halves.

Each point is a folder with one kind of thing, or a mix of several. Afterwards each content must be where its
kind says, once, and the tables must be those that the archive gives.
"""

import ctypes
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.servers.seaweedfs import running_s3
from tests.torture.bad_input import s3_lakes
from tests.torture.folder_things import ANYWHERE, KINDS, Charts, Thing
from tests.torture.in_lake import process
from tests.torture.moments import tables_of
from tests.torture.same_lake import contents
from tests.torture.scale import Scale
from tests.torture.tally import Place, Tally, Verdict
from top50.errors import Top50Error
from top50.history.archives import SplitArchives
from top50.history.find import find
from top50.history.judge import judge
from top50.history.lake_index import LakeIndex
from top50.history.land import in_groups, land_all
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.lake.directory import DirectoryLake
from top50.raw.keys import REASON
from top50.raw.quarantine import list_quarantine, put_back
from top50.read.snapshot import Wanted

SEED = 22
TABLES = "transformed_data/"
WORST_FIRST = ("lost", "doubled", "unclear")
INTO = ["", "", "Downloads", "2026/November 2026", "chart=global-weekly", "Dropbox (Personal)/charts"]


@dataclass
class Point:
    """A lake, a folder of somebody's, what lies in it, and what was seen of it."""

    lake: Lake
    folder: Path
    things: list[Thing]
    seen: list[str] = field(default_factory=list)

    @property
    def on_disk(self) -> bool:
        """Whether its files are a disk's, with links and rights."""
        return isinstance(self, Imported) or isinstance(self.lake, DirectoryLake)


class Pending(Point):
    """What people put into the backlog of a lake."""

    def plant(self, thing: Thing) -> None:
        if self.on_disk:
            thing.plant(self.folder)
        else:
            self.lake.write(TO_PROCESSED + thing.name, thing.content)

    def run(self) -> None:
        """Take it into the tables as process_pending does."""
        self.seen += map(str, process(self.lake))

    def between(self) -> None:
        """Put back what was refused: where another file is pending under its key, beside that."""
        for each in list_quarantine(self.lake):
            put_back(self.lake, each.key)

    def wrong(self, found: dict[str, bytes]) -> Iterator[tuple[Verdict, str]]:
        """Yield what is not where its kind says, each as often as it was put there."""
        for folder, fate in ((PROCESSED, "taken"), (QUARANTINE, "refused")):
            wanted = Counter(each.content for each in self.things if each.pending == fate)
            yield from _differences(wanted, _raws(found, folder), folder)
        left = {each.name: each.content for each in self.things if each.pending == "stays" and not each.make}
        pending = {key.removeprefix(TO_PROCESSED): each for key, each in found.items() if TO_PROCESSED in key}
        for name, content in left.items():
            if pending.pop(name, None) != content:
                yield "lost", f"{name!r} is not where it was"
        for name in pending:
            yield "unclear", f"{name!r} stays pending"
        for thing in self.things:
            if thing.named and not any(_shown(thing.name) in line for line in self.seen):
                yield "unclear", f"nothing names {thing.name!r}"


class Imported(Point):
    """What an import is pointed at."""

    def plant(self, thing: Thing) -> None:
        thing.plant(self.folder)

    def run(self) -> None:
        """Land what is new, and take it into the tables."""
        known = LakeIndex(self.lake)
        roots = find([str(self.folder)], self.lake.address, lambda _: self.lake)
        with SplitArchives((each for root in roots for each in root), lambda _: None) as cut:
            for group in in_groups(cut):
                verdicts = judge(self.lake, group, known, Wanted())
                self.seen += [f"{each.state} {_shown(each.found.name)} {each.why}" for each in verdicts]
                land_all(self.lake, verdicts, known)
        process(self.lake)

    def between(self) -> None:
        """Nothing: an import looks at what was refused again by itself."""

    def wrong(self, found: dict[str, bytes]) -> Iterator[tuple[Verdict, str]]:
        """Yield what is not in the lake once, what should not be there, and what nothing is said of."""
        for folder, fate in ((PROCESSED, "taken"), (QUARANTINE, "refused")):
            wanted = Counter({each.content for each in self.things if each.imported == fate})
            yield from _differences(wanted, _raws(found, folder), folder)
        for key in found:
            if key.startswith(TO_PROCESSED):
                yield "unclear", f"{key} stays pending"
        last = {each.name: each.content for each in self.things if not each.make}
        for name, content in last.items():
            if (self.folder / name).read_bytes() != content:
                yield "lost", f"{name!r} is not in its folder any more"
        for thing in self.things:
            if not thing.passed_over and not any(f"/{_shown(thing.name)} " in line for line in self.seen):
                yield "unclear", f"nothing names {thing.name!r}"


WHAT: dict[type[Pending | Imported], str] = {
    Pending: "a folder of a user's, pending",
    Imported: "a folder of a user's, imported",
}


def _shown(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _raws(found: dict[str, bytes], folder: str) -> Counter[bytes]:
    return Counter(
        content for key, content in found.items() if key.startswith(folder) and not key.endswith(REASON)
    )


def _differences(wanted: Counter[bytes], there: Counter[bytes], folder: str) -> Iterator[tuple[Verdict, str]]:
    for content in wanted.keys() | there.keys():
        if there[content] < wanted[content]:
            yield "lost", f"{content[-40:]!r} is not in {folder}"
        elif there[content] > wanted[content]:
            yield "doubled", f"{content[-40:]!r} is {there[content]} times in {folder}"


def try_one(point: Pending | Imported) -> tuple[Verdict, str]:
    """Plant what lies there from the first, run, plant what comes later, run; return what became of it."""
    for later in (False, True):
        for thing in (each for each in point.things if each.later == later):
            point.plant(thing)
        if later:
            point.between()
        if wrong := _run(point) or ("" if later else _open_what_is_shut(point)):
            return "unclear", wrong
    for special in (
        point.folder / each.name for each in point.things if each.make and each.pending == "stays"
    ):
        if not os.path.lexists(special):
            return "lost", f"{special.name!r} is not where it was"
        special.unlink()  # or it could not be read
    found = contents(point.lake)
    wrongs = [*point.wrong(found), *_wrong_in_lake(found)]
    return min(wrongs, key=lambda each: WORST_FIRST.index(each[0]), default=("survived", ""))


def _open_what_is_shut(point: Pending | Imported) -> str:
    """Follow the remedy of each line that names what may not be read; return what is wrong with that."""
    shut = [each.shut for each in point.things if each.shut and point.on_disk]
    while shut:
        named = [path for path in shut if any(path in line for line in point.seen)]
        if not named:
            return f"nothing names {shut[0]}"
        for path in named:
            shut.remove(path)
            (point.folder / path).chmod(0o755)
        if wrong := _run(point):
            return wrong
    return ""


def _run(point: Pending | Imported) -> str:
    """Run; return what is wrong with how it ended."""
    try:
        point.run()
    except Top50Error as error:
        point.seen.append(str(error))
        if not any(each.shut and each.shut in str(error) for each in point.things):
            return f"✗ {error}"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


def _wrong_in_lake(found: dict[str, bytes]) -> Iterator[tuple[Verdict, str]]:
    refused = {key for key in found if key.startswith(QUARANTINE) and not key.endswith(REASON)}
    yield from (("unclear", f"no reason beside {key}") for key in refused if key + REASON not in found)
    archived = {key.removeprefix(PROCESSED): each for key, each in found.items() if key.startswith(PROCESSED)}
    tables = {key: content for key, content in found.items() if key.startswith(TABLES)}
    if tables != dict(tables_of(tuple(sorted(archived.items())))):
        yield "lost", "the tables are not those that the archive gives"


def points(kinds: Iterable[str], stride: int, mixes: int) -> Iterator[tuple[str, list[Thing]]]:
    """Yield every `stride`-th kind by itself, and then so many mixes of several."""
    names = list(kinds)
    for name in names[::stride]:
        yield name, KINDS[name](Charts())
    chance = random.Random(SEED)
    for number in range(mixes):
        charts, things = Charts(), dict[tuple[str, bool], Thing]()
        chosen = chance.sample(names, chance.randint(3, 8))
        for name in chosen:
            into = chance.choice(INTO)
            for thing in KINDS[name](charts):
                below = thing.below(f"{into}/" if into else "")
                things.setdefault((below.name, below.later), below)
        yield f"mix {number}: {', '.join(chosen)}", list(things.values())


def in_place(
    way: type[Pending | Imported], place: Place, new_lake: Callable[[Path], Lake], folder: Path, scale: Scale
) -> Tally:
    """Try each kind by itself and mixes of them, each in a lake of its own."""
    tally, began = Tally(WHAT[way], place), time.monotonic()
    kinds = ANYWHERE if place == "SeaweedFS" and way is Pending else KINDS
    tried = points(kinds, max(1, scale.stride // 4), scale.objects // 200)
    with (
        _rights_of_others(),
        mock.patch.object(os, "fsync"),
    ):  # nothing is killed here: no disk need be waited for
        for number, (what, things) in enumerate(tried):
            own = folder / f"point-{number} {place} {way.__name__}"
            lake = new_lake(own / "lake" if way is Imported else own)
            there = own / "old" if way is Imported else own / TO_PROCESSED
            there.mkdir(parents=True, exist_ok=True)
            tally.add(*_verdict(way(lake, there, things), what))
    tally.seconds = time.monotonic() - began
    return tally


def _verdict(point: Pending | Imported, what: str) -> tuple[Verdict, str, str]:
    verdict, seen = try_one(point)
    return verdict, what, seen


@contextmanager
def _rights_of_others() -> Iterator[None]:
    """Give up what lets root read files that are shut; threads that begin meanwhile do without it, too.

    The numbers are those of capset(2): version 3, CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
    """
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head, rights = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(head, rights)
    before = rights[0]
    rights[0] &= ~0b110
    assert libc.capset(head, rights) == 0
    try:
        yield
    finally:
        rights[0] = before
        libc.capset(head, rights)


def in_directory(root: Path) -> Lake:
    """Return a new lake in a directory."""
    root.mkdir(parents=True)
    return DirectoryLake(root)


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Try both ways in both places."""
    with running_s3(folder / "s3") as server, s3_lakes(server) as new_lake:
        places: list[tuple[Place, Callable[[Path], Lake]]] = [
            ("directory", in_directory),
            ("SeaweedFS", lambda _: new_lake()),
        ]
        return [in_place(way, place, make, folder, scale) for place, make in places for way in WHAT]
