"""Which code workers run: this folder, or a clone of TOP50_REPOSITORY. The build step of prefect.yaml."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from top50.errors import SettingsError
from top50.settings import Settings, load_settings


def choose_code() -> dict[str, str]:
    """Return kind (`folder` or `clone`), folder, repository, branch; what the kind does not need is empty.

    Ends `prefect deploy` with one line for settings that are wrong.
    """
    try:
        settings = load_settings()
        check_repository(settings)
    except SettingsError as error:
        sys.exit(f"✗ {error}")
    repository = settings.repository
    if not repository:
        return {"kind": "folder", "folder": str(Path.cwd()), "repository": "", "branch": ""}
    if Path(repository).is_dir():
        repository = str(Path(repository).absolute())
    branch = settings.branch or _current_branch() or "main"
    return {"kind": "clone", "folder": "", "repository": repository, "branch": branch}


def check_repository(settings: Settings) -> None:
    """Raise SettingsError for an address with a password in it: everybody can read it on the dashboard."""
    address = urlsplit(settings.repository or "")
    if address.password or (address.username and address.scheme in ("http", "https")):
        raise SettingsError(
            "TOP50_REPOSITORY has a name or password in it, which the dashboard would show",
            "Leave it out, and let git on the workers sign in: an SSH key, or a credential helper.",
        )


def _current_branch() -> str:
    """Return this folder's branch, or '' where there is none, or no git."""
    command = ["git", "symbolic-ref", "--short", "-q", "HEAD"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no input
    except FileNotFoundError:
        return ""
    return ended.stdout.strip()
