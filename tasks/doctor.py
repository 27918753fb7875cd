"""The doctor: every check once, each told as soon as it is known, and all of them as a page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.consent import keep_consent, load_consent
from tasks.orchestrator import look_at_server
from tasks.settings import check_server_address
from top50.checks.doctor import Dependencies, Diagnosis, Finding, examine
from top50.checks.prefect_server import PrefectServer
from top50.consent import Consent, read_consent_file, write_consent_file
from top50.errors import SourceError
from top50.settings import Settings

if TYPE_CHECKING:
    from top50.aws import AwsSession

_listener: ContextVar[Callable[[str], object] | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Callable[[str], object]) -> Iterator[None]:
    """Let somebody hear each line of the doctors within, besides the log."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


# No step: nothing is asked twice, and a fault that may pass is a finding like any other.
@task(name="examine", retries=0, cache_policy=NO_CACHE)
def examine_all(settings: Settings) -> Diagnosis:
    """Check everything; each finding goes to the log."""
    diagnosis = diagnose(settings, aws_session, tell)
    for line in diagnosis.advice:
        _say(line)
    return diagnosis


@task(name="report", retries=0, cache_policy=NO_CACHE)
def report_diagnosis(diagnosis: Diagnosis) -> None:
    """Show all findings and the advice as an artifact."""
    create_markdown_artifact(key="top50-doctor", markdown=diagnosis.markdown, description=diagnosis.message)


def tell(finding: Finding) -> None:
    """Log a finding: a warning if it failed."""
    logger = get_run_logger()
    (logger.warning if finding.state == "failed" else logger.info)("%s", finding)
    _hear(str(finding))


def _say(line: str) -> None:
    get_run_logger().info("%s", line)
    _hear(line)


def _hear(line: str) -> None:
    listener = _listener.get()
    if listener:
        listener(line)


def diagnose(
    settings: Settings, session: "Callable[[Settings], AwsSession]", show: Callable[[Finding], object]
) -> Diagnosis:
    """Examine everything, the configured Prefect server too; `show` is given each finding at once.

    session: makes the AWS session. Raises SettingsError for a Prefect server over open http.
    """
    check_server_address(settings)
    prefect = look_at_server()
    if prefect and prefect.refusal and not prefect.answers:
        around = _without_server(settings, session, prefect, prefect.refusal)
    else:
        around = Dependencies(
            load_consent=partial(load_consent, settings),
            save_consent=partial(keep_consent, settings),
            aws_session=partial(session, settings),
            prefect=prefect,
        )
    return examine(settings, around, show)


def _without_server(
    settings: Settings,
    session: "Callable[[Settings], AwsSession]",
    prefect: PrefectServer,
    refusal: SourceError,
) -> Dependencies:
    """Return what is left when the server does not answer: what is in blocks is not asked for again."""

    def consent() -> Consent:
        in_file = read_consent_file(settings.consent_file)
        if in_file is None:
            raise refusal
        return in_file

    def own_session() -> "AwsSession":
        if settings.aws_credentials_block:
            raise refusal
        return session(settings)

    return Dependencies(consent, partial(write_consent_file, settings.consent_file), own_session, prefect)
