"""What a run from the command line needs, looked for before Prefect is started for nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from flows.temporary_server import check_temporary_server
from tasks.aws import aws_session
from tasks.settings import check_server_address
from top50.lake import Lake, open_lake
from top50.settings import Settings, load_settings

Check = Callable[[Settings, Mapping[str, Any]], object]
"""A flow's own check, of the settings and its options; raises Top50Error."""


def check_all(options: Mapping[str, Any], check: Check) -> None:
    """Raise Top50Error for settings that cannot work, whatever the network says."""
    own = {name: value for name, value in options.items() if name in Settings.model_fields}
    settings = load_settings(**own)
    check_server_address(settings)
    check_temporary_server()
    check(settings, options)


def nothing_more(_: Settings, __: Mapping[str, Any]) -> None:
    """Check nothing: the doctor's checks are the run itself."""


def lake_is_there(settings: Settings, _: Mapping[str, Any]) -> None:
    """Check that the lake can be opened, and written in a directory."""
    opened(settings, create=False)


def lake_can_be(settings: Settings, options: Mapping[str, Any]) -> None:
    """Check the same of a lake that is made if need be, but not for a dry run."""
    if not options.get("dry_run"):
        opened(settings, create=True)


def opened(settings: Settings, *, create: bool) -> Lake | None:
    """Return the lake; None where only the Prefect server has its credentials. Raises Top50Error."""
    if settings.aws_credentials_block:  # the Prefect server has them
        return None
    return open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=create)
