"""Raw objects spoilt in every way that a download, a disk, a program or a person spoils them."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec

from tests.torture.good import Raw

JsonMutation = Callable[[Random, Any, Any], None]
"""Spoils one place: the container and the key or index in it."""

_WRONG: list[Any] = [
    *[None, True, 0, -1, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), -0.5],
    *["", " ", "x" * 3000, "\ud800", "\x00", "../../x", "a/b", "0000", "9999-99-99", "٣", "\u202e", "NaN"],
    *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20", "1969-12-31T23:59:59Z"],
    *[[], {}, [None], [[]], [{}], {"": None}, {"id": {}}, {"items": []}, [0] * 50],
]


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
    kinds = [*_BYTES, *_TREES, *_TREES, *_TEXTS, *_LINES]
    for number in range(count):
        key, content = dice.choice(seeds)
        how = kinds[number % len(kinds)]
        if how in _LINES and not key.endswith(".csv") or how in (*_TREES, *_TEXTS) and key.endswith(".csv"):
            key, content = dice.choice([raw for raw in seeds if raw[0].endswith(".csv") == (how in _LINES)])
        folder, _, name = key.rpartition("/")
        made = _spoil(how, dice, content)
        place = f"{folder}/{number:05}/{name}" if folder else f"{number:05}/{name}"
        yield Mutated(how, _day(dice, place) if how == "a date in the name" else place, made, _reason(how, key))


def _spoil(how: str, dice: Random, content: bytes) -> bytes:
    if how in _BYTES:
        return _BYTES[how](dice, content)
    if how in _TEXTS:
        return _TEXTS[how](dice, content)
    if how in _LINES:
        lines = content.split(b"\n")
        _LINES[how](dice, lines)
        return b"\n".join(lines)
    tree = msgspec.json.decode(content)
    for _ in range(dice.choice((1, 1, 3))):
        _TREES[how](dice, *_place(dice, tree))
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
    "UTF-16 with a mark": "UTF-16, not",
    "UTF-32 with a mark": "UTF-32, not",
    "UTF-16 without a mark": "no text, or UTF-16",
    "encoded twice": "encoded twice",
    "HTML": "an HTML or XML page",
    "a lone surrogate": "no JSON",
    "nested 100,000 deep": "no JSON",
    "an endless number": "no JSON",
    "not a number": "no JSON",
}


def _place(dice: Random, tree: Any) -> tuple[Any, Any]:
    """Return a container somewhere in a tree, and a key or index in it."""
    here, at = [tree], 0
    inner: Any = tree
    while isinstance(inner, dict | list) and inner and (inner is tree or dice.random() < 0.8):
        here = inner
        at = dice.choice(list(inner)) if isinstance(inner, dict) else dice.randrange(len(inner))
        inner = here[at]
    return here, at


def _retype(dice: Random, here: Any, at: Any) -> None:
    here[at] = dice.choice(_WRONG)


def _rename(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, dict):
        here[dice.choice([f"{at}s", str(at).upper(), "", "items", "track", "id"])] = here.pop(at)


def _remove(_: Random, here: Any, at: Any) -> None:
    del here[at]


def _null(_: Random, here: Any, at: Any) -> None:
    here[at] = None


def _nest(dice: Random, here: Any, at: Any) -> None:
    for _ in range(dice.choice((1, 2, 50))):
        here[at] = [here[at]] if dice.random() < 0.5 else {"items": here[at]}


def _repeat(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, list):
        here[at:at] = [here[at]] * dice.choice((1, 2, 60))


def _swap(dice: Random, here: Any, at: Any) -> None:
    if isinstance(here, list):
        dice.shuffle(here)
    else:
        other = dice.choice(list(here))
        here[at], here[other] = here[other], here[at]


_TREES: dict[str, JsonMutation] = {
    "a field of another type": _retype,
    "a field of another name": _rename,
    "a field removed": _remove,
    "a field null": _null,
    "a field nested": _nest,
    "a row repeated": _repeat,
    "fields swapped": _swap,
}


def _truncated(dice: Random, content: bytes) -> bytes:
    return content[: dice.randrange(len(content))].rstrip(b"\n")


def _flipped(dice: Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(dice.choice((1, 1, 5, 100))):
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def _holed(dice: Random, content: bytes) -> bytes:
    start = dice.randrange(len(content))
    return content[:start] + content[start + dice.choice((1, 10, 1000)) :]


def _stuffed(dice: Random, content: bytes) -> bytes:
    start = dice.randrange(len(content))
    return content[:start] + dice.randbytes(dice.choice((1, 10, 1000))) + content[start:]


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("chart.json", content)
    return file.getvalue()


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


_BYTES: dict[str, Callable[[Random, bytes], bytes]] = {
    "truncated": _truncated,
    "bits flipped": _flipped,
    "a hole": _holed,
    "bytes put in": _stuffed,
    "empty": lambda _, __: b"",
    "blank": lambda dice, __: dice.choice([b" ", b"\r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"]),
    "gzip": lambda _, content: gzip.compress(content, 1),
    "zip": lambda _, content: _zipped(content),
    "UTF-16 with a mark": lambda _, content: _text(content).encode("utf-16"),
    "UTF-16 without a mark": lambda dice, content: _text(content).lstrip("\ufeff").encode(dice.choice(["utf-16-le", "utf-16-be"])),
    "UTF-32 with a mark": lambda _, content: _text(content).encode("utf-32"),
    "another encoding": lambda dice, content: _text(content).encode(dice.choice(["latin-1", "cp1252", "cp500", "utf-7", "shift_jis"]), "replace"),
    "encoded twice": lambda _, content: json.dumps(_text(content)).encode(),
    "HTML": lambda _, content: b"<!DOCTYPE html><p>" + content,
    "twice in one file": lambda _, content: content + content,
    "anything": lambda dice, _: dice.randbytes(dice.randrange(1, 3000)),
}  # fmt: skip


def _in_text(old: bytes, new: bytes) -> Callable[[Random, bytes], bytes]:
    """Put something where a JSON text has `old`, at one place of many."""

    def put(dice: Random, content: bytes) -> bytes:
        places = content.split(old)
        at = dice.randrange(1, len(places)) if len(places) > 1 else 0
        return old.join(places[:at]) + new + old.join(places[at:]) if at else b"{" + new + content[1:]

    return put


_TEXTS: dict[str, Callable[[Random, bytes], bytes]] = {
    "a lone surrogate": lambda _, content: b'{"id":"\\ud800",' + content.lstrip()[1:],
    "a key twice": _in_text(b'"id":', b'"id":"twice","id":'),
    "another id": lambda dice, content: content.replace(b'"id":"', b'"id":"' + dice.choice([b"-", b"\xc3\xa9", b"../", b"x" * 2000, b"%00"]), dice.choice((1, 50))),
    "not a number": lambda dice, content: b'{"total":' + dice.choice([b"NaN", b"Infinity", b"-Infinity", b"0x1", b"01"]) + b',"x":' + content + b"}",
    "an endless number": lambda _, content: b'{"total":' + b"9" * 5000 + b',"x":' + content + b"}",
    "nested 100,000 deep": lambda dice, _: dice.choice([
        b'{"items":[' + b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"answers":[' * 100_000,
    ]),
    "nested nearly too deep": lambda dice, _: (lambda deep: b'{"error":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}")(dice.randrange(900, 1000)),
    "an error": lambda dice, content: b'{"error":' + dice.choice([b'{"status":404}', b'"' + b"<b>|`x" * 9000 + b'"', b"[[]]", b"1"]) + b',"x":' + content + b"}",
    "a time that cannot be": lambda dice, content: b'{"top50_envelope":1,"source":"' + dice.choice([b"playlist", b"<b>", b""]) + b'","observed_at":"' + dice.choice([b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"2099-01-01T00:00:00Z", b"1900-01-01T00:00:00Z"]) + b'","answers":[' + content + b"]}",
    "times that cannot be": lambda dice, content: content.replace(b'"added_at":"20', b'"added_at":"' + dice.choice([b"00", b"99", b"10", b"21"]), dice.choice((1, 50))),
}  # fmt: skip


def _cell(dice: Random, lines: list[bytes]) -> None:
    at = dice.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[dice.randrange(len(cells))] = dice.choice(
        [b"", b"-1", b"0", b"1", b"999", b"1e3", b"1.5", b"\xd9\xa3", b"9" * 30, b'"', b"NaN", b"=1+1", b"\x00", b"x" * 200_000]
    )  # fmt: skip
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


_LINES: dict[str, Callable[[Random, list[bytes]], None]] = {
    "a cell of something else": _cell,
    "columns more or fewer": _columns,
    "lines dropped": _dropped,
    "a quote too many": _quote,
    "other line ends": _endings,
    "a line repeated": _doubled,
    "lines in another order": lambda dice, lines: dice.shuffle(lines),
    "a date in the name": lambda _, __: None,
}


def _day(dice: Random, key: str) -> str:
    folder, _, name = key.rpartition("/")
    days = ["0001-01-01", "9999-12-30", "2026-02-30", "2026-11-20", "1066-10-14", "2026-11-19--9999-12-31", "..", ""]
    return f"{folder}/regional-{dice.choice(['global-weekly', 'de-weekly', 'global-hourly'])}-{dice.choice(days)}.csv"
