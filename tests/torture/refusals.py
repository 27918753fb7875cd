"""How each service says that it cannot answer now, byte for byte as a client gets it."""

import json
from typing import Literal, NamedTuple

Service = Literal["S3", "Glue", "Athena", "Spotify"]


class Refusal(NamedTuple):
    """An answer: its status, its headers, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


def refusal(service: Service, kind: str) -> Refusal:
    """Return a service's answer of a kind: 500, 503 or throttling."""
    if service == "S3":
        return _of_s3(*_S3.get(kind, _S3["503"]))
    if service == "Spotify":
        return _of_spotify(*_SPOTIFY[kind])
    return _of_aws(*_AWS[kind])


_S3 = {
    "500": (500, "InternalError", "We encountered an internal error. Please try again."),
    "503": (503, "SlowDown", "Please reduce your request rate."),
}
_AWS = {
    "500": (500, "InternalServiceException", "Internal failure"),
    "503": (503, "ServiceUnavailable", "Service is unable to handle the request"),
    "throttling": (400, "ThrottlingException", "Rate exceeded"),
}
_SPOTIFY = {
    "500": (500, "Server error"),
    "503": (503, "Service temporarily unavailable"),
    "throttling": (429, "API rate limit exceeded"),
}


def _of_s3(status: int, code: str, message: str) -> Refusal:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""
    told = f"<Code>{code}</Code><Message>{message}</Message><RequestId>TORTURE</RequestId>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{told}</Error>'
    return Refusal(status, {"Content-Type": "application/xml"}, body.encode())


def _of_aws(status: int, code: str, message: str) -> Refusal:
    """https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html."""
    body = json.dumps({"__type": code, "message": message})
    return Refusal(status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode())


def _of_spotify(status: int, message: str) -> Refusal:
    """https://developer.spotify.com/documentation/web-api/concepts/rate-limits."""
    wait = {"Retry-After": "1"} if status == 429 else {}
    body = json.dumps({"error": {"status": status, "message": message}})
    return Refusal(status, {"Content-Type": "application/json; charset=utf-8", **wait}, body.encode())
