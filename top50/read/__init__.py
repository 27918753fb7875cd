"""Raw bytes → a snapshot, by what the bytes are and not by what they are called."""

import re
from datetime import date, datetime, timedelta

import msgspec

from top50.errors import RawError
from top50.read.chart_csv import read_csv
from top50.read.merged_archive import is_merged, read_merged, refuse_whole
from top50.read.playlist import read_json
from top50.read.public_archive import is_archive_page, read_archive_page
from top50.read.snapshot import Snapshot, Wanted

_ZIP = "a zip archive"
_NOT_TEXT = {
    b"\x1f\x8b": "gzip",
    b"\xff\xfe\x00\x00": "UTF-32",  # before UTF-16, whose mark it begins with
    b"\x00\x00\xfe\xff": "UTF-32",
    b"PK\x03\x04": _ZIP,
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "Parquet",
}
_LOGIN = re.compile(rb"<html.*\b(?:log ?in|sign ?in|password)\b", re.IGNORECASE | re.DOTALL)
_PLAIN = "Put it back as plain UTF-8 text."
_EARLIEST = date(1970, 1, 1)
"""What is not known counts as this."""
_AHEAD = timedelta(days=8)
"""A weekly playlist that says no other time says its `added_at`, and clocks differ."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_snapshot(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read one raw object of one chart, whatever its shape; raises as `read_snapshots` does."""
    snapshots = read_snapshots(key, content, wanted)
    if len(snapshots) > 1:
        raise RawError(f"{len(snapshots)} charts in one object", "Bring it in with flows.import_history.")
    return snapshots[0]


def read_snapshots(key: str, content: bytes, wanted: Wanted) -> list[Snapshot]:
    """Read one raw object, whatever its shape: one snapshot, or one a date of a part of a merged archive.

    Raises RawError when it cannot be read, ChartRejected when it is a chart that fails its checks.
    """
    snapshots = read_merged(key, content, wanted) if is_merged(content) else [_read(key, content, wanted)]
    for snapshot in snapshots:
        _check_time(snapshot.observed_at, wanted)
    return snapshots


def _read(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    _check_name(key)
    if content.startswith(_UTF_16) and not content.startswith(b"\xff\xfe\x00\x00"):
        return read_csv(key, _from_utf_16(content), wanted)
    _refuse_what_is_no_text(content)
    text = content.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text:
        raise RawError("an empty object", "Fetch it again.")
    if text.startswith(b"<"):
        kind = ": a login page" if _LOGIN.search(text) else ""
        raise RawError(
            f"an HTML or XML page, not a chart{kind}", "Log in at the source and download it again."
        )
    if text.startswith(b'"') and _is_json_text(text):
        raise RawError("a text inside a JSON text: it was encoded twice", "Decode it once and put it back.")
    if text[:1] in (b"{", b"["):
        read = read_archive_page if is_archive_page(text) else read_json
        return read(key, text, wanted)
    refuse_whole(key, text)
    return read_csv(key, content, wanted)


def _refuse_what_is_no_text(content: bytes) -> None:
    for mark, kind in _NOT_TEXT.items():
        if content.startswith(mark):
            what = kind
            if kind == _ZIP and b"xl/" in content:
                what = "an Excel workbook"
            elif kind == _ZIP and b"opendocument.spreadsheet" in content[:200]:
                what = "an OpenDocument workbook"
            raise RawError(f"{what}, not JSON or CSV", _PLAIN)
    if b"\0" in content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:4]:
        raise RawError("no text, or UTF-16 or UTF-32 without a mark", _PLAIN)


def _from_utf_16(content: bytes) -> bytes:
    """Return in UTF-8 a CSV that a spreadsheet has saved as "Unicode text"."""
    try:
        text = content.decode("utf-16").encode()
    except UnicodeError:
        raise RawError("UTF-16 that is broken, not JSON or CSV", _PLAIN) from None
    if text.lstrip()[:1] in (b"{", b"[", b"<"):
        raise RawError("UTF-16, not JSON or CSV", _PLAIN)
    return text


def _is_json_text(text: bytes) -> bool:
    """Tell it from a CSV whose first cell is quoted."""
    try:
        msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _check_time(observed_at: datetime, wanted: Wanted) -> None:
    """Refuse a time that cannot be: one in the future would be the latest observation for ever."""
    if not _EARLIEST <= observed_at.date() <= wanted.today + _AHEAD:
        raise RawError(
            f"it says that it was read at {observed_at}, which cannot be",
            "Check its observed_at, the date in its key, and this machine's clock.",
        )


def _check_name(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        raise RawError("its name is not UTF-8", "Rename it and put it back.") from None
