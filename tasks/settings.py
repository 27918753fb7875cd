"""The settings of a run: a deployment's run also takes those that `make deploy` left on the server."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.variables import Variable

from top50.errors import SettingsError
from top50.local_files import refuse_outside, resolved
from top50.security import refuse_open_http
from top50.settings import ENV_FILE, Settings, load_settings, setting_names

if TYPE_CHECKING:
    from prefect.blocks.system import Secret

# The Prefect variable: one JSON object, name of a setting → its value.
VARIABLE = "top50_settings"

_OTHERS = re.compile(r"SPOTIPY_(CLIENT_ID|REDIRECT_URI)|AWS_(DEFAULT_)?REGION|AWS_ENDPOINT_URL(_[A-Z0-9_]+)?")

_DEPLOY = "Run make deploy again, with the release that your workers run."


def may_be_deployed(name: str) -> bool:
    """Return whether `make deploy` may leave this setting on the server: ours or AWS's, and not a secret."""
    return name in setting_names() or _OTHERS.fullmatch(name) is not None


def run_settings(**overrides: object) -> Settings:
    """Return this run's settings: parameters, the environment, `.env`, then what `make deploy` left.

    The last is read in runs of a deployment only. Raises SettingsError when it cannot be read.
    """
    if not runs_a_deployment():
        return load_settings(ENV_FILE, {}, **overrides)
    deployed: object = Variable.get(VARIABLE, default={})
    if not isinstance(deployed, dict) or not all(isinstance(value, str) for value in deployed.values()):
        raise SettingsError(f"the Prefect variable {VARIABLE} is not a JSON object of strings", _DEPLOY)
    strange = sorted(name for name in deployed if not may_be_deployed(name))
    if strange:
        raise SettingsError(f"the Prefect variable {VARIABLE} holds {', '.join(strange)}", _DEPLOY)
    settings = load_settings(ENV_FILE, deployed, **overrides)
    _refuse_lake_in_clone(settings)
    if settings.spotify_client_secret or not settings.spotify_block:
        return settings
    block = secret_block(settings.spotify_block)
    if block is None:
        raise SettingsError(
            f"there is no Secret block {settings.spotify_block!r} on this Prefect server, "
            "which TOP50_SPOTIFY_BLOCK names",
            "Set SPOTIPY_CLIENT_SECRET and run make deploy.",
        )
    secret = str(block.value.get_secret_value())  # get() would take a secret of digits for a number
    return load_settings(ENV_FILE, {}, spotify_client_secret=secret, **overrides)


def secret_block(name: str) -> "Secret[Any] | None":
    """Return the Secret block of this name; None when the server has no such block."""
    from prefect.blocks.system import Secret  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        return cast("Secret[Any]", Secret.load(name))
    except ValueError as error:
        if isinstance(error.__cause__, ObjectNotFound):
            return None
        raise


def check_server_address(settings: Settings) -> None:
    """Raise SettingsError for a Prefect server over open http, which .env and profiles may name too."""
    refuse_open_http("PREFECT_API_URL", PREFECT_API_URL.value() or "", allow_http=settings.allow_http)


def check_files(settings: Settings, paths: list[str]) -> Path | None:
    """Return the folder that this run's files must be below; None: wherever its user can read.

    Raises SettingsError for a PATH that a deployment's run may not read.
    """
    if not runs_a_deployment():
        return None
    refuse_outside(paths, settings.import_folder)
    return resolved(Path(settings.import_folder)) if settings.import_folder else None


def runs_a_deployment() -> bool:
    """Return whether the flow that this is called in was started by a worker, in a process of its own."""
    context = FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.deployment_id)


def _refuse_lake_in_clone(settings: Settings) -> None:
    """Raise SettingsError for a lake beside code that was cloned for this run, and is deleted with it."""
    if settings.is_s3 or Path(settings.lake).expanduser().is_absolute():
        return
    context = FlowRunContext.get()
    if context and context.flow_run and context.flow_run.deployment_id:
        with get_client(sync_client=True) as client:
            steps = client.read_deployment(context.flow_run.deployment_id).pull_steps or []
        # prefect.yaml's step with a repository, or Prefect's own.
        if any(
            (inputs.get("env") or {}).get("REPOSITORY") or name.endswith(".git_clone")
            for step in steps
            for name, inputs in step.items()
        ):
            raise SettingsError(
                f"the lake {settings.lake} would be in a clone that is deleted after the run",
                "Set TOP50_LAKE to an absolute path or s3://…, for the worker or for make deploy.",
            )
