"""Check settings, Spotify, lake, catalog, Prefect and clock, and say which source suits you."""

import argparse
import sys

from top50.checks.doctor import Diagnosis, Finding, refused
from top50.command import run_command
from top50.errors import SettingsError
from top50.settings import load_settings


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
    from tasks.prefect_settings import check_prefect_settings  # noqa: PLC0415

    check_prefect_settings()  # ... and the rest of it only if it can read them
    from tasks import doctor  # noqa: PLC0415

    return doctor.diagnose(settings, session_of_command, _print)


def _print(line: Finding | str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Do it from the command line; return 1 when something that a run needs is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.doctor",
        description=__doc__,
        epilog="Everything comes from the environment or .env; see the README. It asks Spotify at most "
        "five times and leaves nothing behind.",
    )
    parser.parse_args()
    diagnosis = diagnose()
    for line in ("", *diagnosis.advice) if diagnosis.advice else ():
        _print(line)
    return 0 if diagnosis.healthy else 1


if __name__ == "__main__":
    run_command(main)
