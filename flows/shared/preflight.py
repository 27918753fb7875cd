"""What a run from the command line needs, checked before Prefect is started for nothing."""

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from flows.shared.temporary_server import check_temporary_server
from tasks.aws import lake_of
from tasks.settings import check_server_address
from top50.errors import SettingsError
from top50.lake import Lake, directory_of, place_on_s3
from top50.settings import Settings, load_settings

# A flow's own check, of the settings and its options; raises Top50Error.
Check = Callable[[Settings, Mapping[str, Any]], object]


def check_all(options: Mapping[str, Any], check: Check | None = None) -> None:
    """Raise Top50Error for settings that cannot work, whatever the network answers."""
    own = {name: value for name, value in options.items() if name in Settings.model_fields}
    settings = load_settings(**own)
    check_server_address(settings)
    for option in options.values():
        for text in option if isinstance(option, list) else [option]:
            try:
                str(text).encode()
            except UnicodeEncodeError:  # Prefect's server takes no run with such a parameter
                readable = str(text).encode(errors="surrogateescape").decode(errors="replace")
                raise SettingsError(f"the name {readable} is not UTF-8", "Rename it.") from None
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise SettingsError(
            "there is no folder for temporary files", "Set TMPDIR to a folder that this user can write."
        ) from None
    check_temporary_server()
    if check:
        check(settings, options)


def check_lake(settings: Settings, _: Mapping[str, Any]) -> None:
    """Check that the lake can be opened, and written in a directory."""
    open_if_possible(settings, create=False)


def check_lake_if_there(settings: Settings, _: Mapping[str, Any]) -> None:
    """Check the same of a lake that the run creates only when it has found what it is to bring in."""
    if settings.is_s3 or directory_of(settings.lake).exists():
        open_if_possible(settings, create=False)


def open_if_possible(settings: Settings, *, create: bool) -> Lake | None:
    """Return the lake; None where only the Prefect server has its credentials. Raises Top50Error."""
    if settings.is_s3:
        place_on_s3(settings.lake)  # an invalid address is named before AWS credentials are
    return None if settings.aws_credentials_block else lake_of(settings, create=create)
