"""Requests and answers without HTTP's machinery, and Spotify's error bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import NamedTuple

import msgspec

JSON = "application/json; charset=utf-8"
MESSAGES = {
    400: "Bad request",
    401: "The access token expired",
    403: "Forbidden",
    404: "Resource not found",
    429: "API rate limit exceeded",
    500: "Server error.",
    502: "Bad gateway.",
    503: "Service temporarily unavailable",
}


class Request(NamedTuple):
    """A request as it is noted: method, path with its query, and the status of the answer."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Call:
    """An incoming request; header names are in lower case, and the last of a repeated parameter counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str]  # what the braces of the route matched


@dataclass(frozen=True, slots=True)
class Answer:
    """An outgoing answer. `missing_bytes` more are promised than sent, then the connection is closed."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    missing_bytes: int = 0
    delay: float = 0.0  # seconds
    drip: float = 0.0  # seconds between two bytes
    endless: bool = False  # the body is sent again and again


def json_answer(content: object, status: int = 200) -> Answer:
    """Return any content as JSON."""
    return Answer(msgspec.json.encode(content), status)


def error(
    status: int, message: str | None = None, *, reason: str | None = None, retry_after: int | None = None
) -> Answer:
    """Return the Web API's error, `{"error": {"status", "message"[, "reason"]}}`. `retry_after`: seconds."""
    text = message or MESSAGES.get(status) or HTTPStatus(status).phrase
    content = {"status": status, "message": text} | ({"reason": reason} if reason else {})
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return replace(json_answer({"error": content}, status), headers=headers)


class RefusedError(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode())
        self.answer = answer
