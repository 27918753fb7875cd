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
from top50.consent import Consent, read_consent_file, write_consent_file
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
    # Of a server that does not answer no block is looked up.
    refusal = prefect.refusal if prefect and not prefect.answers else None

    def consent() -> Consent | None:
        if refusal is None:
            return load_consent(settings)
        in_file = read_consent_file(settings.consent_file)
        if in_file is None:
            raise refusal
        return in_file

    def aws() -> "AwsSession":
        if refusal and settings.aws_credentials_block:
            raise refusal
        return session(settings)

    save: Callable[[Consent], object] = (
        partial(write_consent_file, settings.consent_file) if refusal else partial(save_consent, settings)
    )
    return examine(settings, Dependencies(consent, save, aws, prefect), show)
