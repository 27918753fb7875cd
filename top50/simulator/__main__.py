"""`python -m top50.simulator`: a Spotify to develop against, in the foreground."""

import argparse
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from top50.command import run_command
from top50.simulator import Simulator, running
from top50.simulator.tracks import AppKind
from top50.simulator.world.calendars import parse_instant, timestamp

ABOUT = "A Spotify to develop against: invented songs, real HTTP, on this machine only. Ctrl-C ends it."
PORT = 8050


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; return 1 when the port is taken, or the clock cannot be set to that instant."""
    options = _parser().parse_args(arguments)
    try:
        with running(seed=options.seed, app=options.app, now=options.now, port=options.port) as spotify:
            _introduce(spotify, options.now)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as problem:
        remedy = "choose another with --port, or --port 0 for any that is free"
        message = f"port {options.port} cannot be used ({problem.strerror}): {remedy}"
    except (ValueError, OverflowError) as problem:
        message = str(problem)
    print(message, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m top50.simulator", description=ABOUT)
    parser.add_argument(
        "--port", type=int, default=PORT, help="on 127.0.0.1; 0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=50, help="another seed, other songs (default: %(default)s)"
    )
    parser.add_argument(
        "--app",
        choices=get_args(AppKind),
        default="extended",
        help="what Spotify lets the app do (default: %(default)s)",
    )
    parser.add_argument(
        "--now", type=_instant, help="stop the clock, like 2026-11-20T12:00:00Z (default: it runs)"
    )
    return parser


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2026-11-20T12:00:00Z") from problem


def _introduce(spotify: Simulator, now: datetime | None) -> None:
    clock = f"is stopped at {timestamp(now)}" if now else "runs"
    print(
        f"# Spotify simulator: {spotify.app} app, the clock {clock}, any client id will do; Ctrl-C ends it."
    )
    print("# For .env:")
    print(f"TOP50_SPOTIFY_API_URL={spotify.api_url}")
    print(f"TOP50_SPOTIFY_ACCOUNTS_URL={spotify.accounts_url}")
    print("SPOTIPY_CLIENT_ID=simulated")
    print("SPOTIPY_CLIENT_SECRET=simulated", flush=True)


if __name__ == "__main__":
    run_command(main)
