"""Where a user's consent is stored: a Secret block of the Prefect server, or a file without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from prefect.events import emit_event
from prefect.settings import PREFECT_API_URL
from pydantic import SecretStr

from tasks.outage import is_outage
from tasks.settings import secret_block
from top50.consent import Consent, read_consent_file, write_consent_file
from top50.errors import SourceUnavailable
from top50.security import without_password
from top50.settings import Settings


def consent_for(settings: Settings) -> Consent | None:
    """Return the consent that this run needs: None unless it reads a playlist of TOP50_PLAYLIST."""
    return load_consent(settings) if settings.reads_users_playlist else None


def load_consent(settings: Settings) -> Consent | None:
    """Return the stored consent, expired or not: the block's, or the file's if that is no longer valid.

    Raises SettingsError for one that cannot be read, SourceUnavailable when the server does not answer.
    """
    in_block = None
    if PREFECT_API_URL.value():
        with _server_answers():
            block = secret_block(settings.consent_block)
        if block:  # what looks like JSON comes out of a Secret decoded
            in_block = Consent.from_json(json.dumps(block.get()))
    if in_block and in_block.holds(datetime.now(UTC).date(), settings.spotify_client_id):
        return in_block
    return read_consent_file(settings.consent_file) or in_block


def save_consent(settings: Settings, consent: Consent) -> str:
    """Store a consent in place of the one before; return where: the block, or the file without a server.

    Raises SettingsError for a file that cannot be written, SourceUnavailable when the server does not answer.
    """
    server = PREFECT_API_URL.value()
    if not server:
        write_consent_file(settings.consent_file, consent)
        return str(settings.consent_file)
    from prefect.blocks.system import Secret  # noqa: PLC0415 - slow to import, and seldom needed

    with _server_answers():
        Secret(value=SecretStr(consent.to_json())).save(settings.consent_block, overwrite=True)
    return f"the Secret block {settings.consent_block} of {without_password(server)}"


def warn_of_end(settings: Settings, consent: Consent | None) -> list[str]:
    """Return a warning, in a list, in the consent's last 30 days, and send an event for automations."""
    warning = consent and consent.warning(datetime.now(UTC).date())
    if not consent or not warning:
        return []
    emit_event(
        "top50.consent.expiring",
        resource={"prefect.resource.id": f"top50.consent.{settings.consent_block}"},
        payload={"message": warning, "ends_on": str(consent.ends_on)},
    )
    return [warning]


@contextmanager
def _server_answers() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, httpx.HTTPError) as error:
        if not is_outage(error):
            raise
        raise SourceUnavailable(
            f"the Prefect server, which stores your consent, does not answer ({type(error).__name__})",
            "Start it (make server), correct PREFECT_API_URL, or unset it to store the consent in a file.",
        ) from None
