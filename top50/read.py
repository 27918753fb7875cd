"""Raw bytes → a snapshot, by what the bytes are and not by what they are called."""

from top50.errors import RawError
from top50.official_csv import read_csv
from top50.playlist_json import read_json
from top50.snapshot import Snapshot, Wanted

_NOT_TEXT = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PAR1": "Parquet",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_snapshot(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read one raw object, whatever its shape.

    Raises RawError when it cannot be read, ChartRejected when it is a chart that fails its checks.
    """
    _check_name(key)
    for mark, kind in _NOT_TEXT.items():
        if content.startswith(mark):
            raise RawError(f"{kind}, not JSON or CSV", "Put it back as plain UTF-8 text.")
    text = content.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text:
        raise RawError("an empty object", "Fetch it again.")
    if text.startswith(b"<"):
        raise RawError("an HTML or XML page, not a chart", "Log in at the source and download it again.")
    if text[:1] in (b"{", b"[", b'"'):
        return read_json(key, text, wanted)
    return read_csv(key, content, wanted)


def _check_name(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        raise RawError("its name is not UTF-8", "Rename it and put it back.") from None
