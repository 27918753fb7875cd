"""The consent of a Spotify user to read their playlists: asked for in a browser, and stored."""

import sys
import threading
import webbrowser
from contextlib import closing

from deployments.look import has_browser
from deployments.redirect import RedirectServer, own_port
from tasks.consent import save_consent
from tasks.settings import check_server_address
from top50.command import run_command
from top50.consent import Consent, write_consent_file
from top50.errors import SourceUnavailable
from top50.options import command
from top50.settings import Settings, load_settings
from top50.sources.oauth import Authorization

# Seconds for logging in and pressing Agree.
LONGEST_WAIT = 600


@command("deployments.login", "Everything else comes from the environment or .env; see the README.")
def main(*, paste: bool = False) -> None:
    """Ask a Spotify user, in a browser, whether the app may read their playlists, and store the consent.

    Args:
        paste: Open the address yourself, on any machine, and paste the answer.
    """
    settings = load_settings()
    check_server_address(settings)
    redirect_uri = settings.spotify_redirect_uri
    with closing(Authorization(settings)) as authorization:
        print(f"This lets your app {settings.spotify_client_id} read the playlists of the user who agrees.")
        print(
            f"Its settings at developer.spotify.com must name this redirect URI: {redirect_uri}\n", flush=True
        )
        if paste or own_port(redirect_uri) is None or not has_browser():
            answer = _ask_for_paste(authorization, redirect_uri)
        else:
            answer = _ask_in_browser(authorization, redirect_uri)
        consent = authorization.exchange(authorization.code_in(answer))
    place = _store(settings, consent)
    print(f"\n✓ Your consent is in {place}. It holds until {consent.ends_on}.")
    if not settings.reads_users_playlist:
        print("Now name your playlist: TOP50_SOURCE=playlist and TOP50_PLAYLIST=… in .env.")


def _ask_in_browser(authorization: Authorization, redirect_uri: str) -> str:
    """Return the address that Spotify sends the browser back to."""
    address = authorization.address
    with RedirectServer(redirect_uri, authorization.is_answer) as server:
        print("Log in and press Agree. If no browser opens, open this address on this machine:")
        print(address, flush=True)
        # In a thread: with a browser of the terminal, open() returns only after the visit.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        return server.wait(LONGEST_WAIT)


def _ask_for_paste(authorization: Authorization, redirect_uri: str) -> str:
    print(f"Open this address in any browser, log in and press Agree:\n{authorization.address}")
    print(f"\nThe browser ends at {redirect_uri}?code=…, even if it shows no page there.")
    print("Paste that address here:", flush=True)
    return sys.stdin.readline().strip()


def _store(settings: Settings, consent: Consent) -> str:
    """Store the consent, in a file when the server does not answer; return where."""
    try:
        return save_consent(settings, consent)
    except SourceUnavailable as error:
        print(f"\n{error.what}: the consent goes into a file, which only runs on this machine can read.")
    write_consent_file(settings.consent_file, consent)
    return str(settings.consent_file)


if __name__ == "__main__":
    run_command(main, "Stopped; no consent was stored. Run make login again.")
