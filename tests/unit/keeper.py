"""Whoever keeps a lake: does what a line says, word for word, and loses nothing by it."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import deployments.quarantine
import deployments.verify
from tests.torture.in_lake import process
from top50.catalog.duckdb import refresh_duckdb
from top50.errors import Top50Error
from top50.history.archives import SplitArchives
from top50.history.find import find
from top50.history.judge import judge
from top50.history.lake_index import LakeIndex
from top50.history.land import land_all
from top50.lake import PROCESSED, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.raw.quarantine import find_quarantined, put_back
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import put_in_place

from .builders import Raw, files, move
from .commands import Ended, run

COMMAND = re.compile(r"-m flows\.(rebuild|process_pending)(?: --requeue ('[^']*'|\S+))?")


class Keeper:
    """Follows what verify and refused runs print; has a copy of every raw object.

    lets_rows_go: which half of "…; or, if its rows are to go, …" it follows. settings: those of its runs,
    with which it verifies once a line says so.
    """

    def __init__(
        self, lake: DirectoryLake, *copies: Raw, lets_rows_go: bool = False, **settings: str
    ) -> None:
        self.lake, self.copies, self.settings = lake, dict(copies), settings
        self.lets_rows_go = lets_rows_go
        self.environment = {"TOP50_CATALOG": "none"}
        self.followed: list[str] = []
        self.moved_away: list[bytes] = []

    def verified(self, *options: str) -> Ended:
        """Run `make verify`."""
        return run(deployments.verify.main, self.environment, f"--lake={self.lake.root}", *options)

    def listed(self) -> str:
        """Run `make quarantine`."""
        return run(deployments.quarantine.main, {"TOP50_LAKE": str(self.lake.root)}).stdout

    def mend(self, *options: str) -> None:
        """Verify, and follow the first line that says what is wrong, until nothing is."""
        for _ in range(9):
            ended = self.verified(*options)
            if ended.returncode == 0:
                return
            self.follow(next(line for line in ended.stdout.splitlines() if line.startswith("✗")))
        raise AssertionError(f"it goes in circles: {self.followed}")

    def follow(self, line: str) -> None:
        """Do what one line says."""
        assert len(self.followed) < 9, self.followed
        self.followed.append(line)
        said = self._chosen_half(line)
        by_hand = [(found, do) for says, do in self._by_hand().items() if (found := re.search(says, said))]
        command = COMMAND.search(said)
        assert by_hand or command, f"nothing to follow in {line!r}"
        for found, do in by_hand:
            do(found)
        if command:
            self._run(command[1], *shlex.split(command[2] or ""))

    def _chosen_half(self, line: str) -> str:
        one, _, other = line.partition("; or, if its rows are to go, ")
        return f"{line.split('. ', maxsplit=1)[0]}. {other}" if other and self.lets_rows_go else one

    def _run(self, flow: str, *requeue: str) -> None:
        """Run a printed command, in this process; what it refuses is followed, too."""
        try:
            self.rebuild() if flow == "rebuild" else self.process_pending(*requeue)
        except Top50Error as error:
            self.follow(str(error))

    def rebuild(self) -> None:
        """What flows.rebuild does with a lake."""
        put_in_place(self.lake, rebuild(self.lake, Wanted(), lambda _: None))
        self._refresh(may_shrink=True)

    def process_pending(self, *requeue: str) -> None:
        """What flows.process_pending does with a lake."""
        for key in find_quarantined(self.lake, requeue):
            put_back(self.lake, key)
        process(self.lake)
        self._refresh()

    def _refresh(self, *, may_shrink: bool = False) -> None:
        if self.environment["TOP50_CATALOG"] == "duckdb":
            refresh_duckdb(self.lake, may_shrink=may_shrink)

    def _by_hand(self) -> dict[str, Callable[[re.Match[str]], object]]:
        """What is done by hand: how a line begins to say it → how it is done."""
        return {
            r"^✗ \S+ (\S+) .*\. Delete it": lambda match: self._path(match[1]).unlink(),
            r"Delete (raw_data/\S+?)(?: and (\S+))?\.$": self._delete,
            r"(\S+) is a link to .* Remove it, then": lambda match: self._path(match[1]).unlink(),
            r"^✗ \S+ (\S+) .*\. Move it (?:away|out of)": lambda match: self._move_away(match[1]),
            r"move (\S+\.parquet) away": lambda match: self._move_away(match[1]),
            r"(\S+) exists, but .* move the file away": lambda match: self._move_away(match[1]),
            r"(\S+)(?: is refused now|,).* move it to (raw_data/\S+?/)": self._move_raw,
            r"(\S+) \| .*Move it out of the lake, and .* -m flows\.import_history": self._import,
            r"[Vv]erify it with the": lambda _: self.environment.update(self.settings),
            r"write (\{.*\}) into (\S+)\. ": lambda match: self._path(match[2]).write_text(match[1]),
            rf"([^\s/]\S+?),? (?:is missing|which).* Put it back into ({TO_PROCESSED})": self._put_back_copy,
        }

    def _path(self, key: str) -> Path:
        return self.lake.root / key.removeprefix(f"{self.lake.root}/")

    def _delete(self, match: re.Match[str]) -> None:
        for key in filter(None, match.groups()):
            self._path(key).unlink()

    def _move_away(self, key: str) -> None:
        self.moved_away.append(self._path(key).read_bytes())
        self._path(key).unlink()

    def _move_raw(self, match: re.Match[str]) -> None:
        key = match[1].removeprefix(f"{self.lake.root}/").removeprefix(PROCESSED)
        assert move(self.lake, PROCESSED + key, match[2] + key)

    def _import(self, match: re.Match[str]) -> None:
        outside = self.lake.root.parent / "outside"
        outside.mkdir()
        self._path(match[1]).rename(outside / Path(match[1]).name)
        [found] = find([str(outside)], str(self.lake.root), lambda _: self.lake, lambda _: None)
        with SplitArchives(found, lambda _: None) as cut:
            land_all(self.lake, judge(self.lake, cut, LakeIndex(self.lake), Wanted()), LakeIndex(self.lake))
        self.process_pending()

    def _put_back_copy(self, match: re.Match[str]) -> None:
        self.lake.write(match[2] + match[1], self.copies[match[1]])
        self.process_pending()


def raw_contents(lake: DirectoryLake) -> set[bytes]:
    """Every raw object's content, wherever it lies."""
    return {
        content for key, content in files(lake.root, "raw_data").items() if not key.endswith(".reason.json")
    }
