"""Where users agree, `GET /authorize`, and where tokens come from, `POST /api/token`."""

import base64
import binascii
from urllib.parse import parse_qsl, urlencode, urlsplit

from top50.simulator.answers import Answer, Call, RefusedError, json_answer
from top50.simulator.state import LIFETIME, Holder, State

REFRESH_TOKEN = "0simRefreshToken"  # noqa: S105 - invented, like the songs
SCOPE = "playlist-read-private playlist-read-collaborative"
HOLDERS: dict[str, Holder] = {
    "client_credentials": "app",
    "refresh_token": "user",
    "authorization_code": "user",
}


def authorize(state: State, call: Call) -> Answer:
    """Send the browser back at once, as if its user had logged in and pressed Agree, or Cancel."""
    for name in ("client_id", "response_type", "redirect_uri"):
        if not call.query.get(name):
            raise _page(f"Missing required parameter: {name}")
    redirect_uri = call.query["redirect_uri"]
    if call.query["response_type"] != "code":
        raise _page("response_type must be code")
    if not _is_secure(redirect_uri):
        raise _page("INVALID_CLIENT: Insecure redirect URI")
    consents = state.consents
    answer = {"error": "access_denied"} if consents.refused else {"code": consents.agree(redirect_uri)}
    if "state" in call.query:
        answer["state"] = call.query["state"]
    address = f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{urlencode(answer)}"
    return Answer(b"", 302, headers={"Location": address})


def _is_secure(redirect_uri: str) -> bool:
    parts = urlsplit(redirect_uri)
    loopback = parts.hostname in ("127.0.0.1", "::1")
    return loopback or (parts.scheme == "https" and parts.hostname not in (None, "localhost"))


def _page(text: str) -> RefusedError:
    return RefusedError(Answer(text.encode(), 400, "text/plain; charset=utf-8"))


def token(state: State, call: Call) -> Answer:
    """An access token for a client, or for a user who has agreed."""
    _check_client(state, call.headers.get("authorization", ""))
    form = dict(parse_qsl(call.body.decode()))
    grant = form.get("grant_type", "")
    if grant not in HOLDERS:
        raise _refused("unsupported_grant_type", "grant_type parameter is missing or not supported")
    refresh_token = _redeem(state, grant, form)
    given: dict[str, object] = {
        "access_token": state.issue_token(HOLDERS[grant]),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    }
    if HOLDERS[grant] == "user":
        given["scope"] = SCOPE
    if refresh_token != form.get("refresh_token"):
        given["refresh_token"] = refresh_token
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


def _redeem(state: State, grant: str, form: dict[str, str]) -> str | None:
    """The refresh token that is good from now on; the app itself has none."""
    if grant == "refresh_token":
        if not form.get("refresh_token"):
            raise _refused("invalid_request", "refresh_token must be supplied")
        return _renew(state, form["refresh_token"])
    if grant == "authorization_code":
        if not form.get("code"):
            raise _refused("invalid_request", "code must be supplied")
        refresh_token = state.consents.redeem(form["code"], form.get("redirect_uri"), state.clock())
        if not refresh_token:
            raise _refused("invalid_grant", "Invalid authorization code")
        return refresh_token
    return None


def _renew(state: State, refresh_token: str) -> str:
    if state.refresh_revoked:
        raise _refused("invalid_grant", "Refresh token revoked")
    if refresh_token == REFRESH_TOKEN:
        return refresh_token
    ends_at = state.consents.ends_at(refresh_token)
    if ends_at is None:
        raise _refused("invalid_grant", "Invalid refresh token")
    if ends_at <= state.clock():
        raise _refused("invalid_grant", "Refresh token revoked")
    return state.consents.rotated(refresh_token)


def _refused(kind: str, description: str) -> RefusedError:
    return RefusedError(json_answer({"error": kind, "error_description": description}, 400))
