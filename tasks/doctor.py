"""The doctor: every check once, each logged as soon as it is done, and all of them as a page."""

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.consent import load_consent, save_consent
from tasks.orchestrator import look_at_server
from tasks.settings import check_server_address
from top50.checks.doctor import Dependencies, Diagnosis, Finding, examine
from top50.checks.prefect_server import PrefectServer
from top50.consent import Consent, read_consent_file, write_consent_file
from top50.errors import SourceError
from top50.settings import Settings

if TYPE_CHECKING:
    from top50.aws import AwsSession


# Not a step: nothing is asked twice, and a fault that may pass is a finding like any other.
@task(name="examine", retries=0, cache_policy=NO_CACHE)
def examine_all(settings: Settings, *, prints: bool) -> Diagnosis:
    """Check everything; each line goes to the log and, if it `prints`, to standard output."""
    logger = get_run_logger()

    def show(line: Finding | str) -> None:
        is_failure = isinstance(line, Finding) and line.state == "failed"
        (logger.warning if is_failure else logger.info)("%s", line)
        if prints:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    diagnosis = diagnose(settings, aws_session, show)
    for line in diagnosis.advice:
        show(line)
    return diagnosis


@task(name="report", retries=0, cache_policy=NO_CACHE)
def report_diagnosis(diagnosis: Diagnosis) -> None:
    """Show all findings and the advice as an artifact."""
    create_markdown_artifact(key="top50-doctor", markdown=diagnosis.markdown, description=diagnosis.message)


def diagnose(
    settings: Settings, session: "Callable[[Settings], AwsSession]", show: Callable[[Finding], object]
) -> Diagnosis:
    """Examine everything, the configured Prefect server too; `show` is given each finding at once.

    session: makes the AWS session. Raises SettingsError for a Prefect server over open http.
    """
    check_server_address(settings)
    prefect = look_at_server()
    if prefect and prefect.refusal and not prefect.answers:
        dependencies = _without_server(settings, session, prefect, prefect.refusal)
    else:
        dependencies = Dependencies(
            load_consent=partial(load_consent, settings),
            save_consent=partial(save_consent, settings),
            aws_session=partial(session, settings),
            prefect=prefect,
        )
    return examine(settings, dependencies, show)


def _without_server(
    settings: Settings,
    session: "Callable[[Settings], AwsSession]",
    prefect: PrefectServer,
    refusal: SourceError,
) -> Dependencies:
    """Return what is left when the server does not answer: blocks are not looked up."""

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
