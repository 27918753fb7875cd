"""Where users agree, `GET /authorize`, and where tokens come from, `POST /api/token`."""

import base64
import binascii
from urllib.parse import parse_qsl, urlencode, urlsplit

from top50.simulator.answers import Answer, Call, RefusedError, json_answer
from top50.simulator.state import LIFETIME, Holder, Simulator

REFRESH_TOKEN = "0simRefreshToken"  # noqa: S105 - invented, like the songs
SCOPE = "playlist-read-private playlist-read-collaborative"
HOLDERS: dict[str, Holder] = {
    "client_credentials": "app",
    "refresh_token": "user",
    "authorization_code": "user",
}


def authorize(simulator: Simulator, call: Call) -> Answer:
    """Redirect the browser at once, as if its user had logged in and pressed Agree, or Cancel."""
    for name in ("client_id", "response_type", "redirect_uri"):
        if not call.query.get(name):
            raise _page(f"Missing required parameter: {name}")
    redirect_uri = call.query["redirect_uri"]
    if call.query["response_type"] != "code":
        raise _page("response_type must be code")
    parts = urlsplit(redirect_uri)
    loopback = parts.hostname in ("127.0.0.1", "::1")
    if not loopback and (parts.scheme != "https" or parts.hostname in (None, "localhost")):
        raise _page("INVALID_CLIENT: Insecure redirect URI")
    consents = simulator.consents
    answer = {"error": "access_denied"} if consents.refused else {"code": consents.agree(redirect_uri)}
    if "state" in call.query:
        answer["state"] = call.query["state"]
    address = f"{redirect_uri}{'&' if parts.query else '?'}{urlencode(answer)}"
    return Answer(b"", 302, headers={"Location": address})


def _page(text: str) -> RefusedError:
    return RefusedError(Answer(text.encode(), 400, "text/plain; charset=utf-8"))


def token(simulator: Simulator, call: Call) -> Answer:
    """Answer with an access token for a client, or for a user who has agreed."""
    _check_client(simulator, call.headers.get("authorization", ""))
    form = dict(parse_qsl(call.body.decode()))
    grant = form.get("grant_type", "")
    if grant not in HOLDERS:
        raise _refused("unsupported_grant_type", "grant_type parameter is missing or not supported")
    refresh_token = _redeem(simulator, grant, form)
    given: dict[str, object] = {
        "access_token": simulator.issue_token(HOLDERS[grant]),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    }
    if HOLDERS[grant] == "user":
        given["scope"] = SCOPE
    if refresh_token != form.get("refresh_token"):
        given["refresh_token"] = refresh_token
    return json_answer(given)


def _check_client(simulator: Simulator, header: str) -> None:
    scheme, _, encoded = header.partition(" ")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client = secret = ""
    if scheme.lower() != "basic" or not client:
        raise _refused("invalid_client", "Invalid client")
    if not secret or simulator.client_secret not in (None, secret):
        raise _refused("invalid_client", "Invalid client secret")


def _redeem(simulator: Simulator, grant: str, form: dict[str, str]) -> str | None:
    """Return the refresh token that is valid from now on; None for the app itself."""
    if grant == "refresh_token":
        if not form.get("refresh_token"):
            raise _refused("invalid_request", "refresh_token must be supplied")
        return _renew(simulator, form["refresh_token"])
    if grant == "authorization_code":
        if not form.get("code"):
            raise _refused("invalid_request", "code must be supplied")
        refresh_token = simulator.consents.redeem(form["code"], form.get("redirect_uri"), simulator.clock())
        if not refresh_token:
            raise _refused("invalid_grant", "Invalid authorization code")
        return refresh_token
    return None


def _renew(simulator: Simulator, refresh_token: str) -> str:
    if simulator.refresh_revoked:
        raise _refused("invalid_grant", "Refresh token revoked")
    if refresh_token == REFRESH_TOKEN:
        return refresh_token
    ends_at = simulator.consents.ends_at(refresh_token)
    if ends_at is None:
        raise _refused("invalid_grant", "Invalid refresh token")
    if ends_at <= simulator.clock():
        raise _refused("invalid_grant", "Refresh token revoked")
    return simulator.consents.rotated(refresh_token)


def _refused(kind: str, description: str) -> RefusedError:
    return RefusedError(json_answer({"error": kind, "error_description": description}, 400))
