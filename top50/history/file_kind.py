"""What is a file: perhaps a raw object, something else, or one that holds a secret? By name and content.

A project folder has code, pictures, notebooks and keys. None of them may be copied into a lake, which others
read. A damaged file that may be a chart lands all the same, and quarantine has the reason.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec

from top50.read.merged_columns import normal

Kind = Literal["raw", "other", "key"]

# Suffixes of raw objects; "" is a name without a suffix.
NAMES = ("", ".json", ".csv", ".txt", ".tsv")

# How the name of a secret ends, in any case and after anything else: SPOTIPY_CLIENT_SECRET, apiKey.
_SECRET = (
    rb"(?:secret|(?:private|access|secret|api)[_\- ]?key(?:[_\- ]?id)?|passw(?:or)?d|passphrase|bearer"
    rb"|credential|(?:access|refresh|auth|bearer|session|api|id|user)[_\- ]?token|cookie)s?"
)
# Secrets anywhere in a file.
_ANYWHERE = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|\"type\"\s*:\s*\"service_account\""
    rb"|\bsp_(?:dc|key)\b"
    rb"|authorization\W{1,40}(?:value\W{1,12})?(?:bearer|basic)\b|\bbearer [\w.~+/=-]{20,}"
    rb"|(?:client_secret|access_token|refresh_token|api_key)=\S"
    rb"|^[ \t]*(?:export\s+)?\w*(?:SECRET|TOKEN|PASSWORD|ACCESS_KEY|API_KEY)\w*\s*=\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_NAME = rb"(?:[\w .-]{0,60}" + _SECRET + rb"|authorization|token)"
# A field of JSON, also in a JSON text inside JSON, in Python's spelling, and as {"key": …, "value": …}.
_FIELD = re.compile(
    rb"(?:"
    + _SECRET
    + rb"|authorization|\"token)\"\s*:(?!\s*\{\s*\"error\")"  # not before an error that Spotify sent
    rb"|[{,](?:\s|\\+[nrt])*(?:\\+\"|')" + _FIELD_NAME + rb"(?:\\+\"|')\s*:"
    rb"|\"key\"\s*:\s*\"" + _FIELD_NAME + rb"\""
    rb"|\"name\"\s*:\s*\"" + _FIELD_NAME + rb"\"\s*,\s*\"value\"\s*:",
    re.IGNORECASE,
)
# In a text that is not a chart; in a chart, a song may be called "Secret: Live".
_IN_TEXT = re.compile(rb"(?:" + _SECRET + rb"|authorization|\btoken)[\"'`]?\s*[:=]\s*\S", re.IGNORECASE)
_COLUMN = re.compile(rb"[\w .-]{0,60}" + _SECRET + rb"\s*", re.IGNORECASE)
_IN_DATA = re.compile(rb"-?\d[\d.]*|.*(?:://|spotify:).*")
_TRACK = re.compile(
    rb"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-\w+/)?track/)[0-9A-Za-z]{22}(?:\?.*)?"
)
# Every answer of Spotify's, and everything made from one, has one of these.
_SPOTIFY = re.compile(
    rb"(?:open|api|charts)\.spotify\.com|spotify:(?:track|artist|album|playlist|chart):"
    rb"|\"(?:chartEntryData|chartEntryViewResponses|audio_features|top50_envelope|top50_merged)\"|\"error\"\s*:"
)
_FIELDS = {"items", "tracks", "answers", "body", "track", "item", "added_at", "album", "artists", "error"}
# Fields at the top of other JSON: a package, a compiler's settings, a notebook, a map, an interface.
_OTHERS = [
    {"dependencies"},
    {"devDependencies"},
    {"scripts", "version"},
    {"compilerOptions"},
    {"nbformat"},
    {"$schema"},
    {"openapi"},
    {"swagger"},
    {"features", "type"},
]
# Columns of charts and songs; the common ones are in other tables too, so that one of the others is needed.
_COLUMNS = {
    *("rank", "position", "uri", "streams", "track_id", "track_uri", "track_name", "song_id", "song_name"),
    *("spotify_id", "artist_names", "artist_id", "artist_name", "album_id", "peak_rank", "previous_rank"),
    *("weeks_on_chart", "days_on_chart"),
}
_COMMON_COLUMNS = {"id", "url", "title", "name", "artist", "artists", "date", "region", "country"}
_HEAD = 64 * 2**10
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n"


def is_raw_name(name: str) -> bool:
    """Whether a file may be a raw object, by its name."""
    return PurePosixPath(name).suffix.lower() in NAMES


def kind_of(name: str, content: bytes) -> Kind:
    """Return whether a file may be a raw object (`raw`), is something else, or holds a secret (`key`)."""
    if _holds_key(content):
        return "key"
    text = content.removeprefix(_BYTE_ORDER_MARK).lstrip()
    suffix = PurePosixPath(name).suffix.lower()
    if text[:1] in (b"{", b"["):
        return "raw" if _is_like_a_chart(text) else "other"
    if _has_columns(text) or _has_rows(text):
        return "raw"
    if suffix not in (".csv", ".tsv", ".json"):
        return "other"
    # By its name it is a chart: a damaged one may be empty, a login page or a workbook. A text has to be a
    # table with addresses of Spotify's.
    is_damaged = suffix == ".json" or text[:1] in (b"", b"<") or b"\0" in text[:_HEAD]
    is_table = _SPOTIFY.search(text[:_HEAD]) and re.match(rb"[^\n]*[,;\t]", text)
    return "raw" if is_damaged or is_table else "other"


def _holds_key(content: bytes) -> bool:
    """Whether a field or a word names a secret; the names of songs and artists do not count."""
    text = content.replace(b"\0", b"").lstrip(_MARKS)  # UTF-16, too
    if _ANYWHERE.search(text) or _FIELD.search(text):
        return True
    if text[:1] in (b"{", b"[", b"<"):
        return False
    if any(map(_COLUMN.fullmatch, _header_cells(text))):
        return True
    return not (_has_columns(text) or _has_rows(text)) and bool(_IN_TEXT.search(text))


def _header_cells(text: bytes) -> Iterator[bytes]:
    """Yield the cells of the first lines, up to the first line with a number or an address in it."""
    for cells in _first_lines(text):
        if len(cells) < 2 or any(map(_IN_DATA.fullmatch, cells)):
            return
        yield from cells


def _first_lines(text: bytes) -> list[list[bytes]]:
    """Return the cells of the first three lines, without quotation marks, but with spaces before these."""
    lines = text[:_HEAD].splitlines()[:3]
    return [[cell.strip(b"\"'") for cell in re.split(rb"[,;\t|]", line)] for line in lines]


def _is_like_a_chart(text: bytes) -> bool:
    try:
        content: Any = msgspec.json.decode(text)
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
    ):  # damaged: of a chart, or of anything else
        return bool(_SPOTIFY.search(text))
    if isinstance(content, dict):
        if any(fields <= content.keys() for fields in _OTHERS):
            return False
        return not content or bool(_FIELDS & content.keys() or _SPOTIFY.search(text))
    rows = [row for row in content[:100] if isinstance(row, dict)] if isinstance(content, list) else []
    return not content or any(_FIELDS & row.keys() for row in rows) or bool(_SPOTIFY.search(text))


def _has_columns(text: bytes) -> bool:
    """Whether one of the first lines has the names of a chart's columns."""
    for line in text[:_HEAD].decode(errors="replace").splitlines()[:3]:
        names = {normal(name.strip('" ')) for name in re.split(r"[,;\t|]", line)}
        if names & _COLUMNS and len(names & (_COLUMNS | _COMMON_COLUMNS)) >= 2:
            return True
    return False


def _has_rows(text: bytes) -> bool:
    """Whether one of the first lines is the row of a song, as in a chart without its header."""
    return any(len(cells) > 2 and any(map(_TRACK.fullmatch, cells)) for cells in _first_lines(text))
