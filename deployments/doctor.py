"""Check settings, Spotify, lake, catalog, Prefect and clock, and say which source suits you."""

import argparse
import sys

from top50.doctor import Diagnosis, Finding, refused
from top50.errors import SettingsError
from top50.output import print_any_text
from top50.settings import load_settings

_INTERRUPTED = 130


def diagnose() -> Diagnosis:
    """Examine everything, printing each finding as soon as it is known."""
    try:
        return _examined()
    except SettingsError as error:
        diagnosis = refused(error)
        _print(diagnosis.findings[0])
        return diagnosis


def _examined() -> Diagnosis:
    settings = load_settings()
    # Prefect is imported here, because it reads its settings then, some of which .env may hold ...
    from tasks.aws import session_of_command  # noqa: PLC0415
    from tasks.orchestrator import server_address  # noqa: PLC0415

    server_address()  # ... and the rest of it only if it can read them
    from tasks import doctor  # noqa: PLC0415

    return doctor.diagnose(settings, session_of_command, _print)


def _print(line: Finding | str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Do it from the command line; the exit code is 1 when something that a run needs is missing."""
    print_any_text()
    parser = argparse.ArgumentParser(
        prog="python -m deployments.doctor",
        description=__doc__,
        epilog="Everything comes from the environment or .env; see the README. It asks Spotify at most "
        "five times and leaves nothing behind.",
    )
    parser.parse_args()
    try:
        diagnosis = diagnose()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    for line in ("", *diagnosis.advice) if diagnosis.advice else ():
        _print(line)
    sys.exit(0 if diagnosis.healthy else 1)


if __name__ == "__main__":
    main()
