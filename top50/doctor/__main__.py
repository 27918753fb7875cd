"""Check settings, Spotify, lake, catalog, Prefect and clock, and say which source suits you."""

import argparse
import sys

from top50.doctor import Diagnosis, examine, refused
from top50.doctor.kept import surroundings
from top50.doctor.prefect_api import PrefectApi, prefect_settings
from top50.errors import SettingsError
from top50.output import print_any_text
from top50.settings import load_settings

_INTERRUPTED = 130


def diagnose() -> Diagnosis:
    """Examine everything, printing each finding as soon as it is known."""
    try:
        settings = load_settings()
        prefect = PrefectApi.configured(prefect_settings(), allow_http=settings.allow_http)
    except SettingsError as error:
        diagnosis = refused(error)
        print(diagnosis.findings[0])
        return diagnosis
    try:
        return examine(settings, surroundings(settings, prefect), lambda found: print(found, flush=True))
    finally:
        if prefect:
            prefect.close()


def main() -> None:
    """Do it from the command line; the exit code is 1 when something that a run needs is missing."""
    print_any_text()
    parser = argparse.ArgumentParser(
        prog="python -m top50.doctor",
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
        print(line)
    sys.exit(0 if diagnosis.healthy else 1)


if __name__ == "__main__":
    main()
