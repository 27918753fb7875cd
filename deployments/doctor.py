"""The doctor as a command. As a flow, for a worker to examine itself: flows/doctor.py."""

from functools import partial

from top50.checks.doctor import Diagnosis, refused
from top50.command import run_command
from top50.errors import SettingsError
from top50.options import command
from top50.settings import load_settings

_show = partial(print, flush=True)


def diagnose() -> Diagnosis:
    """Examine everything, and print each finding at once. Raises SettingsError."""
    settings = load_settings()
    # Prefect reads its settings when it is imported: after .env, which may hold some of them, ...
    from tasks.aws import session_of_command  # noqa: PLC0415
    from tasks.prefect_settings import check_prefect_settings  # noqa: PLC0415

    check_prefect_settings()  # ... and the rest of Prefect only if it can read them.
    from tasks import doctor  # noqa: PLC0415

    return doctor.diagnose(settings, session_of_command, _show)


@command(
    "deployments.doctor",
    "Everything comes from the environment or .env; see the README. It asks Spotify at most five times and "
    "leaves nothing behind.",
)
def main() -> int:
    """Check settings, Spotify, lake, catalog, Prefect and clock, and name the source that suits you.

    The exit code is 1 when something that a run needs is missing.
    """
    try:
        diagnosis = diagnose()
    except SettingsError as error:
        diagnosis = refused(error)
        _show(diagnosis.findings[0])
    if diagnosis.advice:
        _show("", *diagnosis.advice, sep="\n")
    return 0 if diagnosis.healthy else 1


if __name__ == "__main__":
    run_command(main)
