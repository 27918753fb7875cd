"""Faults on demand: what a fault is, and how it changes an answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NamedTuple

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
SIGN_IN = b"<!DOCTYPE html><html><body><h1>Please sign in to this network</h1></body></html>"
DAY = 86_400  # seconds
NO_PREMIUM = (
    "Active premium subscription required for the owner of the app. "
    "When the subscription status changes, it can take a few hours before requests are allowed again."
)


class _Error(NamedTuple):
    """What an error of this kind has where the fault does not set it."""

    status: int | None = None
    message: str | None = None
    reason: str | None = None
    retry_after: int | None = None


ERRORS: dict[str, _Error] = {
    "status": _Error(),
    "expired_token": _Error(401),
    "rate_limit": _Error(429, retry_after=1),
    "quota": _Error(429, "Too many requests", "QUOTA_EXCEEDED", DAY),
    "premium": _Error(403, NO_PREMIUM),
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next `times` requests whose path starts with `path_prefix` get this (None: every one).

    kind: `status` (an error of `status` with `message`), `expired_token` (401), `rate_limit` (429),
    `quota` (429 for a day), `premium` (403: the app's owner no longer pays), `cut_body`, `html` and `empty`
    (both 200), `slow` (`delay` seconds late), `drip` (a byte every `delay` seconds),
    `endless` (the body is sent again and again), `foreign_next` (`next` points to another host),
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
        """Return the answer in place of the honest one."""
        if self.kind in ERRORS:
            status, message, reason, wait = ERRORS[self.kind]
            retry_after = wait if self.retry_after is None else self.retry_after
            text = self.message or message
            return error(status or self.status, text, reason=reason, retry_after=retry_after)
        if self.kind == "text_error":
            return json_answer({"error": self.message or "text"}, self.status)
        if self.kind == "html":
            return Answer(SIGN_IN, content_type="text/html; charset=utf-8")
        return Answer(b"") if self.kind == "empty" else self._altered(honest())

    def _altered(self, answer: Answer) -> Answer:
        if self.kind == "slow":
            return replace(answer, delay=self.delay)
        if self.kind == "drip":
            return replace(answer, drip=self.delay)
        if self.kind == "endless":
            return replace(answer, endless=True)
        if self.kind == "cut_body":
            half = len(answer.body) // 2
            return replace(answer, body=answer.body[:half], missing_bytes=len(answer.body) - half)
        content = msgspec.json.decode(answer.body)  # foreign_next
        for page in (content, content.get("tracks"), content.get("items")):
            if isinstance(page, dict) and "next" in page:
                page["next"] = ELSEWHERE
        return replace(answer, body=msgspec.json.encode(content))

    def once_less(self) -> "Fault | None":
        """Return what is left after one request."""
        if self.times is None:
            return self
        return msgspec.structs.replace(self, times=self.times - 1) if self.times > 1 else None
