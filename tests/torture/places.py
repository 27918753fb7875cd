"""Where a lake is put to the test: in a directory, or on SeaweedFS with Glue and Athena beside it."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from tests.servers.glue import GlueServer, create_crawlers
from tests.servers.seaweedfs import s3_client
from tests.torture.gate import Gate
from tests.torture.lake_state import State, state_of
from tests.torture.proxy import guarded
from tests.torture.refusals import Service
from tests.torture.tally import Place as Name
from top50.lake.directory import DirectoryLake
from top50.simulator import Simulator

DATABASE = "spotify_top50"

QUICK_CRAWLS = 0.05, 0.02
"""Seconds for which a crawl is RUNNING, then STOPPING."""


class Place(Protocol):
    """A lake that is filled again for every point, and the settings with which a run finds it."""

    name: Name
    settings: Mapping[str, str]
    gate: Gate

    def fill(self, state: State) -> None:
        """Let the lake hold this and nothing else."""

    def state(self) -> State:
        """Return what it holds."""


@dataclass
class InDirectory:
    """A lake in `folder`/lake, which runs write themselves."""

    folder: Path
    settings: Mapping[str, str]
    gate: Gate = field(default_factory=Gate)
    name: Name = "directory"

    @property
    def root(self) -> Path:
        """The lake's own folder."""
        return self.folder / "lake"

    def fill(self, state: State) -> None:
        """Let the lake hold this and nothing else."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        for key, content in state.items():
            path = self.root / key
            (path if key.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
            if not key.endswith("/"):
                path.write_bytes(content)

    def state(self) -> State:
        """Return what the lake holds."""
        return state_of(DirectoryLake(self.root))


@dataclass
class OnS3:
    """A lake below a prefix of a bucket, which runs reach through the gate."""

    client: Any
    bucket: str
    prefix: str
    glue: GlueServer
    settings: Mapping[str, str]
    gate: Gate
    name: Name = "SeaweedFS"
    _known: dict[str, bytes] = field(default_factory=dict)

    def fill(self, state: State) -> None:
        """Let the lake hold this and nothing else."""
        there = self._read()
        for key in there.keys() - state.keys():
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)
        for key, content in state.items():
            if there.get(key) != content and not key.endswith("/"):
                self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=content)

    def state(self) -> State:
        """Return what the lake holds, but for what Athena answered."""
        return {
            key: content for key, content in self._read().items() if not key.startswith("athena_results/")
        }

    def forget_catalog(self) -> None:
        """Let Glue have crawlers and no tables."""
        self.glue.reset()
        self.glue.crawls_take(*QUICK_CRAWLS)
        self.glue.athena.be_in("RUNNING")
        create_crawlers(self.glue, self.bucket, self.prefix, DATABASE)

    def _read(self) -> dict[str, bytes]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        items = [item for page in pages for item in page.get("Contents", ())]
        return {item["Key"].removeprefix(self.prefix): self._content(item) for item in items}

    def _content(self, item: Mapping[str, Any]) -> bytes:
        """Return an object, read once: the ETag of what was put in one piece is the MD5 of its content."""
        if item["ETag"] not in self._known:
            answer = self.client.get_object(Bucket=self.bucket, Key=item["Key"])
            self._known[answer["ETag"]] = answer["Body"].read()
        return self._known[item["ETag"]]


def spotify_settings(simulator: Simulator, address: str = "") -> dict[str, str]:
    """Return the settings that make a run read from this simulator, or from what stands before it."""
    ours = address or simulator.accounts_url
    return {
        "TOP50_SOURCE": "simulator",
        "TOP50_SPOTIFY_API_URL": f"{ours}/v1",
        "TOP50_SPOTIFY_ACCOUNTS_URL": ours,
    }


def in_directory(folder: Path, simulator: Simulator) -> InDirectory:
    """Return a place in a folder, which may hold other things."""
    place = InDirectory(folder, {})
    place.settings = {**spotify_settings(simulator), "TOP50_LAKE": str(place.root)}
    return place


@contextmanager
def on_s3(s3: Mapping[str, str], bucket: str, glue: GlueServer, simulator: Simulator) -> Iterator[OnS3]:
    """Open a place below a prefix of its own; `s3` is S3Server.endpoint_environment()."""
    gate, prefix = Gate(), f"torture-{uuid4().hex[:8]}/"
    servers: dict[Service, str] = {
        "S3": s3["AWS_ENDPOINT_URL_S3"],
        "Glue": glue.endpoint_url,
        "Spotify": simulator.accounts_url,
    }
    with closing(s3_client(dict(s3))) as client, guarded(gate, servers) as urls:
        settings = {
            **s3,
            **spotify_settings(simulator, urls["Spotify"]),
            "AWS_ENDPOINT_URL_S3": urls["S3"],
            "AWS_ENDPOINT_URL_GLUE": urls["Glue"],
            "AWS_ENDPOINT_URL_ATHENA": urls["Glue"],
            "TOP50_LAKE": f"s3://{bucket}/{prefix.rstrip('/')}",
            "TOP50_GLUE_DATABASE": DATABASE,
        }
        place = OnS3(client, bucket, prefix, glue, settings, gate)
        place.forget_catalog()
        yield place
        place.fill({})
