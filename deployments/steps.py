"""The build step of prefect.yaml: what workers run, this folder or a clone of TOP50_REPOSITORY."""

import subprocess
import sys
from pathlib import Path

from deployments.prefect_server.variables import check_repository
from top50.errors import SettingsError
from top50.settings import Settings, load_settings


def choose_code() -> dict[str, str]:
    """Return kind, folder, repository, branch: kind is `folder` or `clone`, what it lacks is empty.

    Ends `prefect deploy` in one line for settings that cannot be, or a repository with a password in it.
    """
    try:
        settings = load_settings()
        check_repository(settings)
    except SettingsError as error:
        sys.exit(f"✗ {error}")
    if not settings.repository:
        return {"kind": "folder", "folder": str(Path.cwd()), "repository": "", "branch": ""}
    return {
        "kind": "clone",
        "folder": "",
        "repository": _address(settings.repository),
        "branch": _branch(settings),
    }


def _address(repository: str) -> str:
    return str(Path(repository).absolute()) if Path(repository).is_dir() else repository


def _branch(settings: Settings) -> str:
    """Return the branch that was chosen, else this folder's, else main."""
    if settings.branch:
        return settings.branch
    command = ["git", "symbolic-ref", "--short", "-q", "HEAD"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no input
    except FileNotFoundError:  # no git here
        return "main"
    return shown.stdout.strip() or "main"
