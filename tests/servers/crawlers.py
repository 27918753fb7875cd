"""Glue crawlers whose crawls take time, can fail, and end in a table."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any
from uuid import uuid4

from .aws_json import AwsError, Body, Moto
from .crawled_tables import CrawledTable, CrawlFailedError, crawl
from .glue_catalog import publish

LOG_GROUP = "/aws-glue/crawlers"

MOST_IN_A_BATCH = 100
_BATCHES = {"BatchCreatePartition": "PartitionInputList", "BatchUpdatePartition": "Entries"}
"""Actions on many partitions at once, and where the request names them; moto takes any number."""


@dataclass
class Crawl:
    """One run of a crawler. What it finds is what lay there when it began; it is published when it ends."""

    crawler: str
    running_ends: float
    stopping_ends: float
    status: str = "SUCCEEDED"
    message: str = ""
    found: CrawledTable | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    identity: str = field(default_factory=lambda: str(uuid4()))

    @property
    def state(self) -> str:
        now = time.monotonic()
        if now < self.running_ends:
            return "RUNNING"
        return "STOPPING" if now < self.stopping_ends else "READY"

    def as_last_crawl(self) -> Body:
        message = {"ErrorMessage": self.message} if self.message else {}
        return {
            "Status": self.status,
            "StartTime": self.started.timestamp(),
            "LogGroup": LOG_GROUP,
            "LogStream": self.crawler,
            "MessagePrefix": self.identity,
            **message,
        }


class Crawlers:
    """Answers the Glue actions; crawlers and the catalog are moto's, crawls are ours."""

    def __init__(self, moto: Moto, s3: Any) -> None:
        self.running_seconds, self.stopping_seconds = 0.2, 0.1
        self.next_outcome: dict[str, tuple[str, str]] = {}
        self.faults: list[AwsError] = []
        self._moto, self._s3 = moto, s3
        self._crawls: dict[str, list[Crawl]] = {}
        self._lock = RLock()
        self._own: dict[str, Callable[[Body], Body]] = {
            "StartCrawler": lambda body: self.start(body["Name"]),
            "StopCrawler": lambda body: self._stop(body["Name"]),
            "GetCrawler": self._get_one,
            "GetCrawlers": lambda body: self._get_many("GetCrawlers", body),
            "BatchGetCrawlers": lambda body: self._get_many("BatchGetCrawlers", body),
            "DeleteCrawler": self._delete,
        }

    def answer(self, action: str, body: Body) -> Body:
        with self._lock:
            if self.faults:
                raise self.faults.pop(0)
            self._publish_what_ended()
            if own := self._own.get(action):
                return own(body)
            _check_batch(action, body)
            return self._moto.call(action, body)

    def reset(self) -> None:
        with self._lock:
            self._moto.reset()
            self._crawls.clear()
            self.next_outcome.clear()
            self.faults.clear()

    def start(self, name: str) -> Body:
        with self._lock:
            crawler = self._moto.call("GetCrawler", {"Name": name})["Crawler"]
            if self._current(name):
                raise AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")
            running_ends = time.monotonic() + self.running_seconds
            run = Crawl(name, running_ends, running_ends + self.stopping_seconds)
            self._look(run, crawler)
            self._crawls.setdefault(name, []).append(run)
            return {}

    def _look(self, run: Crawl, crawler: Body) -> None:
        if run.crawler in self.next_outcome:
            run.status, run.message = self.next_outcome.pop(run.crawler)
            return
        [target] = crawler["Targets"]["S3Targets"]
        try:
            run.found = crawl(self._s3, target["Path"], crawler.get("TablePrefix") or "")
        except CrawlFailedError as error:
            run.status, run.message = "FAILED", str(error)

    def _stop(self, name: str) -> Body:
        self._moto.call("GetCrawler", {"Name": name})
        run = self._current(name)
        if run is None:
            raise AwsError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
        if run.state == "STOPPING":
            raise AwsError("CrawlerStoppingException", f"Crawler with name {name} is stopping")
        run.status, run.found = "CANCELLED", None
        run.running_ends = time.monotonic()
        run.stopping_ends = run.running_ends + self.stopping_seconds
        return {}

    def _delete(self, body: Body) -> Body:
        if self._current(body["Name"]):
            raise AwsError("CrawlerRunningException", f"Crawler with name {body['Name']} is running")
        self._crawls.pop(body["Name"], None)
        return self._moto.call("DeleteCrawler", body)

    def _get_one(self, body: Body) -> Body:
        return {"Crawler": self._with_crawls(self._moto.call("GetCrawler", body)["Crawler"])}

    def _get_many(self, action: str, body: Body) -> Body:
        answer = self._moto.call(action, body)
        return answer | {"Crawlers": [self._with_crawls(crawler) for crawler in answer["Crawlers"]]}

    def _with_crawls(self, crawler: Body) -> Body:
        runs = self._crawls.get(crawler["Name"], [])
        ended = [run for run in runs if run.state == "READY"]
        last = {"LastCrawl": ended[-1].as_last_crawl()} if ended else {}
        return crawler | {"State": runs[-1].state if runs else "READY"} | last

    def _current(self, name: str) -> Crawl | None:
        return next((run for run in self._crawls.get(name, []) if run.state != "READY"), None)

    def _publish_what_ended(self) -> None:
        for run in [run for runs in self._crawls.values() for run in runs]:
            if run.found and run.state != "RUNNING":
                found, run.found = run.found, None
                if found.files:
                    self._publish(run, found)

    def _publish(self, run: Crawl, found: CrawledTable) -> None:
        crawler = self._moto.call("GetCrawler", {"Name": run.crawler})["Crawler"]
        publish(self._moto, crawler["DatabaseName"], run.crawler, found)


def _check_batch(action: str, body: Body) -> None:
    batch = _BATCHES.get(action)
    if batch and len(body[batch]) > MOST_IN_A_BATCH:
        message = (
            f"Value at '{batch}' failed to satisfy constraint: Member must have length less than or equal"
        )
        raise AwsError("ValidationException", f"1 validation error detected: {message} to {MOST_IN_A_BATCH}")
