"""The doctor: every check once, each told as soon as it is known, and all of them as a page."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.consent import keep_consent, load_consent
from top50.doctor import Diagnosis, Finding, Surroundings, examine
from top50.doctor.page import diagnosis_markdown
from top50.doctor.prefect_api import PrefectApi, prefect_settings
from top50.settings import Settings

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
    prefect = PrefectApi.configured(prefect_settings(), allow_http=settings.allow_http)
    with closing(prefect) if prefect else nullcontext():
        diagnosis = examine(settings, _surroundings(settings, prefect), tell)
    for line in diagnosis.advice:
        _say(line)
    return diagnosis


@task(name="report", retries=0, cache_policy=NO_CACHE)
def report_diagnosis(diagnosis: Diagnosis) -> None:
    """Show all findings and the advice as an artifact."""
    create_markdown_artifact(
        key="top50-doctor", markdown=diagnosis_markdown(diagnosis), description=diagnosis.message
    )


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


def _surroundings(settings: Settings, prefect: PrefectApi | None) -> Surroundings:
    return Surroundings(
        consent=partial(load_consent, settings),
        keep=partial(keep_consent, settings),
        session=partial(aws_session, settings),
        prefect=prefect,
    )
