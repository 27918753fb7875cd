"""What lies in folders that people use: each kind of thing, and where it must be after a run or an import."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from tests.unit.builders import csv_line, new_csv

Fate = Literal["taken", "refused", "stays"]
"""In the archive, in quarantine with a reason, or where it was and nowhere else."""


@dataclass(frozen=True)
class Thing:
    """A file, or what stands in the place of one, and what becomes of it."""

    name: str
    content: bytes = b""
    pending: Fate = "taken"
    imported: Fate = "taken"
    make: Callable[[Path], object] | None = None
    """Makes what is no ordinary file; on a disk only."""
    later: bool = False
    """Whether it comes after a first run."""
    named: bool = False
    """Whether a run must name it, as what it could not take."""
    passed_over: bool = False
    """Whether an import says nothing of it: what no folder of charts holds by its name or its kind."""
    shut: str = ""
    """The path that this user may not read at first; it is the thing, or a folder around it."""

    def below(self, folder: str) -> "Thing":
        """Return the same thing in a folder."""
        return replace(self, name=f"{folder}{self.name}", shut=self.shut and f"{folder}{self.shut}")

    def plant(self, folder: Path) -> None:
        """Put it into a folder on a disk."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.make:
            self.make(path)
        else:
            path.write_bytes(self.content)
        if self.shut:
            (folder / self.shut).chmod(0)


class Charts:
    """Weekly charts, each of another week and other songs, and all of the same size."""

    def __init__(self) -> None:
        self._made = 0

    def new(self) -> tuple[str, bytes]:
        """Return the official name of the next week's file and its content."""
        name = f"regional-global-weekly-{date(2019, 1, 3) + timedelta(weeks=self._made)}.csv"
        return name, self.content()

    def content(self) -> bytes:
        """Return a content that no other chart has."""
        self._made += 1
        return new_csv(csv_line(rank, 1000 + self._made + rank) for rank in range(1, 51))


Kind = Callable[[Charts], list[Thing]]

_COPIES = [
    *["{} (1).csv", "{}(2).csv", "{} - Copy.csv", "Copy of {}.csv", "{} copy.csv", "{} - Kopie (3).csv"],
    *["{} (conflicted copy 2026-11-30).csv", "{} (Anna's conflicted copy 2026-11-30).csv", "{}_1.csv"],
    *["{}.sync-conflict-20261130-101112-ABCDEFG.csv", "{}-DESKTOP-AB12CD.csv", "{}.1.csv", "{}.csv.txt"],
    *["old/{}.csv", "{}.CSV", "{} .csv", "\u202a{}.csv"],
]
_BACKUPS = ["{}.csv.bak", "{}.csv~", "{}.csv.orig", "{}.csv (1)", "{}.csv.1"]
_HALVES = [
    *[
        "{}.csv.crdownload",
        "{}.csv.part",
        "{}.csv.tmp",
        "{}.csv.download",
        "{}.csv.partial",
        "{}.csv.filepart",
    ],
    *["{}.csv.opdownload", "{}.csv.3f2a91c0.partial", "Unconfirmed 123456.crdownload", "{}.csv.TMP"],
    *[".{}.csv.Xa81Qz", "{}.csv.download/{}.csv", ".syncthing.{}.csv.tmp", "~syncthing~{}.csv.tmp"],
]
_CLUTTER = [
    *[
        ".DS_Store",
        "Thumbs.db",
        "thumbs.db",
        "desktop.ini",
        "Desktop.ini",
        "ehthumbs.db",
        "._{}.csv",
        "_SUCCESS",
    ],
    *[
        "~${}.csv",
        ".{}.csv.crc",
        "README.txt",
        "README.md",
        "readme.txt",
        "README",
        ".~lock.{}.csv#",
        ".gitkeep",
    ],
    *[".gitignore", ".{}.csv.swp", ".nfs000000000123", ".localized", ".directory", ".stignore"],
    *[
        "__MACOSX/._{}.csv",
        "__MACOSX/{}.csv",
        ".Trash-1000/info",
        "$RECYCLE.BIN/x.csv",
        "@eaDir/{}.csv/x.csv",
    ],
    *[".git/HEAD", ".git/config", ".git/objects/ab/cd", ".stversions/{}.csv", ".ipynb_checkpoints/{}.csv"],
    *["lost+found/#123", "System Volume Information/x.csv", ".Spotlight-V100/x.json"],
]
_NO_CHARTS = {
    **{
        "photo.jpg": b"\xff\xd8\xff\xe0",
        "notes.txt": b"Buy milk.",
        "songs.parquet": b"PAR1",
        "x.duckdb": b"DUCK",
    },
    **{
        "{}.zip": b"PK\x03\x04",
        "{}.csv.gz": b"\x1f\x8b\x08",
        "{}.tar.gz": b"\x1f\x8b\x08",
        "{}.7z": b"7z\xbc\xaf",
    },
}
_BROKEN: dict[bytes, Fate] = {
    **dict.fromkeys((b"", b"<html>Please sign in</html>", b"rank,uri,artist_names\n"), "refused"),
    **{b"\xff\xfe\x00": "refused", b"{": "stays"},  # the last one may be anybody's
}
_ODD_NAMES = [
    *["n" * 200 + " {}.csv", "{} " + "é" * 100 + ".csv", "/".join(["deep"] * 40) + "/{}.csv"],
    *["caf\udce9 {}.csv", "\udcff\udcfe/{}.csv"],
    *["line\nbreak {}.csv", "\x1b[31m{}.csv", " {}.csv", "🎵 {}.csv", "{{7*7}} {}.csv", "e\u0301 {}.csv"],
]


def _copied(form: str, same: bool, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    copy = form.format(name.removesuffix(".csv"))
    return [Thing(name, content), Thing(copy, content if same else charts.content())]


def _backed_up(form: str, charts: Charts) -> list[Thing]:
    """Something that is a chart by its content, and no import looks at by its name."""
    name, content = charts.new()
    other = Thing(form.format(name.removesuffix(".csv")), charts.content(), imported="stays")
    return [Thing(name, content), other]


def _half(form: str, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    half = form.replace("{}", name.removesuffix(".csv"))
    return [Thing(half, content[:700], "stays", "stays", passed_over=True), Thing(name, content, later=True)]


def _clutter(form: str, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    junk = Thing(form.format(name.removesuffix(".csv")), f"\0{form}".encode(), "stays", "stays")
    return [Thing(name, content), replace(junk, passed_over=True)]


def _no_chart(form: str, content: bytes, charts: Charts) -> list[Thing]:
    name = form.format(charts.new()[0].removesuffix(".csv"))
    return [Thing(name, content + form.encode(), "refused", "stays")]


def _broken_then_good(broken: bytes, imported: Fate, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(name, broken, "refused", imported), Thing(name, content, later=True)]


def _good_then_broken(broken: bytes, imported: Fate, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(name, content), Thing(name, broken, "refused", imported, later=True)]


def _corrected(charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(name, content), Thing(name, charts.content(), later=True)]


def _browsers_own_place(charts: Charts) -> list[Thing]:
    """What Firefox makes while it loads a file: an empty one in its place, and the half beside it."""
    name, content = charts.new()
    half = Thing(f"{name}.part", content[:900], "stays", "stays", passed_over=True)
    return [Thing(name, b"", "refused", "refused"), half, Thing(name, content, later=True)]


def _odd_name(form: str, charts: Charts) -> list[Thing]:
    name, content = charts.new()
    is_text = form.encode(errors="replace").decode() == form  # else it has to be renamed
    return [Thing(form.format(name.removesuffix(".csv")), content, "taken" if is_text else "refused")]


def _two_cases(charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(name, content), Thing(name.upper(), charts.content())]


def _shut(charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(name, content, shut=name), Thing(*charts.new())]


def _shut_folder(charts: Charts) -> list[Thing]:
    name, content = charts.new()
    return [Thing(f"shut/{name}", content, shut="shut", passed_over=True), Thing(*charts.new())]


def _link(charts: Charts) -> list[Thing]:
    """A link to the file beside it."""
    name, content = charts.new()
    return [Thing(name, content), Thing(f"a link to {name}", content, make=lambda at: at.symlink_to(name))]


def _link_out(charts: Charts) -> list[Thing]:
    """A link to a file of another folder, which stays there."""
    name, content = charts.new()

    def make(at: Path) -> None:
        outside = Path(f"{_top(at)} elsewhere")
        outside.mkdir(exist_ok=True)
        (outside / name).write_bytes(content)
        at.symlink_to(outside / name)

    return [Thing(name, content, imported="stays", make=make)]


def _top(at: Path) -> Path:
    return next(each for each in at.parents if each.name.startswith("point-"))


def _no_file(make: Callable[[Path], object], passed_over: bool, charts: Charts) -> list[Thing]:
    name, _ = charts.new()
    stays = Thing(name, b"", "stays", "stays", make, named=True, passed_over=passed_over)
    return [stays, Thing(*charts.new())]


def _linked_folder(at: Path) -> None:
    outside = Path(f"{_top(at)} elsewhere")
    outside.mkdir(exist_ok=True)
    at.symlink_to(outside)


def _socket(at: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(at.parent, os.O_RDONLY)  # a path to a socket has 107 bytes at most
        made.bind(f"/proc/self/fd/{here}/{at.name}")
        os.close(here)


# What is not on S3.
ON_A_DISK: dict[str, Kind] = {
    "clutter of macOS": partial(_clutter, "Icon\r"),
    "a file that may not be read": _shut,
    "a folder that may not be read": _shut_folder,
    "a link to a file beside it": _link,
    "a link to a file elsewhere": _link_out,
    "a dead link": partial(_no_file, lambda at: at.symlink_to("nowhere.csv"), False),
    "links in circles": partial(_no_file, lambda at: at.symlink_to(at.name), False),
    "a link to a folder": partial(_no_file, _linked_folder, False),
    "a link to the folder itself": partial(_no_file, lambda at: at.symlink_to("."), False),
    "a pipe": partial(_no_file, os.mkfifo, True),
    "a device": partial(_no_file, lambda at: at.symlink_to("/dev/zero"), True),
    "a socket": partial(_no_file, _socket, True),
    **{f"a name as in {form[-12:]!r}": partial(_odd_name, form) for form in _ODD_NAMES},
    "a name in two cases": _two_cases,
}
ANYWHERE: dict[str, Kind] = {
    **{f"a copy, {form}, the same": partial(_copied, form, True) for form in _COPIES},
    **{f"a copy, {form}, with other content": partial(_copied, form, False) for form in _COPIES},
    **{f"a backup, {form}": partial(_backed_up, form) for form in _BACKUPS},
    **{f"half a download, {form}": partial(_half, form) for form in _HALVES},
    **{f"clutter, {form}": partial(_clutter, form) for form in _CLUTTER},
    **{f"no chart, {form}": partial(_no_chart, form, content) for form, content in _NO_CHARTS.items()},
    **{f"a good file after {broken[0]!r}": partial(_broken_then_good, *broken) for broken in _BROKEN.items()},
    **{f"{broken[0]!r} after a good file": partial(_good_then_broken, *broken) for broken in _BROKEN.items()},
    "the same name and size, other content, later": _corrected,
    "a download of Firefox's": _browsers_own_place,
}
KINDS = {**ANYWHERE, **ON_A_DISK}
