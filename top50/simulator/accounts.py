"""The token endpoint, `POST /api/token`."""

import base64
import binascii
from urllib.parse import parse_qsl

from top50.simulator.answers import Answer, Call, RefusedError, json_answer
from top50.simulator.state import LIFETIME, Holder, State

REFRESH_TOKEN = "0simRefreshToken"  # noqa: S105 - invented, like the songs
SCOPE = "playlist-read-private playlist-read-collaborative"
HOLDERS: dict[str, Holder] = {
    "client_credentials": "app",
    "refresh_token": "user",
    "authorization_code": "user",
}


def token(state: State, call: Call) -> Answer:
    """An access token for a client, or for a user who has agreed."""
    _check_client(state, call.headers.get("authorization", ""))
    form = dict(parse_qsl(call.body.decode()))
    grant = form.get("grant_type", "")
    if grant not in HOLDERS:
        raise _refused("unsupported_grant_type", "grant_type parameter is missing or not supported")
    _check_grant(state, grant, form)
    given: dict[str, object] = {
        "access_token": state.issue_token(HOLDERS[grant]),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    }
    if HOLDERS[grant] == "user":
        given["scope"] = SCOPE
    if grant == "authorization_code":
        given["refresh_token"] = REFRESH_TOKEN
    return json_answer(given)


def _check_client(state: State, header: str) -> None:
    scheme, _, encoded = header.partition(" ")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client = secret = ""
    if scheme.lower() != "basic" or not client:
        raise _refused("invalid_client", "Invalid client")
    if not secret or state.client_secret not in (None, secret):
        raise _refused("invalid_client", "Invalid client secret")


def _check_grant(state: State, grant: str, form: dict[str, str]) -> None:
    if grant == "refresh_token":
        if not form.get("refresh_token"):
            raise _refused("invalid_request", "refresh_token must be supplied")
        if state.refresh_revoked:
            raise _refused("invalid_grant", "Refresh token revoked")
    if grant == "authorization_code" and not form.get("code"):
        raise _refused("invalid_request", "code must be supplied")


def _refused(kind: str, description: str) -> RefusedError:
    return RefusedError(json_answer({"error": kind, "error_description": description}, 400))
