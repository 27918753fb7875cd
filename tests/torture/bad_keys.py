"""Odd names: what a disk and S3 allow, and what people and programs make of it."""

import os
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.servers.seaweedfs import S3Server
from tests.torture.good import Raw, good
from tests.torture.in_lake import outside, process, put, wrong_ends
from tests.torture.tally import Place, Tally
from top50.errors import LakeError, Top50Error
from top50.lake import TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake

NAMES = [
    *["a b.json", " leading", "trailing ", "dot.", ".hidden.json", "...", "..x", "x..", "a/..b/c.json"],
    *[
        "q'\"uote.json",
        "`tick`.json",
        "$(touch x).json",
        ";rm -rf x.json",
        "a&b|c<d>e.json",
        "back\\slash.json",
    ],
    *["p%20c.json", "p%2F..%2Fq.json", "p%zz.json", "h#a?b.json", "*?[x].json", "{{ 7*7 }}.json", "=1+1.csv"],
    *["🎵.json", "مرحبا.json", "bidi\u202egnp.json", "zero\u200bwidth.json", "e\u0301.json", "é.json"],
    *[
        "line\nbreak.json",
        "tab\t.json",
        "return\r.json",
        "escape\x1b[31m.json",
        "bell\x07.json",
        "del\x7f.json",
    ],
    *[
        "n" * 250,
        "n" * 255,
        "/".join(["k" * 199] * 5),
        "chart=nowhere/x.json",
        "x.json.reason.json",
        "-rf",
        "~",
    ],
    *["C:\\x.json", "nul", "con.json", "\ufffd.json", "\ufffe.json", "%2e%2e/x.json", "..%2f..%2fx.json"],
]
ONLY_S3 = [
    "a//b.json",
    "a/./b.json",
    "a/../b.json",
    "../../b.json",
    "..",
    "/leading.json",
    "folder/",
    "n" * 900,
]


def torture(folder: Path, lake: S3Lake, server: S3Server) -> list[Tally]:
    """Put a good chart under each name, on a disk and on S3."""
    folder.mkdir()
    return [on_disk(folder), on_s3(lake, server)]


def on_disk(folder: Path) -> Tally:
    """Every name that this disk takes, some that are not UTF-8, and what is no file at all."""
    lake = DirectoryLake(folder / "lake", create=True)
    names = [*NAMES, os.fsdecode(b"caf\xe9.json"), os.fsdecode(b"\xff\xfe/\x80.json")]
    raws = list(zip(names, (content for _, content in good(len(names))), strict=True))
    put(lake, raws)
    backlog = lake.root / TO_PROCESSED
    os.mkfifo(backlog / "pipe.json")
    (backlog / "loop.json").symlink_to("loop.json")
    tally = _tally(lake, raws, "directory", stay={"pipe.json", "loop.json"})
    left = outside(folder, lake.root)
    tally.add("unclear" if left else "survived", "no key leaves the lake", ", ".join(left))
    return tally


def on_s3(lake: S3Lake, server: S3Server) -> Tally:
    """Every name that the server takes; those that obstore cannot take stay, and are named."""
    raws, stay, prefix = list[Raw](), set[str](), lake.address.rpartition("/")[2]
    names = [*NAMES, *ONLY_S3]
    with closing(server.client()) as client:
        for name, (_, content) in zip(names, good(len(names)), strict=True):
            if _taken(client, server.bucket, f"{prefix}/{TO_PROCESSED}{name}", content):
                key = _as_kept(name)
                raws = [raw for raw in raws if raw[0] != key]
                raws.append((key, content))
                if any(ord(mark) < 32 or ord(mark) == 127 or mark == "\ufffe" for mark in key):
                    stay.add(key)
        return _tally(lake, raws, "SeaweedFS", stay)


def _taken(client: Any, bucket: str, key: str, content: bytes) -> bool:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"" if key.endswith("/") else content)
    except ClientError:
        return False
    return not key.endswith("/")


def _as_kept(name: str) -> str:
    """Return what SeaweedFS makes of a name."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part)


def _tally(lake: DirectoryLake | S3Lake, raws: list[Raw], place: Place, stay: set[str]) -> Tally:
    tally = Tally("a raw object with an odd key", place)
    started = time.perf_counter()
    names = [*(key for key, _ in raws if key not in stay), *stay]
    try:
        strays = process(lake)
        wrong = wrong_ends(lake, [raw for raw in raws if raw[0] not in stay], [])
        wrong = _without(wrong, stay) | _unnamed(strays, stay)
    except Top50Error as error:
        wrong = dict.fromkeys(names, f"the run ended: {error}")
    for name in dict.fromkeys([*names, *wrong]):
        tally.add("unclear" if name in wrong else "survived", repr(name)[:80], wrong.get(name, ""))
    tally.seconds = time.perf_counter() - started
    return tally


def _without(wrong: dict[str, str], stay: Iterable[str]) -> dict[str, str]:
    """Leave out what is meant to be pending still."""
    kept = {TO_PROCESSED + name for name in stay}
    return {key: why for key, why in wrong.items() if TO_PROCESSED + key not in kept}


def _unnamed(strays: list[LakeError], stay: set[str]) -> dict[str, str]:
    """Return what stays without a line that names it, and lines that name none of these."""
    lines = [str(stray) for stray in strays]
    if len(lines) == len(stay):
        return {}
    return {f"{len(lines)} lines for {len(stay)} objects": "; ".join(lines)}
