"""The lake: can it be read and written, and does the second of two writers lose?"""

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


def check_lake(
    settings: Settings, aws_session: Callable[[], "AwsSession"]
) -> Generator[Finding, None, Lake | None]:
    """Yield the lake's findings; return the lake, or None when there is nothing to read."""
    root = Path(settings.lake).expanduser()
    if not settings.is_s3 and not root.is_dir():
        yield _future_lake(root)
        return None
    name = "lake"
    with _own_folder_as_before(root):
        try:
            lake = open_lake(settings, aws_session() if settings.is_s3 else None)
            pending = sum(1 for _ in lake.list(TO_PROCESSED))
            yield Finding(name, "ok", f"{lake.address} answers, {pending} raw objects are pending")
            name = "lake writes"
            if isinstance(lake, DirectoryLake):
                with _scratch_lake(lake.root / OWN) as scratch:
                    finding = probe(scratch)
            else:
                finding = probe(lake)
            yield finding
            name = "lake charts"
            try:
                refuse_other_kind(lake, simulated=settings.source == SIMULATOR)
            except SettingsError as error:
                yield Finding.from_error(name, error)
        except Top50Error as error:
            yield Finding.from_error(name, error)
            return None
    return lake


@contextmanager
def _own_folder_as_before(root: Path) -> Iterator[None]:
    """Remove the lake's own folder if opening the lake created it."""
    existed = (root / OWN).exists()
    try:
        yield
    finally:
        if not existed:
            with suppress(OSError):  # another program uses it by now, or the lake is on S3
                (root / OWN).rmdir()


def _future_lake(root: Path) -> Finding:
    if root.exists():
        return Finding("lake", "failed", f"{root} is not a folder", "Correct TOP50_LAKE.")
    try:
        with _scratch_lake(root.absolute().parent) as scratch:
            probe(scratch)
    except LakeError as error:
        return Finding.from_error("lake", error)
    return Finding("lake", "ok", f"{root} does not exist yet: the first run creates it")


@contextmanager
def _scratch_lake(folder: Path) -> Iterator[DirectoryLake]:
    """Yield a temporary lake on the same disk, with the same locks; raises LakeError."""
    try:
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=folder) as scratch:
            yield DirectoryLake(Path(scratch))
    except OSError as error:
        raise LakeError(
            f"cannot write in {folder}: {error.strerror}",
            "Create it, give this user the right to write there, or choose another TOP50_LAKE.",
        ) from None


def probe(lake: Lake) -> Finding:
    """Write one small object, check that a second and a late writer lose, and remove it; raises LakeError.

    It is in `reports/`, where no reader of tables or raw objects looks and every run may write.
    """
    key = f"reports/.doctor-{uuid4().hex}"
    try:
        finding = _race(lake, key)
    except BaseException:  # an interrupt, too, must not leave it behind
        with suppress(LakeError):
            lake.remove(key)
        raise
    lake.remove(key)
    return finding


def _race(lake: Lake, key: str) -> Finding:
    name = "lake writes"
    first = Stored(b"first", lake.replace(key, b"first", None))
    honoured = _is_refused(lake, key, b"second", None)
    if honoured:
        lake.replace(key, b"third", first)
        honoured = _is_refused(lake, key, b"fourth", first)
    if not honoured:
        detail = "conditional writes are not honoured: two runs at once could lose rows"
        remedy = "Use a server that honours If-Match and If-None-Match on put, as AWS does."
        return Finding(name, "failed", detail, remedy)
    now = lake.read(key)
    if now is None or now.content != b"third":
        detail = "what was written is not what is read back"
        return Finding(name, "failed", detail, "Have that disk or server repaired before you use it.")
    return Finding(name, "ok", "a probe was written, read and removed; conditional writes are honoured")


def _is_refused(lake: Lake, key: str, content: bytes, old: Stored | None) -> bool:
    try:
        lake.replace(key, content, old)
    except LakeConflict:
        return True
    return False


def first_song(lake: Lake) -> str | None:
    """Return the id of a song in the lake; None when it has no songs, or cannot be read."""
    with suppress(LakeError):
        songs = songs_file().read(lake)[1]["song_id"]
        return str(songs[0]) if len(songs) else None
    return None
