"""Prefect's own settings: whether Prefect can read them, and which server they name."""

import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from pydantic import ValidationError

from top50.env_file import load_env_file
from top50.errors import SettingsError
from top50.security import without_password


def check_prefect_settings() -> None:
    """Raise SettingsError for settings that Prefect cannot read, where it would end in a traceback.

    Call it before anything else of Prefect is imported: it reads them then, and writes of what is wrong
    twice before it raises.
    """
    try:
        with redirect_stderr(StringIO()) as written:
            from prefect.settings import get_current_settings  # noqa: PLC0415

            get_current_settings()
    except (ValueError, OSError) as error:
        load_env_file(Path(".env"))  # Prefect reads it too, so it may be what is wrong
        causes = str(error)
        if isinstance(error, ValidationError):
            problems = error.errors(include_input=False, include_url=False)  # an input may be a secret
            causes = "; ".join(f"{' '.join(map(str, one['loc']))} {one['msg']}".strip() for one in problems)
        raise SettingsError(
            f"Prefect cannot read its settings: {causes}",
            "Correct the PREFECT_… names in the environment, .env, prefect.toml or pyproject.toml, "
            "or profiles.toml in PREFECT_HOME (~/.prefect).",
        ) from None
    sys.stderr.write(written.getvalue())


def server_address() -> str | None:
    """Return the API's address; None when none is configured, and runs start a server of their own.

    From Prefect's own settings: environment, .env, prefect.toml, pyproject.toml, profile.
    """
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - past the check

    return PREFECT_API_URL.value() or None


def dashboard_address() -> str | None:
    """Return where people look at that server, without a password; None when none is configured."""
    from prefect.settings import PREFECT_UI_URL  # noqa: PLC0415 - past the check

    address = PREFECT_UI_URL.value()
    return without_password(address) if address else None
