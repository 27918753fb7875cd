"""Misbehaviour on demand: what a fault is, and what it makes of an answer."""

from collections.abc import Callable
from typing import Literal

import msgspec

from top50.simulator.answers import Answer, error, json_answer

FaultKind = Literal[
    "status",
    "expired_token",
    "rate_limit",
    "quota",
    "premium",
    "cut_body",
    "html",
    "empty",
    "slow",
    "drip",
    "endless",
    "foreign_next",
    "text_error",
]
ELSEWHERE = "https://elsewhere.invalid/v1/playlists/stolen/items?offset=50&limit=50"
DAY = 86_400  # seconds
NO_PREMIUM = (
    "Active premium subscription required for the owner of the app. "
    "When the subscription status changes, it can take a few hours before requests are allowed again."
)


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next `times` requests whose path starts with `path_prefix` get this (None: every one).

    kind: `status` (an error of `status` with `message`), `expired_token` (401), `rate_limit` (429),
    `quota` (429 for a day), `premium` (403: the app's owner no longer pays), `cut_body`, `html` and `empty`
    (both 200), `slow` (`delay` seconds late), `drip` (a byte every `delay` seconds),
    `endless` (it comes again and again), `foreign_next` (`next` points to another host),
    `text_error` (`{"error": "text"}` with `status`).
    `retry_after`: seconds, for any error; None leaves the kind's own.
    """

    kind: FaultKind
    status: int = 503
    times: int | None = 1
    path_prefix: str = "/v1/"
    retry_after: int | None = None
    delay: float = 0.0
    message: str | None = None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times is 1 or more, or None for every request")
        if self.delay < 0 or not 200 <= self.status <= 599:
            raise ValueError("delay is 0 seconds or more, status is from 200 to 599")

    def apply(self, honest: Callable[[], Answer]) -> Answer:
        """The answer in place of the honest one."""
        return EFFECTS[self.kind](self, honest)

    def once_less(self) -> "Fault | None":
        """What is left after one request."""
        if self.times is None:
            return self
        return msgspec.structs.replace(self, times=self.times - 1) if self.times > 1 else None


def _status(fault: Fault, _: Callable[[], Answer]) -> Answer:
    return error(fault.status, fault.message, retry_after=fault.retry_after)


def _expired_token(fault: Fault, _: Callable[[], Answer]) -> Answer:
    return error(401, fault.message, retry_after=fault.retry_after)


def _rate_limit(fault: Fault, _: Callable[[], Answer]) -> Answer:
    return error(429, fault.message, retry_after=1 if fault.retry_after is None else fault.retry_after)


def _quota(fault: Fault, _: Callable[[], Answer]) -> Answer:
    wait = DAY if fault.retry_after is None else fault.retry_after
    return error(429, fault.message or "Too many requests", reason="QUOTA_EXCEEDED", retry_after=wait)


def _premium(fault: Fault, _: Callable[[], Answer]) -> Answer:
    return error(403, fault.message or NO_PREMIUM, retry_after=fault.retry_after)


def _cut_body(_: Fault, honest: Callable[[], Answer]) -> Answer:
    answer = honest()
    half = len(answer.body) // 2
    return answer.with_changes(body=answer.body[:half], missing_bytes=len(answer.body) - half)


def _html(_: Fault, __: Callable[[], Answer]) -> Answer:
    page = b"<!DOCTYPE html><html><body><h1>Please sign in to this network</h1></body></html>"
    return Answer(page, content_type="text/html; charset=utf-8")


def _empty(_: Fault, __: Callable[[], Answer]) -> Answer:
    return Answer(b"")


def _slow(fault: Fault, honest: Callable[[], Answer]) -> Answer:
    return honest().with_changes(delay=fault.delay)


def _drip(fault: Fault, honest: Callable[[], Answer]) -> Answer:
    return honest().with_changes(drip=fault.delay)


def _endless(_: Fault, honest: Callable[[], Answer]) -> Answer:
    return honest().with_changes(endless=True)


def _foreign_next(_: Fault, honest: Callable[[], Answer]) -> Answer:
    answer = honest()
    content = msgspec.json.decode(answer.body)
    for page in (content, content.get("tracks"), content.get("items")):
        if isinstance(page, dict) and "next" in page:
            page["next"] = ELSEWHERE
    return answer.with_changes(body=msgspec.json.encode(content))


def _text_error(fault: Fault, _: Callable[[], Answer]) -> Answer:
    return json_answer({"error": fault.message or "text"}, fault.status)


EFFECTS: dict[str, Callable[[Fault, Callable[[], Answer]], Answer]] = {
    "status": _status,
    "expired_token": _expired_token,
    "rate_limit": _rate_limit,
    "quota": _quota,
    "premium": _premium,
    "cut_body": _cut_body,
    "html": _html,
    "empty": _empty,
    "slow": _slow,
    "drip": _drip,
    "endless": _endless,
    "foreign_next": _foreign_next,
    "text_error": _text_error,
}
