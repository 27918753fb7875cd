"""Glue crawlers: wait for a crawl that is not ours, start ours, wait for it, and read how it ended.

A crawl that ran while we wrote proves nothing, and a crawler that is READY again may have failed:
only LastCrawl of a crawl that we started tells; https://docs.aws.amazon.com/glue/latest/webapi/API_LastCrawlInfo.html.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from top50.errors import CatalogError, CatalogUnavailable
from top50.tables import TABLES

if TYPE_CHECKING:
    import boto3
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef


def crawler_name(table: str) -> str:
    """Return the name of a table's crawler."""
    return f"spotify_{table}_crawler"


CRAWLERS = tuple(crawler_name(table) for table in TABLES)

_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})

_PASSING = {
    "ThrottlingException",
    "InternalServiceException",
    "OperationTimeoutException",
    "ServiceUnavailable",
}


@dataclass(frozen=True)
class Patience:
    """How long to wait for crawlers, and how often to look; seconds."""

    first_look: float = 0.5
    longest_between_looks: float = 10.0
    altogether: float = 1800.0

    def waits(self) -> Iterator[float]:
        """Yield how long to wait before each look: a little at first, then longer and longer."""
        wait = self.first_look
        while True:
            yield wait
            wait = min(wait * 1.5, self.longest_between_looks)


def glue_client(session: "boto3.Session") -> "GlueClient":
    """Make a client for `refresh_glue`; raises CatalogError when AWS is not set up for it."""
    try:
        return session.client("glue", config=_PATIENT)
    except BotoCoreError as error:
        raise CatalogError(f"no Glue client: {error}", "Set AWS_REGION and AWS credentials.") from None


def refresh_glue(
    glue: "GlueClient",
    crawlers: Sequence[str] = CRAWLERS,
    patience: Patience = Patience(),
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """Run the crawlers together and return how each ended; `tell` is given a line for every change.

    Raises CatalogError, naming every crawler that did not succeed with its own words.
    """
    deadline = time.monotonic() + patience.altogether
    runs = {name: _Run(glue, name, tell) for name in crawlers}
    for wait in patience.waits():
        for run in runs.values():
            run.step()
        if all(run.ended for run in runs.values()):
            break
        _check_deadline(runs.values(), deadline)
        time.sleep(wait)
    failed = [run.failure for run in runs.values() if run.failure]
    if failed:
        raise CatalogError("; ".join(failed), "Look at the crawler's log in CloudWatch, and run it again.")
    return dict.fromkeys(runs, "SUCCEEDED")


def _check_deadline(runs: Iterable["_Run"], deadline: float) -> None:
    waiting = [f"{run.name} ({run.state})" for run in runs if not run.ended]
    if waiting and time.monotonic() > deadline:
        raise CatalogError(
            f"these crawlers were not done in time: {', '.join(waiting)}",
            "See in the Glue console what holds them up, and run it again.",
        )


class _Run:
    """One crawl of ours, step by step."""

    def __init__(self, glue: "GlueClient", name: str, tell: Callable[[str], None]) -> None:
        self.name = name
        self.state = "unknown"
        self.ended = False
        self.failure: str | None = None
        self._glue = glue
        self._tell = tell
        self._started = False
        self._before: datetime | None = None

    def step(self) -> None:
        """Look at the crawler, and start it or read its end when it is time to."""
        if self.ended:
            return
        crawler = self._look()
        if crawler.get("State") != "READY":
            return
        if self._started:
            self._end(crawler)
        else:
            self._start(crawler)

    def _look(self) -> "CrawlerTypeDef":
        with _explained(self.name):
            crawler = self._glue.get_crawler(Name=self.name)["Crawler"]
        state = crawler.get("State", "unknown")
        if state != self.state:
            whose = "" if self._started or state == "READY" else ", not by us: waiting for it to end"
            self._tell(f"{self.name} is {state}{whose}")
        self.state = state
        return crawler

    def _start(self, crawler: "CrawlerTypeDef") -> None:
        self._before = crawler.get("LastCrawl", {}).get("StartTime")
        try:
            with _explained(self.name):
                self._glue.start_crawler(Name=self.name)
            self._started = True
        except _AlreadyRunning:
            self._tell(f"{self.name} was started by somebody else: waiting for it to end")

    def _end(self, crawler: "CrawlerTypeDef") -> None:
        last = crawler.get("LastCrawl", {})
        if last.get("StartTime") == self._before:
            return  # READY, but not yet told of our crawl
        self.ended = True
        status = last.get("Status", "unknown")
        self._tell(f"{self.name} ended: {status}")
        if status != "SUCCEEDED":
            log = f"{last.get('LogGroup', '/aws-glue/crawlers')}/{last.get('LogStream', self.name)}"
            self.failure = f"{self.name} {status}: {last.get('ErrorMessage') or 'no message'} (log {log})"


class _AlreadyRunning(Exception):
    pass


@contextmanager
def _explained(crawler: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        if code == "CrawlerRunningException":
            raise _AlreadyRunning from None
        if code == "EntityNotFoundException":
            raise CatalogError(
                f"there is no crawler {crawler}",
                "Create the crawlers (python -m deployments.glue), or set TOP50_CATALOG=none.",
            ) from None
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _PASSING or status >= 500:
            raise CatalogUnavailable(
                f"{crawler}: {code} {message}", "Run it again; the tables are published."
            ) from None
        raise CatalogError(f"{crawler}: {code} {message}", "Check the role's rights on Glue.") from None
    except BotoCoreError as error:
        raise CatalogUnavailable(
            f"Glue does not answer for {crawler}: {error}",
            "Check the network, AWS_REGION and AWS_ENDPOINT_URL_GLUE.",
        ) from None
