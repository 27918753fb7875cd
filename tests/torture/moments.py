"""Uploads at the wrong moment: before each call of a run to its lake somebody else does something, once.

On S3 a call is a request, so that what comes between a copy and its delete is among them.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest import mock
from uuid import uuid4

from tests.servers.http_requests import Request
from tests.servers.proxy import Proxy, serving
from tests.servers.seaweedfs import S3Server, running_s3
from tests.torture.in_lake import process
from tests.torture.same_lake import contents, one_after_the_other
from tests.torture.scale import Scale
from tests.torture.tally import Place, Tally, Verdict
from tests.unit.builders import csv_line, new_csv
from top50.aws import AwsSession
from top50.errors import LakeConflict, LakeError
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.raw import LARGEST
from top50.raw.backlog import list_pending
from top50.raw.keys import REASON

KEY = "regional-global-weekly-2026-11-19.csv"
CHART, CORRECTED = (new_csv([csv_line(rank, rank + first) for rank in range(1, 51)]) for first in (0, 7))
BROKEN = b"<html>Please sign in</html>"
TABLES = "transformed_data/"


@dataclass(frozen=True)
class Upload:
    """What is pending at first, what somebody puts over it, and whether another run comes before or after."""

    what: str
    first: bytes
    second: bytes | None
    run_before: bool = False
    run_after: bool = False

    def happen(self, lake: Lake) -> None:
        """Do it."""
        if self.run_before:
            take(lake)
        if self.second is not None:
            lake.write(TO_PROCESSED + KEY, self.second)
        if self.run_after:
            take(lake)


UPLOADS = [
    Upload("a corrected file", CHART, CORRECTED),
    Upload("a corrected file, and another run takes it", CHART, CORRECTED, run_after=True),
    Upload("another run, and then a corrected file", CHART, CORRECTED, run_before=True),
    Upload("another run", CHART, None, run_before=True),
    Upload("a good file over a broken one", BROKEN, CHART),
    Upload("a broken file over a good one", CHART, BROKEN),
    Upload("a good file over one that is too large", b"[" * (LARGEST + 1), CHART),
]


@dataclass
class Ground:
    """A place for lakes: `lake` is the one that others write to, `watched` the same as a run sees it."""

    place: Place
    open: Callable[[Callable[[], None]], tuple[Lake, Lake]]


class _Watched:
    """A lake in a directory that calls a function before each of its verbs."""

    def __init__(self, lake: Lake, before: Callable[[], None]) -> None:
        self._lake, self._before = lake, before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._lake, name)
        if not callable(found):
            return found

        def verb(*arguments: Any, **options: Any) -> Any:
            self._before()
            return found(*arguments, **options)

        return verb


class _Watching(Proxy):
    """A proxy before S3 that calls a function before it passes on a request."""

    before: Callable[[], None] = staticmethod(lambda: None)

    def came(self, request: Request) -> None:
        super().came(request)
        self.before()


def on_disk(folder: Path) -> Ground:
    """Lakes in a directory."""

    def open_lake(before: Callable[[], None]) -> tuple[Lake, Lake]:
        lake = DirectoryLake(folder / uuid4().hex[:8], create=True)
        return lake, cast("Lake", _Watched(lake, before))

    return Ground("directory", open_lake)


@contextmanager
def on_seaweedfs(server: S3Server) -> Iterator[Ground]:
    """Lakes on S3, with a proxy before them."""
    with serving(_Watching(server.endpoint_url)) as proxy:

        def open_lake(before: Callable[[], None]) -> tuple[Lake, Lake]:
            prefix = f"moments-{uuid4().hex[:8]}"
            proxy.before = before
            lakes = []
            for url in (server.endpoint_url, proxy.url):
                with mock.patch.dict(os.environ, {**server.environment(), "AWS_ENDPOINT_URL_S3": url}):
                    lakes.append(S3Lake(server.bucket, prefix, AwsSession(allow_http=True)))
            return lakes[0], lakes[1]

        yield Ground("SeaweedFS", open_lake)


class _Moment:
    """Counts the calls of a run; before the `at`-th something happens."""

    def __init__(self, at: int, happen: Callable[[], None]) -> None:
        self.calls, self._at, self._happen = 0, at, happen

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == self._at:
            self._happen()


def try_moments(ground: Ground, upload: Upload, stride: int = 1) -> Tally:
    """Try each `stride`-th moment of a run, the last one among them."""
    began, tally = time.monotonic(), Tally(upload.what, ground.place)
    with mock.patch.object(os, "fsync"):  # nothing is killed here: no disk need be waited for
        calls, *_ = _try(ground, upload, 0)
        for at in range(calls, 0, -stride):
            _, verdict, seen = _try(ground, upload, at)
            tally.add(verdict, f"before call {at} of {calls}", seen)
    tally.seconds = time.monotonic() - began
    return tally


def _try(ground: Ground, upload: Upload, at: int) -> tuple[int, Verdict, str]:
    moment = _Moment(at, lambda: upload.happen(lakes[0]))
    lakes = ground.open(moment)
    lake, watched = lakes
    lake.write(TO_PROCESSED + KEY, upload.first)
    try:
        with suppress(LakeConflict):  # which a step of a flow tries again
            process(watched)
        calls = moment.calls
        take(lake)
    except LakeError as error:
        return moment.calls, "unclear", str(error)
    last = upload.first if upload.second is None else upload.second
    return calls, *_judge(lake, last)


def take(lake: Lake) -> None:
    """Take the backlog into the tables, as the next runs do."""
    for _ in range(4):
        with suppress(LakeConflict):
            process(lake)
        if not list_pending(lake):
            return


def _judge(lake: Lake, last: bytes) -> tuple[Verdict, str]:
    """Say whether what was acknowledged last is in one place, and whether the archive gives the tables."""
    found = contents(lake)
    done = [each for key, each in found.items() if key.startswith((PROCESSED, QUARANTINE))]
    pending = [key for key in found if key.startswith(TO_PROCESSED)]
    if pending:
        return "unclear", f"{pending[0]} stays pending"
    if last not in done:
        return "lost", "what was uploaded last is nowhere"
    raws = [each for key, each in found.items() if each in done and not key.endswith(REASON)]
    if len(set(raws)) < len(raws):
        return "doubled", "the same content is in two places"
    archived = {key.removeprefix(PROCESSED): each for key, each in found.items() if key.startswith(PROCESSED)}
    tables = {key: content for key, content in found.items() if key.startswith(TABLES)}
    if tables != dict(tables_of(tuple(sorted(archived.items())))):
        return "lost", "the tables hold what no raw object gives"
    return "survived", ""


@cache
def tables_of(archived: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, bytes], ...]:
    """Return the tables' files that these raw objects give when nobody disturbs."""
    with tempfile.TemporaryDirectory() as folder:
        found = contents(one_after_the_other(dict(archived), Path(folder)))
    return tuple((key, content) for key, content in found.items() if key.startswith(TABLES))


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Try all moments in both places."""
    with ExitStack() as stack:
        server = stack.enter_context(running_s3(folder / "s3"))
        grounds = [on_disk(folder / "lakes"), stack.enter_context(on_seaweedfs(server))]
        (folder / "lakes").mkdir()
        return [try_moments(ground, upload, scale.stride) for ground in grounds for upload in UPLOADS]
