"""Damaged and strange table files: one true line or the right answer, and a rebuild mends it."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.seaweedfs import running_s3
from tests.torture.bad_input import s3_lakes
from tests.torture.good import good
from tests.torture.in_lake import process, put
from tests.torture.scale import Scale
from tests.torture.tally import Place, Tally, Verdict
from top50.errors import Top50Error
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import put_in_place
from top50.tables.completeness import check_against_archive, check_files
from top50.tables.files import TRANSFORMED, all_files, songs_file

SEED = 22
NAMES = [
    *["{} (1).parquet", "{} (conflicted copy 2026-11-30).parquet", "Copy of {}.parquet", "{}.parquet.tmp"],
    *["._{}.parquet", ".{}.parquet.crc", "deep/{}.parquet", "{}.PARQUET", "part-0.parquet", "{}.parquet~"],
    *[".DS_Store", "_SUCCESS", "Thumbs.db", "desktop.ini", "README.txt", "~${}.parquet", ".{}.parquet.swp"],
]
FOLDERS = [
    "chart=global-weekly (copy)/year=2012",
    "chart=global-weekly/year=2012 - Copy",
    "chart=nowhere/year=2012",
]


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Damage table files byte by byte, take them away, and put other files among them, in both places."""
    count = scale.objects // 10
    tallies = in_place(DirectoryLake(folder / "lake", create=True), "directory", count)
    with running_s3(folder / "s3") as server, s3_lakes(server) as new_lake:
        return [*tallies, *in_place(new_lake(), "SeaweedFS", count // 10)]


def in_place(lake: Lake, place: Place, count: int) -> list[Tally]:
    """Try it in one lake, which every point leaves as it found it."""
    charts = good(4)
    put(lake, charts[:3])
    process(lake)
    whole = Whole(lake, contents(lake), charts[3])
    tallies = [
        Tally("a damaged table file", place),
        Tally("a table file that is gone", place),
        Tally("a file that is none among the tables", place),
    ]
    for tally, points in zip(tallies, (whole.damaged(count), whole.gone(), whole.strange()), strict=True):
        started = time.perf_counter()
        for point, verdict, seen in points:
            tally.add(verdict, point, seen)
        tally.seconds = time.perf_counter() - started
    return tallies


def contents(lake: Lake) -> dict[str, bytes]:
    """Return key → bytes of all that lies among the tables."""
    keys = sorted(item.key for item in lake.list(TRANSFORMED))
    return {key: stored.content for key in keys if (stored := lake.read(key))}


Point = tuple[str, Verdict, str]


@dataclass
class Whole:
    """A lake, the files of its tables as they should be, and a chart that it does not have."""

    lake: Lake
    files: dict[str, bytes]
    new: tuple[str, bytes]

    def damaged(self, count: int) -> Iterator[Point]:
        """Change, cut or lengthen one file at a time."""
        chance = random.Random(SEED)
        for number in range(count):
            key = list(self.files)[number % len(self.files)]
            how, content = _damage(chance, self.files[key], number // len(self.files))
            self.lake.write(key, content)
            yield f"{key}: {how} (seed {SEED}, {number})", *self._outcome(content == self.files[key])

    def gone(self) -> Iterator[Point]:
        """Take away the facts, or all tables; a new chart must not begin them anew."""
        facts = [key for key in self.files if "chart_entries" in key]
        for what in (facts, list(self.files)):
            for key in what:
                self.lake.remove(key)
            put(self.lake, [self.new])
            refused = self._seen(publish=True)
            begun = set(contents(self.lake)) & set(what)
            for folder in ("to_processed", "processed"):  # archived before its rows were refused
                self.lake.remove(f"raw_data/{folder}/{self.new[0]}")
            wrong = "" if refused.startswith("✗") and not begun else f"begun anew: {refused} {sorted(begun)}"
            yield f"{len(what)} files", *self._mended(wrong)

    def strange(self) -> Iterator[Point]:
        """Put a copy of a file among the tables under each name; it stays, and nobody reads it."""
        facts = next(key for key in self.files if "chart_entries" in key)
        for key, content in ((key, self.files[key]) for key in (songs_file().key, facts)):
            folder, _, name = key.rpartition("/")
            for other in NAMES:
                yield self._strange(f"{folder}/{other.format(name.removesuffix('.parquet'))}", content)
        facts = next(key for key in self.files if "chart_entries" in key)
        for folder in FOLDERS:
            yield self._strange(
                f"{TRANSFORMED}chart_entries/{folder}/chart_entries.parquet", self.files[facts]
            )

    def _strange(self, key: str, content: bytes) -> Point:
        self.lake.write(key, content)
        seen = self._seen()
        self._rebuild()
        found = contents(self.lake)
        self.lake.remove(key)
        if found.pop(key, None) != content:
            return key, "lost", "it was there, and is gone"
        if found != self.files or seen != self._seen():
            return key, "doubled", f"it was read: {seen}"
        return key, "survived", ""

    def _outcome(self, is_right: bool) -> tuple[Verdict, str]:
        """Say what came of a lake in which one file was changed."""
        seen = self._seen()
        if not seen.startswith("✗") and not is_right:
            return self._mended(f"nobody noticed: {seen}")
        return self._mended("" if seen.startswith("✗ transformed_data/") or is_right else f"unclear: {seen}")

    def _seen(self, *, publish: bool = False) -> str:
        """Return what a run says: its error with ✗, else the rows that it finds."""
        try:
            if publish:
                process(self.lake)
            rows = check_files(self.lake, all_files(self.lake.list(TRANSFORMED)))
            check_against_archive(self.lake, rows)
        except Top50Error as error:
            return f"✗ {error}"
        except BaseException as error:  # noqa: BLE001 - a panic is no Exception, and is looked for
            return f"{type(error).__name__}: {error}"
        return str(sum(rows.values()))

    def _mended(self, wrong: str) -> tuple[Verdict, str]:
        """Follow the remedy, and say whether the lake is what it was."""
        self._rebuild()
        if contents(self.lake) != self.files:
            return "lost", "a rebuild does not give the same bytes"
        return ("unclear", wrong) if wrong else ("survived", "")

    def _rebuild(self) -> None:
        put_in_place(self.lake, rebuild(self.lake, Wanted(), lambda _: None))


def _damage(chance: random.Random, content: bytes, number: int) -> tuple[str, bytes]:
    at = chance.randrange(len(content))
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    if number % 3 == 1:
        at = chance.randrange(footer, len(content))
    ways = {
        f"bit at {at}": content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :],
        f"cut at {at}": content[:at],
        f"zeros from {at}": content[:at] + bytes(len(content) - at),
        "longer": content + content[at:],
        f"without {at} on": content[:at] + content[at + 16 :],
        "empty": b"",
    }
    how = chance.choices(list(ways), weights=[6, 2, 1, 1, 2, 0.1])[0]
    return how, ways[how]
