"""HTTP with an end: an answer that drips is late, one that never stops is too long, and clocks must agree."""

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from top50.errors import SourceError, SourceUnavailable
from top50.raw import LARGEST

# Seconds for one answer, from the look-up of its host to its last byte: a timeout of requests
# is for each byte, and starts again with every one that comes.
DEADLINE = 60.0

_LARGEST_SKEW = timedelta(days=1)


class BoundedSession(requests.Session):
    """Raises SourceUnavailable for an answer that takes too long, SourceError for one that is too long."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _BoundedAdapter())


class _BoundedAdapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send it and read all of the answer, in a thread that is left behind when it takes too long."""
        host = urlsplit(request.url or "").hostname
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                response = super(_BoundedAdapter, self).send(request, *args, **options)
                response.raw = _Limited(response.raw, str(host))
                response.content  # noqa: B018 - it is read here, and stays
                answer.set_result(response)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised below
                answer.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return answer.result(DEADLINE)
        except TimeoutError:
            raise SourceUnavailable(
                f"{host} did not finish its answer within {DEADLINE:g} seconds",
                "Check the network, and run it again; nothing is lost.",
            ) from None


class _Limited:
    """A response of urllib3 that gives no more than LARGEST bytes."""

    def __init__(self, raw: Any, host: str) -> None:
        self._raw, self._host = raw, host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield it in pieces, as requests reads it."""
        read = 0
        for piece in self._raw.stream(amount, decode_content=decode_content):
            read += len(piece)
            if read > LARGEST:
                raise too_long(self._host)
            yield piece


def too_long(what: str) -> SourceError:
    """Return what to raise for an answer that does not end."""
    return SourceError(
        f"{what} sends more than {LARGEST:,} bytes, and no chart is as long",
        "Check the source's address and TOP50_PLAYLIST.",
    )


def check_clock(response: requests.Response, *_: object, **__: object) -> None:
    """Raise SourceError when the clock of who answers is more than a day from this machine's.

    What lands says when it was read, and a chart of next year's would hide every later one.
    """
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return
    ours = datetime.now(UTC)
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    if abs(ours - theirs) > _LARGEST_SKEW:
        raise SourceError(
            f"this machine's clock says {ours:%Y-%m-%d %H:%M} UTC, "
            f"that of {urlsplit(response.url).hostname} {theirs:%Y-%m-%d %H:%M} UTC",
            "Set this machine's clock, best by NTP, and run it again; nothing has landed.",
        )
