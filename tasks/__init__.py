"""Thin shells around top50: retries, logging, artifacts."""

import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from pydantic import ValidationError

from top50.env_file import load_env_file
from top50.errors import SettingsError


def _check_prefect_settings() -> None:
    """Raise SettingsError for settings that Prefect cannot read, where it would end in a traceback.

    It reads them when it is imported, and writes of what is wrong twice before it raises.
    """
    try:
        with redirect_stderr(StringIO()) as said:
            from prefect.settings import get_current_settings  # noqa: PLC0415

            get_current_settings()
    except (ValueError, OSError) as error:
        load_env_file(Path(".env"))  # Prefect reads it too, so it may be what is wrong
        raise SettingsError(
            f"Prefect cannot read its settings: {_causes(error)}",
            "Correct the PREFECT_… names in the environment, or profiles.toml in PREFECT_HOME (~/.prefect).",
        ) from None
    sys.stderr.write(said.getvalue())


def _causes(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    problems = error.errors(include_input=False, include_url=False)  # an input may be a secret
    return "; ".join(f"{' '.join(map(str, each['loc']))} {each['msg']}".strip() for each in problems)


_check_prefect_settings()
