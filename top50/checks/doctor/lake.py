"""The lake: reachable, writable, and true to its word that one of two writers loses."""

import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from top50.charts import SIMULATOR
from top50.checks.finding import Finding
from top50.errors import LakeConflict, LakeError, SettingsError, Top50Error
from top50.lake import TO_PROCESSED, Lake, Stored, open_lake
from top50.lake.directory import OWN, DirectoryLake
from top50.settings import Settings
from top50.tables.files import refuse_other_kind, songs_file

if TYPE_CHECKING:
    from top50.aws import AwsSession

_WRITES = "lake writes"

_VERIFY = Finding(
    "lake contents",
    "note",
    "not looked at here: make verify (python -m deployments.verify) checks every file, key and raw object",
    needed=False,
)


def examine_lake(
    settings: Settings, session: Callable[[], "AwsSession"]
) -> Generator[Finding, None, Lake | None]:
    """Yield how the lake is, and return it; None when there is none to read from."""
    root = Path(settings.lake).expanduser()
    if not settings.is_s3 and not root.is_dir():
        yield _future_lake(root)
        return None
    name = "lake"
    with _untouched(root):
        try:
            lake = open_lake(settings, session() if settings.is_s3 else None)
            pending = sum(1 for _ in lake.list(TO_PROCESSED))
            yield Finding(name, "ok", f"{lake.address} answers, {pending} raw objects are pending")
            name = _WRITES
            yield _try_writing(lake)
            name = "lake charts"
            yield from _kind(lake, settings)
            yield _VERIFY
        except Top50Error as error:
            yield Finding.of(name, error)
            return None
    return lake


@contextmanager
def _untouched(root: Path) -> Iterator[None]:
    """Take the lake's own folder away again if opening the lake has made it."""
    was_there = (root / OWN).exists()
    try:
        yield
    finally:
        if not was_there:
            with suppress(OSError):  # somebody else uses it by now, or the lake is on S3
                (root / OWN).rmdir()


def _future_lake(root: Path) -> Finding:
    if root.exists():
        return Finding("lake", "failed", f"{root} is no folder", "Correct TOP50_LAKE.")
    try:
        with _scratch(root.absolute().parent) as scratch:
            probe(scratch)
    except LakeError as error:
        return Finding.of("lake", error)
    return Finding("lake", "ok", f"{root} is not there yet: the first run makes it")


def _try_writing(lake: Lake) -> Finding:
    if not isinstance(lake, DirectoryLake):
        return probe(lake)
    with _scratch(lake.root / OWN) as scratch:
        return probe(scratch)


@contextmanager
def _scratch(folder: Path) -> Iterator[DirectoryLake]:
    """Open a lake on the same disk, with the same locks, that is gone afterwards with all its folders."""
    try:
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=folder) as scratch:
            yield DirectoryLake(Path(scratch))
    except OSError as error:
        raise LakeError(
            f"cannot write in {folder}: {error.strerror}",
            "Make it, give this user the right to write there, or choose another TOP50_LAKE.",
        ) from None


def probe(lake: Lake) -> Finding:
    """Write one small object, see that a second writer and a late one lose, and remove it; raises LakeError.

    It lies in `reports/`, where no reader of tables or raw objects looks and every run may write.
    """
    key = f"reports/.doctor-{uuid4().hex}"
    try:
        finding = _race(lake, key)
    finally:
        left = _remove(lake, key)
    if left:
        raise left
    return finding


def _race(lake: Lake, key: str) -> Finding:
    first = Stored(b"first", lake.replace(key, b"first", None))
    honoured = _is_refused(lake, key, b"second", None)
    if honoured:
        lake.replace(key, b"third", first)
        honoured = _is_refused(lake, key, b"fourth", first)
    if not honoured:
        told = "conditional writes are not honoured: two runs at once could lose rows"
        remedy = "Use a server that honours If-Match and If-None-Match on put, as AWS does."
        return Finding(_WRITES, "failed", told, remedy)
    now = lake.read(key)
    if now is None or now.content != b"third":
        told = "what was written is not what is read back"
        return Finding(_WRITES, "failed", told, "Look after that disk or server before you use it.")
    return Finding(_WRITES, "ok", "a probe was written, read and removed; conditional writes are honoured")


def _remove(lake: Lake, key: str) -> LakeError | None:
    try:
        lake.remove(key)
    except LakeError as error:
        return error
    return None


def _is_refused(lake: Lake, key: str, content: bytes, old: Stored | None) -> bool:
    try:
        lake.replace(key, content, old)
    except LakeConflict:
        return True
    return False


def _kind(lake: Lake, settings: Settings) -> Iterator[Finding]:
    try:
        refuse_other_kind(lake, simulated=settings.source == SIMULATOR)
    except SettingsError as error:
        yield Finding.of("lake charts", error)


def song_in(lake: Lake) -> str | None:
    """Return the id of a song in the lake; None when it has none, or cannot be read."""
    with suppress(LakeError):
        songs = songs_file().read(lake)[1]["song_id"]
        return str(songs[0]) if len(songs) else None
    return None
