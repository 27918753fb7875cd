"""Bytes and texts, spoilt: by a download, a disk, another encoding, a packer."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from random import Random

Spoil = Callable[[Random, bytes], bytes]

_DEEP = 100_000
_TIMES = [
    *[b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00"],
    *[b"2099-01-01T00:00:00Z", b"1900-01-01T00:00:00Z"],
]


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
        archive.writestr(zipfile.ZipInfo("chart.json"), content)
    return file.getvalue()


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _without_mark(dice: Random, content: bytes) -> bytes:
    return _text(content).lstrip("\ufeff").encode(dice.choice(["utf-16-le", "utf-16-be"]))


def _in_another_encoding(dice: Random, content: bytes) -> bytes:
    encoding = dice.choice(["latin-1", "cp1252", "cp500", "utf-7", "shift_jis"])
    return _text(content).encode(encoding, "replace")


BYTES: dict[str, Spoil] = {
    "truncated": _truncated,
    "bits flipped": _flipped,
    "a hole": _holed,
    "bytes put in": _stuffed,
    "empty": lambda _, __: b"",
    "blank": lambda dice, __: dice.choice([b" ", b"\r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"]),
    "gzip": lambda _, content: gzip.compress(content, 1, mtime=0),
    "zip": lambda _, content: _zipped(content),
    "UTF-16 with a mark": lambda _, content: _text(content).encode("utf-16"),
    "UTF-16 without a mark": _without_mark,
    "UTF-32 with a mark": lambda _, content: _text(content).encode("utf-32"),
    "another encoding": _in_another_encoding,
    "encoded twice": lambda _, content: json.dumps(_text(content)).encode(),
    "HTML": lambda _, content: b"<!DOCTYPE html><p>" + content,
    "twice in one file": lambda _, content: content + content,
    "anything": lambda dice, _: dice.randbytes(dice.randrange(1, 3000)),
}


def _in_text(old: bytes, new: bytes) -> Spoil:
    """Put something where a JSON text has `old`, at one place of many."""

    def put(dice: Random, content: bytes) -> bytes:
        places = content.split(old)
        at = dice.randrange(1, len(places)) if len(places) > 1 else 0
        return old.join(places[:at]) + new + old.join(places[at:]) if at else b"{" + new + content[1:]

    return put


def _another_id(dice: Random, content: bytes) -> bytes:
    start = dice.choice([b"-", b"\xc3\xa9", b"../", b"x" * 2000, b"%00"])
    return content.replace(b'"id":"', b'"id":"' + start, dice.choice((1, 50)))


def _nested(dice: Random, _: bytes) -> bytes:
    opened = dice.choice([b"[", b'{"a":', b'{"answers":[', b'{"items":[', b'{"error":['])
    return opened * _DEEP


def _nearly_too_deep(dice: Random, _: bytes) -> bytes:
    deep = dice.randrange(900, 1000)
    return b'{"error":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}"


def _an_error(dice: Random, content: bytes) -> bytes:
    error = dice.choice([b'{"status":404}', b'"' + b"<b>|`x" * 9000 + b'"', b"[[]]", b"1"])
    return b'{"error":' + error + b',"x":' + content + b"}"


def _impossible_time(dice: Random, content: bytes) -> bytes:
    source, at = dice.choice([b"playlist", b"<b>", b""]), dice.choice(_TIMES)
    about = b'{"top50_envelope":1,"source":"' + source + b'","observed_at":"' + at
    return about + b'","answers":[' + content + b"]}"


def _impossible_times(dice: Random, content: bytes) -> bytes:
    century = dice.choice([b"00", b"99", b"10", b"21"])
    return content.replace(b'"added_at":"20', b'"added_at":"' + century, dice.choice((1, 50)))


def _no_number(dice: Random, content: bytes) -> bytes:
    return (
        b'{"total":'
        + dice.choice([b"NaN", b"Infinity", b"-Infinity", b"0x1", b"01"])
        + b',"x":'
        + content
        + b"}"
    )


TEXTS: dict[str, Spoil] = {
    "a lone surrogate": lambda _, content: b'{"id":"\\ud800",' + content.lstrip()[1:],
    "a key twice": _in_text(b'"id":', b'"id":"twice","id":'),
    "another id": _another_id,
    "not a number": _no_number,
    "an endless number": lambda _, content: b'{"total":' + b"9" * 5000 + b',"x":' + content + b"}",
    "nested 100,000 deep": _nested,
    "nested nearly too deep": _nearly_too_deep,
    "an error": _an_error,
    "a time that cannot be": _impossible_time,
    "times that cannot be": _impossible_times,
}
