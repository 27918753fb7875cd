"""Ask a Spotify user, in a browser, whether the app may read their playlists, and keep the consent."""

import argparse
import sys
import threading
import webbrowser
from contextlib import closing

from deployments.redirect import RedirectServer, own_port
from tasks.consent import keep_consent
from tasks.settings import check_server_address
from top50.command import run_command
from top50.consent import Consent, write_consent_file
from top50.errors import SourceUnavailable
from top50.settings import Settings, load_settings
from top50.sources.oauth import Authorization

LONGEST_WAIT = 600
"""Seconds for logging in and pressing Agree."""


def login(settings: Settings, *, paste: bool) -> None:
    """Ask for the consent and keep it; raises Top50Error."""
    with closing(Authorization(settings)) as authorization:
        _say(
            f"This lets your app {settings.spotify_client_id} read the playlists of the user who agrees.",
            "Its settings at developer.spotify.com must name this redirect URI: "
            f"{settings.spotify_redirect_uri}\n",
        )
        by_hand = paste or own_port(settings.spotify_redirect_uri) is None or not _has_browser()
        ask = _ask_by_hand if by_hand else _ask_browser
        code = authorization.code_in(ask(authorization, settings.spotify_redirect_uri))
        consent = authorization.exchange(code)
    place = _keep(settings, consent)
    _say(f"\n✓ Your consent is in {place}. It holds until {consent.ends_on}.")
    if not settings.reads_users_playlist:
        _say("Now name your playlist: TOP50_SOURCE=playlist and TOP50_PLAYLIST=… in .env.")


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _ask_browser(authorization: Authorization, redirect_uri: str) -> str:
    address = authorization.address
    with RedirectServer(redirect_uri, authorization.is_answer) as server:
        _say("Log in and press Agree. If no browser opens, open this address on this machine:", address)
        # In a thread of its own: a browser of the terminal comes back only after the visit.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        return server.wait(LONGEST_WAIT)


def _ask_by_hand(authorization: Authorization, redirect_uri: str) -> str:
    _say("Open this address in any browser, log in and press Agree:", authorization.address)
    _say(f"\nThe browser ends at {redirect_uri}?code=…, even if it shows no page there.")
    _say("Paste that address here:")
    return sys.stdin.readline().strip()


def _keep(settings: Settings, consent: Consent) -> str:
    try:
        return keep_consent(settings, consent)
    except SourceUnavailable as error:
        _say(f"\n{error.what}: keeping it in a file, which only runs on this machine can read.")
    write_consent_file(settings.consent_file, consent)
    return str(settings.consent_file)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do it from the command line; raises Top50Error."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.login",
        description=__doc__,
        epilog="Everything else comes from the environment or .env; see the README.",
    )
    parser.add_argument(
        "--paste", action="store_true", help="open the address yourself, on any machine, and paste the answer"
    )
    options = parser.parse_args()
    settings = load_settings()
    check_server_address(settings)
    login(settings, paste=options.paste)


if __name__ == "__main__":
    run_command(main, "Stopped; no consent was kept. Run make login again.")
