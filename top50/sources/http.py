"""HTTP requests with limits: a deadline, a size, one host, and clocks that agree."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Thread
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from top50.errors import SourceError, SourceUnavailable
from top50.raw import LARGEST
from top50.sources.refusals import RUN_AGAIN, explain_too_many

# Seconds for one answer, from the DNS lookup to its last byte. The timeout of requests covers a single
# read and starts again with every byte, so a server that drips would hold the run for ever.
DEADLINE = 60.0

TIMEOUT = 20  # seconds for the connection, and for each read

_LARGEST_SKEW = timedelta(days=1)

# HTTP status → its cause and remedy for one source; 0 stands for every other status.
Refusals = Mapping[int, tuple[str, str]]


def get(address: str, setting: str, owner: str, refusals: Refusals) -> bytes:
    """Return the body of one GET of a public address, without a key or a login.

    setting: the setting that holds the address. owner: who runs the server, for the message after a 429.
    Raises SourceUnavailable for a passing fault, QuotaExceeded for a long wait, else SourceError.
    """
    try:
        with BoundedSession() as session:
            session.hooks["response"].append(check_clock)
            answer = session.get(address, headers={"Accept": "application/json"}, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise SourceUnavailable(
            f"no usable answer from {address} ({type(error).__name__})",
            f"Check the network and {setting}, and run it again; nothing is lost.",
        ) from None
    status = answer.status_code
    what = f"{address} answered {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise explain_too_many(what, None, answer.headers, owner)
    if status >= 500:
        raise SourceUnavailable(what, RUN_AGAIN, status=status)
    if status != HTTPStatus.OK:
        cause, remedy = refusals.get(status, refusals[0])
        raise SourceError(f"{what}{cause}", remedy, status)
    return answer.content


class BoundedSession(requests.Session):
    """Raises SourceUnavailable for an answer that takes too long, SourceError for one that is too large."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _BoundedAdapter())


class OneHostSession(BoundedSession):
    """A session for credentials: raises SourceError instead of following a redirect to another host.

    Host, port and scheme must stay the same. requests drops the Authorization header on such a redirect,
    but repeats the body of a POST (307, 308), and with it a refresh token.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return the target of a redirect, None for any other answer."""
        target = super().get_redirect_target(resp)
        ours, theirs = urlsplit(resp.url), urlsplit(urljoin(resp.url, target or ""))
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            resp.close()
            raise SourceError(
                f"{ours.hostname} redirects to another host, {theirs.scheme}://{theirs.hostname}",
                "Check that address; if it is right, do not trust the server behind it.",
                resp.status_code,
            )
        return target


class _BoundedAdapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send a request and read the whole answer, in a thread that is abandoned at the deadline."""
        host = urlsplit(request.url or "").hostname
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                response = super(_BoundedAdapter, self).send(request, *args, **options)
                response.raw = _LimitedBody(response.raw, str(host))
                response.content  # noqa: B018 - reads and caches the body here, inside the deadline
                answer.set_result(response)
            except Exception as error:  # noqa: BLE001 - raised again by answer.result below
                answer.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return answer.result(DEADLINE)
        except TimeoutError:
            raise SourceUnavailable(
                f"{host} did not finish its answer within {DEADLINE:g} seconds",
                "Check the network, and run it again; nothing is lost.",
            ) from None


class _LimitedBody:
    """A urllib3 response whose stream ends with SourceError after LARGEST bytes."""

    def __init__(self, raw: Any, host: str) -> None:
        self._raw, self._host = raw, host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the body in pieces, as requests reads it."""
        read = 0
        for piece in self._raw.stream(amount, decode_content=decode_content):
            read += len(piece)
            if read > LARGEST:
                raise too_large(self._host)
            yield piece


def too_large(sender: str) -> SourceError:
    """Return the error for an answer that is larger than any chart."""
    return SourceError(
        f"{sender} sends more than {LARGEST:,} bytes, which no chart needs",
        "Check the source's address and TOP50_PLAYLIST.",
    )


def check_clock(response: requests.Response, *_: object, **__: object) -> None:
    """Raise SourceError when the server's clock differs by more than a day from this machine's.

    A raw object records when it was read: one from a clock that is ahead would win over every later chart.
    """
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return
    ours = datetime.now(UTC)
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    if abs(ours - theirs) > _LARGEST_SKEW:
        raise SourceError(
            f"this machine's clock shows {ours:%Y-%m-%d %H:%M} UTC, "
            f"that of {urlsplit(response.url).hostname} {theirs:%Y-%m-%d %H:%M} UTC",
            "Set this machine's clock, best by NTP, and run it again; nothing has landed.",
        )
