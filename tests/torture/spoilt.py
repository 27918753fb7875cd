"""Raw objects spoilt in every way that a download, a disk, a program or a person spoils them."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.torture.good import seeds

_CHUNK = 500
"""How many Hypothesis makes at once: it and their contents take memory."""

_DEEP = 100_000
_TIMES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2099-01-01T00:00:00Z", "2026-11-20"]
_ODD = [2**63, 10**400, "x" * 3000, "\ud800", "../../x", "0000", "٣", "\u202e", "NaN", {"id": {}}, [0] * 50]
_NAMES = st.sampled_from(["items", "track", "id", "artists", ""]) | st.text(max_size=3)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([*_ODD, *_TIMES]) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=5,
)
_CELLS = st.sampled_from([b"", b"-1", b"1e3", b"1.5", b"\xd9\xa3", b"9" * 30, b'"', b"=1+1", b"x" * 200_000])
_CSV_NAMES = st.builds(
    "regional-{}-{}.csv".format,
    st.sampled_from(["global-weekly", "de-weekly", "global-hourly"]),
    st.dates().map(str) | st.sampled_from(["2026-11-19", "2026-02-30", "2026-11-19--9999-12-31", "..", ""]),
)


class Spoilt(NamedTuple):
    """A spoilt raw object."""

    how: str
    key: str
    content: bytes
    reason: str = ""
    """What the reason says of it, where it can be nothing but refused."""


def spoilt(count: int, first_seed: int) -> Iterator[Spoilt]:
    """Yield so many, each under a key of its own; the same for the same seed."""
    for start in range(0, count, _CHUNK):
        chunk = drawn(_spoilt(), min(_CHUNK, count - start), first_seed * 1_000_000 + start)
        for number, each in enumerate(chunk, start):
            folder, slash, name = each.key.rpartition("/")
            yield each._replace(key=f"{folder}{slash}{number:05}/{name}")


def drawn(strategy: st.SearchStrategy[Any], count: int, own_seed: int) -> list[Any]:
    """Return what Hypothesis makes of a seed; it keeps no record of it."""
    found: list[Any] = []

    @seed(own_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(each: Any) -> None:
        found.append(each)

    collect()
    return found


@st.composite
def _spoilt(draw: st.DrawFn) -> Spoilt:
    is_csv, ways = draw(st.sampled_from(_WAYS))
    how, change, reason = draw(st.sampled_from(ways))
    key, content = draw(
        st.sampled_from([raw for raw in seeds() if is_csv in (None, raw[0].endswith(".csv"))])
    )
    return Spoilt(how, draw(_CSV_NAMES) if how == "another name" else key, change(draw, content), reason)


def _bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Put something in, over something or nothing."""
    at, length = draw(st.integers(0, len(content) - 1)), draw(st.sampled_from((0, 1, 10, 1000)))
    return content[:at] + draw(st.binary(max_size=1000)) + content[at + length :]


def _bits(draw: st.DrawFn, content: bytes) -> bytes:
    flipped = bytearray(content)
    for at in draw(st.lists(st.integers(0, len(content) * 8 - 1), min_size=1, max_size=20)):
        flipped[at // 8] ^= 1 << at % 8
    return bytes(flipped)


def _cut(draw: st.DrawFn, content: bytes) -> bytes:
    whole = content.rstrip()  # without its last line end it is still whole
    return whole[: draw(st.integers(0, len(whole) - 1))].rstrip(b"\n")


def _fields(draw: st.DrawFn, content: bytes) -> bytes:
    """Spoil one field or three of a JSON document, at any depth."""
    tree = {"": msgspec.json.decode(content)}
    for _ in range(draw(st.sampled_from((1, 1, 3)))):
        here: Any = tree
        at: Any = ""
        while isinstance(here[at], dict | list) and here[at] and (here is tree or draw(st.integers(0, 4))):
            here = here[at]
            at = draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        # A copy: the next place may be in it, and _ODD has to stay as it is.
        old, other, how = here[at], deepcopy(draw(_JSON)), draw(st.integers(0, 5))
        if how > 1 or here is tree:
            here[at] = (other, other, other, None, [old], {"items": old})[how]
        elif isinstance(here, list):
            here[at : at + 1] = [old] * (0, 60)[how]
        else:
            here |= {draw(_NAMES): here.pop(at)} if how else {draw(_NAMES): old}
    return json.dumps(tree[""]).encode()


def _lines(draw: st.DrawFn, content: bytes) -> bytes:
    """Spoil one line of a CSV, or the order of all."""
    lines = content.split(b"\n")
    at = draw(st.integers(0, len(lines) - 1))
    line, cells = lines[at], lines[at].split(b",")
    other = cells.copy()
    other[draw(st.integers(0, len(cells) - 1))] = draw(_CELLS | st.binary(max_size=9))
    instead = [[], [line] * 2, [line] * 2000, [b",".join(other)], [line + b",x"], [b",".join(cells[1:])]]
    instead += [
        [b";".join(cells)],
        [line.replace(b",", b',"', 1)],
        [line.replace(b",", b'",', 1)],
        [line + b"\r"],
    ]
    lines[at : at + 1] = draw(st.sampled_from(instead))
    if not draw(st.integers(0, 9)):
        draw(st.randoms(use_true_random=False)).shuffle(lines)
    return b"\n".join(lines)


Change = Callable[[st.DrawFn, bytes], bytes]


def _made(make: Callable[[bytes], bytes]) -> Change:
    return lambda _, content: make(content)


def _encoded(encoding: str) -> Change:
    return _made(
        lambda content: content.decode(errors="replace").lstrip("\ufeff").encode(encoding, "replace")
    )


def _around(*texts: bytes) -> Change:
    return lambda draw, content: draw(st.sampled_from(texts)).replace(b"@", content)


def _replaced(old: bytes, *new: bytes) -> Change:
    return lambda draw, content: content.replace(
        old, draw(st.sampled_from(new)), draw(st.sampled_from((1, 50)))
    )


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("chart.json"), content)
    return file.getvalue()


def _nested(deep: int) -> bytes:
    return b'{"error":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}"


_ENVELOPE = b'{"top50_envelope":1,"source":"<b>","observed_at":"%b","answers":[@]}'
_ERRORS = [b'{"status":404}', b'"' + b"<b>|`x" * 9000 + b'"', b"[[]]", b"1"]
_NO_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"0x1", b"01"]
_OF_ANY: list[tuple[str, Change, str]] = [
    ("bytes put in", _bytes, ""),
    ("bits flipped", _bits, ""),
    ("empty", _around(b""), "the object is empty"),
    ("blank", _around(b" ", b"\r\n\t ", b"\xef\xbb\xbf\n"), "the object is empty"),
    ("gzip", _made(lambda content: gzip.compress(content, 1, mtime=0)), "gzip, not"),
    ("zip", _made(_zipped), "a zip archive, not"),
    ("UTF-32 with a mark", _encoded("utf-32"), "UTF-32, not"),
    *[
        (encoding, _encoded(encoding), "UTF-16 or UTF-32 without a byte order mark")
        for encoding in ("utf-16-le", "utf-16-be")
    ],
    *[(name, _encoded(name), "") for name in ("utf-16", "latin-1", "cp500", "utf-7", "shift_jis")],
    (
        "encoded twice",
        _made(lambda content: json.dumps(content.decode(errors="replace")).encode()),
        "encoded twice",
    ),
    ("HTML", _around(b"<!DOCTYPE html><p>@"), "an HTML or XML page"),
    ("twice in one file", _around(b"@@"), ""),
    ("anything", lambda draw, _: draw(st.binary(min_size=1, max_size=3000)), ""),
]
_OF_JSON: list[tuple[str, Change, str]] = [
    *[("fields", _fields, "")] * 10,
    ("truncated", _cut, "invalid JSON|the object is empty"),
    ("a lone surrogate", _replaced(b'"name":"', b'"name":"\\ud800'), ""),
    ("a key twice", _replaced(b'"id":', b'"id":"twice","id":'), ""),
    (
        "other ids",
        _replaced(b'"id":"', *(b'"id":"' + start for start in (b"-", b"\xc3\xa9", b"../", b"x" * 2000))),
        "",
    ),
    (
        "other times",
        _replaced(b'"added_at":"20', *(b'"added_at":"' + century for century in (b"00", b"99", b"10"))),
        "",
    ),
    ("an impossible envelope", _around(*(_ENVELOPE % time.encode() for time in _TIMES)), ""),
    ("an error", _around(*(b'{"error":' + error + b',"x":@}' for error in _ERRORS)), ""),
    (
        "not a number",
        _around(*(b'{"total":' + number + b',"x":@}' for number in _NO_NUMBERS)),
        "invalid JSON|it has no rows",
    ),
    ("an endless number", _around(b'{"total":' + b"9" * 5000 + b',"x":@}'), "it has no rows"),
    (
        "nested 100,000 deep",
        _around(*(start * _DEEP for start in (b"[", b'{"a":', b'{"items":[', b'{"error":['))),
        "invalid JSON",
    ),
    ("nested nearly too deep", _around(*(_nested(deep) for deep in range(900, 1000, 7))), ""),
]
_OF_CSV: list[tuple[str, Change, str]] = [
    *[("lines", _lines, "")] * 6,
    ("truncated", _cut, ""),
    ("another name", _around(b"@"), ""),
]
_WAYS = [(None, _OF_ANY), (False, _OF_JSON), (False, _OF_JSON), (True, _OF_CSV)]
