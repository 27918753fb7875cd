"""The variable that holds the deployer's settings, for workers that have none."""

import os
from collections.abc import Mapping
from pathlib import Path

from prefect.variables import Variable

from deployments.prefect_server.progress import compare, in_brackets, report
from tasks.settings import VARIABLE, may_be_deployed
from top50.errors import SettingsError
from top50.settings import Settings

# Used on this machine or by a deploy, never by a run.
_NOT_FOR_RUNS = {
    "TOP50_CONSENT_FILE",
    "TOP50_REPOSITORY",
    "TOP50_BRANCH",
    "TOP50_WORK_POOL_TYPE",
    "TOP50_DEPLOYMENTS",
    "TOP50_NOTIFY_BLOCK",
}


def settings_for_runs(
    environment: Mapping[str, str], settings: Settings, spotify_block: str | None, aws_block: str | None
) -> dict[str, str]:
    """Return setting → value for deployed runs: without secrets, and always with an absolute lake."""
    values = {
        name: value
        for name, value in environment.items()
        if value and may_be_deployed(name) and name not in _NOT_FOR_RUNS
    }
    values["TOP50_LAKE"] = (
        settings.lake if settings.is_s3 else str(Path(settings.lake).expanduser().absolute())
    )
    if spotify_block:
        values["TOP50_SPOTIFY_BLOCK"] = spotify_block
    if aws_block:
        values["TOP50_AWS_CREDENTIALS_BLOCK"] = aws_block
    return dict(sorted(values.items()))


def ensure_settings(settings: Settings, spotify_block: str | None, aws_block: str | None) -> None:
    """Store this machine's settings in the variable; the printed line names settings, without their values.

    Raises SettingsError when they are too long for a variable.
    """
    new = settings_for_runs(os.environ, settings, spotify_block, aws_block)
    # Prefect allows 5,000 characters of JSON; each pair has quotes and separators besides.
    if sum(len(name) + len(value) + 8 for name, value in new.items()) > 4900:
        raise SettingsError("the settings together are too long for a Prefect variable", "Shorten them.")
    old = Variable.get(VARIABLE)
    if old != new:
        Variable.set(VARIABLE, dict(new), tags=["top50"], overwrite=True)
    before = old if isinstance(old, dict) else {}
    different = {name for name in {*before, *new} if before.get(name) != new.get(name)}
    report(compare(old, new), f"variable {VARIABLE}{in_brackets(different)}")
