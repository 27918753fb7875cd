"""The variable: the settings that the deployer has, for workers that have none."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from prefect.types import StrictVariableValue
from prefect.variables import Variable

from deployments.prefect_server.told import among, state_of, tell
from tasks.settings import VARIABLE, may_be_deployed
from top50.errors import SettingsError
from top50.settings import Settings

_NOT_FOR_RUNS = {
    "TOP50_CONSENT_FILE",
    "TOP50_REPOSITORY",
    "TOP50_BRANCH",
    "TOP50_WORK_POOL_TYPE",
    "TOP50_DEPLOYMENTS",
    "TOP50_NOTIFY_BLOCK",
}
"""What only this machine, or only a deployment, has a use for."""

_LONGEST = 4900
"""Characters: Prefect takes 5000."""


def settings_for_runs(
    environment: Mapping[str, str], settings: Settings, spotify_block: str | None, aws_block: str | None
) -> dict[str, str]:
    """Return name → value of what runs take from the server: no secret, and always an absolute lake."""
    told = {
        name: value
        for name, value in environment.items()
        if value and may_be_deployed(name) and name not in _NOT_FOR_RUNS
    }
    own = {
        "TOP50_LAKE": settings.lake if settings.is_s3 else str(Path(settings.lake).expanduser().absolute()),
        "TOP50_SPOTIFY_BLOCK": spotify_block,
        "TOP50_AWS_CREDENTIALS_BLOCK": aws_block,
    }
    return dict(sorted({**told, **{name: value for name, value in own.items() if value}}.items()))


def ensure_settings(settings: Settings, spotify_block: str | None, aws_block: str | None) -> None:
    """Keep this machine's settings, as one variable; its lines name settings, and no values."""
    new = settings_for_runs(os.environ, settings, spotify_block, aws_block)
    if sum(len(name) + len(value) + 8 for name, value in new.items()) > _LONGEST:
        raise SettingsError("the settings together are too long for a Prefect variable", "Shorten them.")
    old = Variable.get(VARIABLE)
    known = old if isinstance(old, dict) else {}
    different = {name for name in {*known, *new} if known.get(name) != new.get(name)}
    _ensure(VARIABLE, dict(new), among(different))


def check_repository(settings: Settings) -> None:
    """Raise SettingsError for an address with a password in it: variables are for everybody to see."""
    address = urlsplit(settings.repository or "")
    if address.password or (address.username and address.scheme in ("http", "https")):
        raise SettingsError(
            "TOP50_REPOSITORY has a name or password in it, which the dashboard would show",
            "Leave it out, and let git on the workers sign in: an SSH key, or a credential helper.",
        )


def _ensure(name: str, value: StrictVariableValue, remark: str = "") -> None:
    old = Variable.get(name)
    if old != value:
        Variable.set(name, value, tags=["top50"], overwrite=True)
    tell(state_of(old, value), f"variable {name}{remark}")
