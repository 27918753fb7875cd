"""Lines of a CSV, spoilt."""

from collections.abc import Callable
from random import Random

_CELLS = [
    *[b"", b"-1", b"0", b"1", b"999", b"1e3", b"1.5", b"\xd9\xa3", b"9" * 30],
    *[b'"', b"NaN", b"=1+1", b"\x00", b"x" * 200_000],
]


def _cell(dice: Random, lines: list[bytes]) -> None:
    at = dice.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[dice.randrange(len(cells))] = dice.choice(_CELLS)
    lines[at] = b",".join(cells)


def _columns(dice: Random, lines: list[bytes]) -> None:
    at = dice.randrange(len(lines))
    lines[at] = dice.choice([lines[at] + b",x", lines[at].rpartition(b",")[0], lines[at].replace(b",", b";")])


def _dropped(dice: Random, lines: list[bytes]) -> None:
    start = dice.randrange(len(lines))
    del lines[start : start + dice.choice((1, 1, 5, 150))]


def _quote(dice: Random, lines: list[bytes]) -> None:
    at = dice.randrange(len(lines))
    lines[at] = lines[at].replace(b",", dice.choice([b',"', b'",', b'"",']), 1)


def _endings(dice: Random, lines: list[bytes]) -> None:
    lines[:] = [line.rstrip(b"\r") + dice.choice([b"", b"\r", b"\r\r", b"\n"]) for line in lines]


def _doubled(dice: Random, lines: list[bytes]) -> None:
    at = dice.randrange(len(lines))
    lines[at:at] = [lines[at]] * dice.choice((1, 2, 2000))


LINES: dict[str, Callable[[Random, list[bytes]], None]] = {
    "a cell of something else": _cell,
    "columns more or fewer": _columns,
    "lines dropped": _dropped,
    "a quote too many": _quote,
    "other line ends": _endings,
    "a line repeated": _doubled,
    "lines in another order": lambda dice, lines: dice.shuffle(lines),
}
