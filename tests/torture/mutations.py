"""Raw objects spoilt in every way that a download, a disk, a program or a person spoils them."""

import json
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import msgspec

from tests.torture.good import Raw
from tests.torture.spoilt_bytes import BYTES, TEXTS
from tests.torture.spoilt_csv import LINES
from tests.torture.spoilt_json import TREES, place

_DATE_IN_NAME = "a date in the name"
_KINDS = [*BYTES, *TREES, *TREES, *TEXTS, *LINES, _DATE_IN_NAME]


class Mutated(NamedTuple):
    """A spoilt raw object."""

    how: str
    key: str
    content: bytes
    reason: str = ""
    """What the reason says of it, where it can be nothing but refused."""


def mutations(seeds: list[Raw], seed: int, count: int) -> Iterator[Mutated]:
    """Yield so many, each under a key of its own; the same for the same seeds."""
    dice = Random(seed)
    csvs, others = ([raw for raw in seeds if raw[0].endswith(".csv") == is_csv] for is_csv in (True, False))
    for number in range(count):
        how = _KINDS[number % len(_KINDS)]
        fitting = seeds if how in BYTES else csvs if how in (*LINES, _DATE_IN_NAME) else others
        key, content = dice.choice(fitting)
        yield Mutated(how, _named(dice, how, key, number), _spoil(how, dice, content), _reason(how, key))


def _named(dice: Random, how: str, key: str, number: int) -> str:
    folder, _, name = key.rpartition("/")
    if how == _DATE_IN_NAME:
        name = f"regional-{dice.choice(_CHARTS)}-{dice.choice(_DAYS)}.csv"
    return f"{folder}/{number:05}/{name}" if folder else f"{number:05}/{name}"


def _spoil(how: str, dice: Random, content: bytes) -> bytes:
    if how in BYTES:
        return BYTES[how](dice, content)
    if how in TEXTS:
        return TEXTS[how](dice, content)
    if how in TREES:
        return _spoil_tree(how, dice, content)
    lines = content.split(b"\n")
    if how in LINES:
        LINES[how](dice, lines)
    return b"\n".join(lines)


def _spoil_tree(how: str, dice: Random, content: bytes) -> bytes:
    tree = msgspec.json.decode(content)
    for _ in range(dice.choice((1, 1, 3))):
        TREES[how](dice, *place(dice, tree))
    return json.dumps(tree).encode()


def _reason(how: str, key: str) -> str:
    if how == "truncated" and not key.endswith(".csv"):
        return "no JSON|an empty object"
    return _REASONS.get(how, "")


_REASONS = {
    "empty": "an empty object",
    "blank": "an empty object",
    "gzip": "gzip, not",
    "zip": "a zip archive, not",
    "UTF-32 with a mark": "UTF-32, not",
    "UTF-16 without a mark": "no text, or UTF-16",
    "encoded twice": "encoded twice",
    "HTML": "an HTML or XML page",
    "nested 100,000 deep": "no JSON",
    "an endless number": "it has no rows",
    "not a number": "no JSON|it has no rows",
}


_CHARTS = ["global-weekly", "de-weekly", "global-hourly"]
_DAYS = [
    "0001-01-01",
    "9999-12-30",
    "2026-02-30",
    "2026-11-20",
    "1066-10-14",
    "2026-11-19--9999-12-31",
    "..",
    "",
]
