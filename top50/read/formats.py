"""Which bytes are understood? The format of a raw object, by its content and never by its name."""

import re
from datetime import date, timedelta

import msgspec

from top50.errors import RawError
from top50.raw import IMPORT_IT
from top50.read.chart_csv import read_csv
from top50.read.merged_archive import is_archive, is_merged, read_merged
from top50.read.playlist import read_json
from top50.read.public_archive import is_archive_page, read_archive_page
from top50.read.snapshot import Snapshot, Wanted

_ZIP = "a zip archive"
_BINARY = {
    b"\x1f\x8b": "gzip",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"PK\x03\x04": _ZIP,
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "Parquet",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LOGIN = re.compile(rb"<html.*\b(?:log ?in|sign ?in|password)\b", re.IGNORECASE | re.DOTALL)
_AS_UTF_8 = "Save it as plain UTF-8 text and put it back."

# An unknown time is this day (the `observed_at` of songs without a date).
_EARLIEST = date(1970, 1, 1)
# A weekly playlist without a time of reading has its `added_at` instead, and clocks differ.
_AHEAD = timedelta(days=8)


def read_snapshot(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read one raw object of one chart, whatever its format; raises as `read_snapshots` does."""
    snapshots = read_snapshots(key, content, wanted)
    if len(snapshots) > 1:
        raise RawError(f"{len(snapshots)} charts in one object", "Import it with flows.import_history.")
    return snapshots[0]


def read_snapshots(key: str, content: bytes, wanted: Wanted) -> list[Snapshot]:
    """Read one raw object, whatever its format: one snapshot, or one per date of a part of a merged archive.

    Raises RawError if it cannot be read, and ChartRejected if it is a chart that fails its checks.
    """
    snapshots = read_merged(key, content, wanted) if is_merged(content) else [_read(key, content, wanted)]
    for snapshot in snapshots:
        # A time in the future would make it the latest observation for ever.
        if not _EARLIEST <= snapshot.observed_at.date() <= wanted.today + _AHEAD:
            raise RawError(
                f"its observed_at {snapshot.observed_at} is before {_EARLIEST} or in the future",
                "Correct its observed_at, the date in its key, or this machine's clock.",
            )
    return snapshots


def _read(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    try:
        key.encode()
    except UnicodeEncodeError:
        raise RawError("its name is not UTF-8", "Rename it and put it back.") from None
    if content.startswith(_UTF_16) and not content.startswith(b"\xff\xfe\x00\x00"):  # which is UTF-32
        return read_csv(key, _from_utf_16(content), wanted)
    _refuse_binary(content)
    text = content.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text:
        raise RawError("the object is empty", "Fetch it again.")
    if text.startswith(b"<"):
        kind = ": a login page" if _LOGIN.search(text) else ""
        raise RawError(
            f"an HTML or XML page, not a chart{kind}", "Log in at the source and download it again."
        )
    if text[:1] in (b"{", b"["):
        read = read_archive_page if is_archive_page(text) else read_json
        return read(key, text, wanted)
    if text.startswith(b'"') and _is_json_string(text):
        raise RawError(
            "JSON that was encoded twice: a text in a JSON string", "Decode it once and put it back."
        )
    if is_archive(key, text):
        raise RawError("a merged archive: many charts in one file", f"{IMPORT_IT}, which splits it.")
    return read_csv(key, content, wanted)


def _refuse_binary(content: bytes) -> None:
    for mark, kind in _BINARY.items():
        if content.startswith(mark):
            if kind == _ZIP and b"xl/" in content:
                kind = "an Excel workbook"  # noqa: PLW2901
            elif kind == _ZIP and b"opendocument.spreadsheet" in content[:200]:
                kind = "an OpenDocument workbook"  # noqa: PLW2901
            raise RawError(f"{kind}, not JSON or CSV", _AS_UTF_8)
    if b"\0" in content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:4]:
        raise RawError("binary data, or UTF-16 or UTF-32 without a byte order mark", _AS_UTF_8)


def _from_utf_16(content: bytes) -> bytes:
    """Return a CSV in UTF-8 that a spreadsheet has saved as "Unicode text"; raises RawError for all else."""
    try:
        text = content.decode("utf-16").encode()
    except UnicodeError:
        raise RawError("damaged UTF-16, not JSON or CSV", _AS_UTF_8) from None
    if text.lstrip()[:1] in (b"{", b"[", b"<"):
        raise RawError("UTF-16, not JSON or CSV", _AS_UTF_8)
    return text


def _is_json_string(text: bytes) -> bool:
    """Whether a text in quotes is a JSON string, and not a CSV whose first cell is quoted."""
    try:
        msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
