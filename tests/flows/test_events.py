"""Events do not wait for a server that went away, and reach one that comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prefect.events.clients import PrefectEventsClient
from prefect.events.schemas.events import Event, Resource
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.settings.legacy import Setting
from websockets.asyncio.server import ServerConnection, serve

from flows.shared import temporary_server
from flows.shared.command_line import send_events_impatiently
from flows.shared.temporary_server import prefect_server
from tests.flows.conftest import Command, PrefectApi
from tests.servers.processes import free_ports


@dataclass
class Streams:
    """A server of event streams that can be away."""

    port: int
    events: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def there(self) -> AsyncIterator[None]:
        async with serve(self._take, "127.0.0.1", self.port, subprotocols=["prefect"]):  # type: ignore[list-item]
            yield

    async def _take(self, connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type": "auth_success"}')
        async for message in connection:
            self.events.append(json.loads(message)["event"])


def event(name: str) -> Event:
    return Event(event=name, resource=Resource({"prefect.resource.id": "test"}))


async def emit_around_an_outage(streams: Streams) -> None:
    assert EventsWorker._client_override
    _, options = EventsWorker._client_override
    client = PrefectEventsClient(f"http://127.0.0.1:{streams.port}/api", **dict(options))
    async with streams.there():
        await client.__aenter__()
        await client.emit(event("before"))
    for name in ("first without", "second without"):
        with pytest.raises(ConnectionRefusedError):
            await client.emit(event(name))
    async with streams.there():
        await client.emit(event("back"))
        await client.__aexit__(None, None, None)


def test_no_event_is_lost_when_a_server_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventsWorker, "_client_override", None)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        send_events_impatiently()
    [port] = free_ports(1)
    streams = Streams(port)
    with ThreadPoolExecutor(1) as pool:  # a browser of another test leaves a loop in this thread
        pool.submit(lambda: asyncio.run(emit_around_an_outage(streams))).result()
    # what was not confirmed comes again; a Prefect server knows it by its id
    assert list(dict.fromkeys(streams.events)) == ["before", "first without", "second without", "back"]


def heartbeats(prefect_api: PrefectApi, run: str) -> int:
    assert prefect_api.events(run, "prefect.task-run.Completed", least=1)  # sent later, by the same process
    its = {"event": {"name": ["prefect.flow-run.heartbeat"]}, "resource": {"id": [f"prefect.flow-run.{run}"]}}
    return len(prefect_api.post("events/filter", {"filter": its})["events"])


def test_a_command_sends_heartbeats_to_a_server_that_stays(
    command: Command, lake: Path, prefect_api: PrefectApi
) -> None:
    lake.mkdir()
    ended = command("process_pending")
    assert ended.returncode == 0, ended.stderr
    [run] = prefect_api.newest_runs("process-pending")
    assert heartbeats(prefect_api, run["id"])


@pytest.mark.parametrize("asked_for", [False, True])
def test_a_temporary_server_gets_them_only_when_they_are_asked_for(
    asked_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary_server, "_start", lambda _: None)
    asked: dict[Setting, Any] = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: 60} if asked_for else {}
    with temporary_settings({PREFECT_API_URL: None, **asked}), prefect_server():
        assert PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value() == (60 if asked_for else None)
