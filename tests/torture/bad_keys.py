"""Odd names: what a disk and S3 allow, and what people and programs make of it."""

import os
from contextlib import closing
from pathlib import Path

from botocore.exceptions import ClientError
from hypothesis import strategies as st

from tests.servers.seaweedfs import S3Server
from tests.torture.good import good
from tests.torture.in_lake import outside, put, try_all
from tests.torture.spoilt import drawn
from tests.torture.tally import Tally
from top50.lake import TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake

SEED = 52
WHAT = "a raw object with an odd key"
_COUNT = 50
_OWN = [
    *["dot.", "...", "..x", "x..", "a/..b/c.json", "$(touch x).json", "`tick`.json", "back\\slash.json"],
    *["p%2F..%2Fq.json", "p%zz.json", "h#a?b.json", "*?[x].json", "{{ 7*7 }}.json", "=1+1.csv", "-rf", "~"],
    *[
        "bidi\u202egnp.json",
        "zero\u200bwidth.json",
        "e\u0301.json",
        "é.json",
        "line\nbreak.json",
        "\ufffe.json",
    ],
    *["escape\x1b[31m.json", "del\x7f.json", "n" * 255, "/".join(["k" * 199] * 5), "x.json.reason.json"],
    *["chart=nowhere/x.json", "C:\\x.json", "nul", "%2e%2e/x.json", " leading", "trailing ", ".hidden.json"],
]
"""What Hypothesis would not find: names that mean something to a shell, a browser, Windows or us."""

_ONLY_S3 = ["a//b.json", "a/./b.json", "../../b.json", "..", "/leading.json", "folder/", "n" * 900]
_PART = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60
).filter(lambda part: part not in (".", ".."))
_NAMES = st.lists(_PART, min_size=1, max_size=3).map("/".join)


def names() -> list[str]:
    """Return our own names, and as many that Hypothesis makes, none in a folder by the name of a file."""
    found = drawn(_NAMES, 2 * _COUNT, SEED)
    taken = {name.partition("/")[0]: name for name in [*found, *_OWN]}
    return list(dict.fromkeys([*_OWN, *taken.values()]))


def on_disk(folder: Path) -> Tally:
    """Every name that this disk takes, some that are not UTF-8, and what is no file at all."""
    folder.mkdir(exist_ok=True)
    lake = DirectoryLake(folder / "lake", create=True)
    keys = [*names(), os.fsdecode(b"caf\xe9.json"), os.fsdecode(b"\xff\xfe/\x80.json")]
    raws = [(key, content) for key, (_, content) in zip(keys, good(len(keys)), strict=True)]
    put(lake, raws)
    backlog = lake.root / TO_PROCESSED
    os.mkfifo(backlog / "pipe.json")
    (backlog / "loop.json").symlink_to("loop.json")
    tally = try_all(Tally(WHAT, "directory"), lake, raws, stay={"pipe.json", "loop.json"})
    left = outside(folder, lake.root)
    tally.add("unclear" if left else "survived", "no key leaves the lake", ", ".join(left))
    return tally


def on_s3(lake: S3Lake, server: S3Server) -> Tally:
    """Every name that the server takes; those that obstore cannot take stay, and are named."""
    raws, prefix, keys = dict[str, bytes](), lake.address.rpartition("/")[2], [*names(), *_ONLY_S3]
    with closing(server.client()) as client:
        for key, (_, content) in zip(keys, good(len(keys)), strict=True):
            body = b"" if key.endswith("/") else content
            try:
                client.put_object(Bucket=server.bucket, Key=f"{prefix}/{TO_PROCESSED}{key}", Body=body)
            except ClientError:
                continue
            if body:  # under the name that SeaweedFS makes of it
                raws["/".join(part for part in key.replace("\\", "/").split("/") if part)] = content
    stay = {key for key in raws if any(ord(mark) < 32 or mark in "\x7f\ufffe\uffff" for mark in key)}
    return try_all(Tally(WHAT, "SeaweedFS"), lake, list(raws.items()), stay=stay)
