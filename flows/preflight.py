"""What a run from the command line needs, looked for before Prefect is started for nothing."""

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from flows.temporary_server import check_temporary_server
from tasks.aws import aws_session
from tasks.settings import check_server_address
from top50.errors import SettingsError
from top50.lake import Lake, directory_of, open_lake, place_on_s3
from top50.settings import Settings, load_settings

Check = Callable[[Settings, Mapping[str, Any]], object]
"""A flow's own check, of the settings and its options; raises Top50Error."""


def check_all(options: Mapping[str, Any], check: Check) -> None:
    """Raise Top50Error for settings that cannot work, whatever the network says."""
    own = {name: value for name, value in options.items() if name in Settings.model_fields}
    settings = load_settings(**own)
    check_server_address(settings)
    _check_texts(options)
    _check_temporary_folder()
    check_temporary_server()
    check(settings, options)


def _check_texts(options: Mapping[str, Any]) -> None:
    """Refuse a path that is not UTF-8: Prefect's server takes no run with such a parameter."""
    for option in options.values():
        for text in option if isinstance(option, list) else [option]:
            try:
                str(text).encode()
            except UnicodeEncodeError:
                shown = str(text).encode(errors="surrogateescape").decode(errors="replace")
                raise SettingsError(f"the name {shown} is not UTF-8", "Rename it.") from None


def _check_temporary_folder() -> None:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise SettingsError(
            "there is no folder for temporary files", "Set TMPDIR to a folder that this user can write."
        ) from None


def nothing_more(_: Settings, __: Mapping[str, Any]) -> None:
    """Check nothing: the doctor's checks are the run itself."""


def lake_is_there(settings: Settings, _: Mapping[str, Any]) -> None:
    """Check that the lake can be opened, and written in a directory."""
    opened(settings, create=False)


def lake_can_be(settings: Settings, _: Mapping[str, Any]) -> None:
    """Check the same of a lake that the run makes only when it has found what it is to bring in."""
    if settings.is_s3 or directory_of(settings.lake).exists():
        opened(settings, create=False)


def opened(settings: Settings, *, create: bool) -> Lake | None:
    """Return the lake; None where only the Prefect server has its credentials. Raises Top50Error."""
    if settings.is_s3:  # before AWS is asked for a region and credentials
        place_on_s3(settings.lake)
    if settings.aws_credentials_block:  # the Prefect server has them
        return None
    return open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=create)
