"""One GET of a public address: no key, no login."""

from collections.abc import Mapping
from http import HTTPStatus

import requests

from top50.errors import SourceError, SourceUnavailable
from top50.sources.bounded import BoundedSession, check_clock
from top50.sources.refusals import AGAIN, explain_too_many

_TIMEOUT = 20  # seconds

Refusals = Mapping[int, tuple[str, str]]
"""HTTP status → what it means here, and what to do; 0 stands for all others."""


def get(address: str, setting: str, who: str, refusals: Refusals) -> bytes:
    """Return what an address answers.

    setting: the setting that names it. who: whose it is.
    Raises SourceUnavailable for a passing fault, QuotaExceeded for a long wait, else SourceError.
    """
    try:
        with BoundedSession() as session:
            session.hooks["response"].append(check_clock)
            answer = session.get(address, headers={"Accept": "application/json"}, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise SourceUnavailable(
            f"no usable answer from {address} ({type(error).__name__})",
            f"Check the network and {setting}, and run it again; nothing is lost.",
        ) from None
    status = answer.status_code
    what = f"{address} answered {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise explain_too_many(what, None, answer.headers, who)
    if status >= 500:
        raise SourceUnavailable(what, AGAIN, status=status)
    if status != HTTPStatus.OK:
        cause, remedy = refusals.get(status, refusals[0])
        raise SourceError(f"{what}{cause}", remedy, status)
    return answer.content
