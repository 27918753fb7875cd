"""What can be a raw object by its name and content. The rest of a folder is left where it is.

A project folder holds code, pictures, notebooks and keys; none of them may be copied into a lake, where
others read. What may be a chart and is broken lands all the same: quarantine says why.
"""

import re
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec

from top50.merged import normal

Kind = Literal["raw", "other", "key"]

NAMES = ("", ".json", ".csv", ".txt", ".tsv")
"""How the name of a raw object ends; "" is a name without a suffix."""

_KEY = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|\"type\"\s*:\s*\"service_account\""
    rb"|\"(?:private_key|client_secret|refresh_token|access_token|secret_access_key|aws_secret_access_key"
    rb"|SecretAccessKey|api_key|password)\"\s*:"
    rb"|^\s*(?:export\s+)?\w*(?:SECRET|TOKEN|PASSWORD|ACCESS_KEY|API_KEY)\w*\s*=\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
# Every answer of Spotify's, and all that was made from one, has one of these.
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
# Columns of charts and of songs; the second are in other tables, too, so that one of the first must be there.
_COLUMNS = {
    *("rank", "position", "uri", "streams", "track_id", "track_uri", "track_name", "song_id", "song_name"),
    *("spotify_id", "artist_names", "artist_id", "artist_name", "album_id", "peak_rank", "previous_rank"),
    *("weeks_on_chart", "days_on_chart"),
}
_COMMON_COLUMNS = {"id", "url", "title", "name", "artist", "artists", "date", "region", "country"}
_HEAD = 64 * 2**10


def is_raw_name(name: str) -> bool:
    """Whether a file may be a raw object by its name."""
    return PurePosixPath(name).suffix.lower() in NAMES


def kind_of(name: str, content: bytes) -> Kind:
    """Return whether a file may be a raw object (`raw`), is something else, or holds a secret (`key`)."""
    if _KEY.search(content[:_HEAD]):
        return "key"
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = PurePosixPath(name).suffix.lower()
    if text[:1] in (b"{", b"["):
        return "raw" if _is_like_a_chart(text) else "other"
    if suffix in (".csv", ".tsv", ".json"):  # an empty one, a login page, a workbook that calls itself CSV
        is_text = b"\0" not in text[:_HEAD] and text[:1] not in (b"", b"<") and suffix != ".json"
        return "other" if is_text and not _has_columns(text) else "raw"
    return "raw" if _has_columns(text) else "other"


def _is_like_a_chart(text: bytes) -> bool:
    try:
        content: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # broken: a chart's, or somebody else's
        return bool(_SPOTIFY.search(text))
    if isinstance(content, dict):
        if any(fields <= content.keys() for fields in _OTHERS):
            return False
        return not content or bool(_FIELDS & content.keys() or _SPOTIFY.search(text))
    rows = [row for row in content[:100] if isinstance(row, dict)] if isinstance(content, list) else []
    return not content or any(_FIELDS & row.keys() for row in rows) or bool(_SPOTIFY.search(text))


def _has_columns(text: bytes) -> bool:
    """Whether one of the first lines names columns that charts have."""
    for line in text[:_HEAD].decode(errors="replace").splitlines()[:3]:
        names = {normal(name.strip('" ')) for name in re.split(r"[,;\t|]", line)}
        if names & _COLUMNS and len(names & (_COLUMNS | _COMMON_COLUMNS)) >= 2:
            return True
    return bool(_SPOTIFY.search(text[:_HEAD]) and re.match(rb"[^\n]*[,;\t]", text))
