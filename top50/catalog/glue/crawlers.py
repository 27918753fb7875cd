"""Glue crawlers: wait for a crawl that is not ours, start ours, wait for it, and read how it ended.

A crawl that ran while we wrote proves nothing, and a crawler that is READY again may have failed: only
LastCrawl of a crawl that we started counts. https://docs.aws.amazon.com/glue/latest/webapi/API_LastCrawlInfo.html
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from top50.catalog.aws import TEMPLATE, Log, Polling, aws_errors
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef

_REMEDIES = {
    "": f"Give the role glue:GetCrawler and glue:StartCrawler on the crawlers ({TEMPLATE} does), "
    "or set TOP50_CATALOG=glue-direct."
}


def crawler_name(table: str, prefix: str = "spotify_") -> str:
    """Return the name of a table's crawler."""
    return f"{prefix}{table}_crawler"


def run_crawlers(
    glue: "GlueClient",
    crawlers: Sequence[str],
    polling: Polling = Polling(),  # noqa: B008 - it is frozen
    log: Log = lambda _: None,
) -> dict[str, str]:
    """Run the crawlers together; return name → how its crawl ended. Log a line for every change.

    Raises CatalogError that names every crawler that failed, in Glue's words, or did not end in time, and
    CatalogUnavailable for a passing fault.
    """
    crawls = [_Crawl(glue, name, log) for name in crawlers]
    for time_is_up in polling.polls():
        for crawl in crawls:
            crawl.step()
        running = [crawl for crawl in crawls if not crawl.ended]
        if not running:
            break
        if time_is_up:
            names = [
                f"{crawl.name} ({crawl.state}, {'' if crawl.started else 'not '}started by us)"
                for crawl in running
            ]
            raise CatalogError(
                f"these crawlers did not end in time: {', '.join(names)}",
                "See in the Glue console what holds them up, stop them there if need be, and run it again.",
            )
    failures = [crawl.failure for crawl in crawls if crawl.failure]
    if failures:
        raise CatalogError("; ".join(failures), "Look at the crawler's log in CloudWatch, and run it again.")
    return dict.fromkeys(crawlers, "SUCCEEDED")


class _Crawl:
    """A crawl of ours, step by step."""

    def __init__(self, glue: "GlueClient", name: str, log: Log) -> None:
        self.name = name
        self.state = "unknown"
        self.started = self.ended = False
        self.failure = ""
        self._glue, self._log = glue, log
        self._previous: datetime | None = None  # when the crawl before ours began

    def step(self) -> None:
        """Look at the crawler, and start it or read how it ended when it is READY."""
        if self.ended:
            return
        try:
            crawler = self._get()
        except CatalogUnavailable as error:
            if not self.started:
                raise
            self._log(f"{error} Our crawl goes on.")  # a second one would cost, too
            return
        if crawler.get("State") == "READY":
            if self.started:
                self._end(crawler)
            else:
                self._start(crawler)

    def _get(self) -> "CrawlerTypeDef":
        with aws_errors("Glue", self.name, _REMEDIES):
            try:
                crawler = self._glue.get_crawler(Name=self.name)["Crawler"]
            except self._glue.exceptions.EntityNotFoundException:
                raise CatalogError(
                    f"there is no crawler {self.name}",
                    f"Create them ({TEMPLATE}), or set TOP50_CATALOG=glue-direct.",
                ) from None
        state = crawler.get("State", "unknown")
        if state != self.state:
            whose = "" if self.started or state == "READY" else ", not by us: waiting for it to end"
            self._log(f"{self.name} is {state}{whose}")
        self.state = state
        return crawler

    def _start(self, crawler: "CrawlerTypeDef") -> None:
        self._previous = crawler.get("LastCrawl", {}).get("StartTime")
        with aws_errors("Glue", self.name, _REMEDIES):
            try:
                self._glue.start_crawler(Name=self.name)
                self.started = True
            except self._glue.exceptions.CrawlerRunningException:
                self._log(f"{self.name} was started by somebody else: waiting for it to end")

    def _end(self, crawler: "CrawlerTypeDef") -> None:
        last = crawler.get("LastCrawl", {})
        if last.get("StartTime") == self._previous:
            return  # READY, but LastCrawl is not ours yet
        self.ended = True
        status = last.get("Status", "unknown")
        self._log(f"{self.name} ended: {status}")
        if status != "SUCCEEDED":
            log = f"{last.get('LogGroup', '/aws-glue/crawlers')}/{last.get('LogStream', self.name)}"
            self.failure = f"{self.name} {status}: {last.get('ErrorMessage') or 'no message'} (log {log})"
