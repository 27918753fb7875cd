"""Glue crawlers: wait for a crawl that is not ours, start ours, wait for it, and read how it ended.

A crawl that ran while we wrote proves nothing, and a crawler that is READY again may have failed:
only LastCrawl of a crawl that we started tells; https://docs.aws.amazon.com/glue/latest/webapi/API_LastCrawlInfo.html.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from top50.catalog.aws import TEMPLATE, explained
from top50.catalog.patience import Patience, Tell
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef


def crawler_name(table: str, prefix: str = "spotify_") -> str:
    """Return the name of a table's crawler."""
    return f"{prefix}{table}_crawler"


PATIENCE = Patience()

_REMEDIES = {
    "": f"Give the role glue:GetCrawler and glue:StartCrawler on the crawlers ({TEMPLATE} does), "
    "or set TOP50_CATALOG=glue-direct."
}


def run_crawlers(
    glue: "GlueClient",
    crawlers: Sequence[str],
    patience: Patience = PATIENCE,
    tell: Tell = lambda _: None,
) -> dict[str, str]:
    """Run the crawlers together and return how each ended; `tell` is given a line for every change.

    Raises CatalogError, naming every crawler that did not succeed with its own words, and
    CatalogUnavailable for a passing fault.
    """
    runs = {name: _Run(glue, name, tell) for name in crawlers}
    for time_is_up in patience.looks():
        for run in runs.values():
            run.step()
        if all(run.ended for run in runs.values()):
            break
        if time_is_up:
            raise _not_done(runs.values())
    failed = [run.failure for run in runs.values() if run.failure]
    if failed:
        raise CatalogError("; ".join(failed), "Look at the crawler's log in CloudWatch, and run it again.")
    return dict.fromkeys(runs, "SUCCEEDED")


def _not_done(runs: Iterable["_Run"]) -> CatalogError:
    waiting = [f"{run.name} ({run.state}, {run.whose})" for run in runs if not run.ended]
    return CatalogError(
        f"these crawlers were not done in time: {', '.join(waiting)}",
        "See in the Glue console what holds them up, stop them there if need be, and run it again.",
    )


class _Run:
    """One crawl of ours, step by step."""

    def __init__(self, glue: "GlueClient", name: str, tell: Tell) -> None:
        self.name = name
        self.state = "unknown"
        self.ended = False
        self.failure: str | None = None
        self._glue = glue
        self._tell = tell
        self._started = False
        self._before: datetime | None = None

    @property
    def whose(self) -> str:
        """Whose crawl it is that is waited for."""
        return "started by us" if self._started else "not started by us"

    def step(self) -> None:
        """Look at the crawler, and start it or read its end when it is time to."""
        crawler = None if self.ended else self._look_patiently()
        if crawler is None or crawler.get("State") != "READY":
            return
        if self._started:
            self._end(crawler)
        else:
            self._start(crawler)

    def _look_patiently(self) -> "CrawlerTypeDef | None":
        try:
            return self._look()
        except CatalogUnavailable as error:
            if not self._started:
                raise
            self._tell(f"{error} Our crawl goes on.")  # to begin anew would crawl, and cost, twice
            return None

    def _look(self) -> "CrawlerTypeDef":
        with explained("Glue", self.name, _REMEDIES):
            try:
                crawler = self._glue.get_crawler(Name=self.name)["Crawler"]
            except self._glue.exceptions.EntityNotFoundException:
                raise CatalogError(
                    f"there is no crawler {self.name}",
                    f"Create them ({TEMPLATE}), or set TOP50_CATALOG=glue-direct.",
                ) from None
        state = crawler.get("State", "unknown")
        if state != self.state:
            whose = "" if self._started or state == "READY" else ", not by us: waiting for it to end"
            self._tell(f"{self.name} is {state}{whose}")
        self.state = state
        return crawler

    def _start(self, crawler: "CrawlerTypeDef") -> None:
        self._before = crawler.get("LastCrawl", {}).get("StartTime")
        with explained("Glue", self.name, _REMEDIES):
            try:
                self._glue.start_crawler(Name=self.name)
                self._started = True
            except self._glue.exceptions.CrawlerRunningException:
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
