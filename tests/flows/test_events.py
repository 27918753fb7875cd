"""Events wait once for a server that went away, and reach one that comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prefect.events.schemas.events import Event, Resource
from websockets.asyncio.server import ServerConnection, serve

from flows.events import ImpatientEventsClient
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


async def emit_around_an_outage(streams: Streams) -> list[int]:
    """Return how often a client was ready to reconnect after each of four events."""
    tries = []
    client = ImpatientEventsClient(f"http://127.0.0.1:{streams.port}/api", reconnection_attempts=3)
    async with streams.there():
        await client.__aenter__()
        await client.emit(event("before"))
        tries.append(client._reconnection_attempts)
    for name in ("first without", "second without"):
        with pytest.raises(ConnectionRefusedError):
            await client.emit(event(name))
        tries.append(client._reconnection_attempts)
    async with streams.there():
        await client.emit(event("back"))
        tries.append(client._reconnection_attempts)
        await client.__aexit__(None, None, None)
    return tries


def test_events_wait_once_for_a_server_and_none_is_lost_when_it_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flows.events._PATIENT", 3)  # no second is waited
    [port] = free_ports(1)
    streams = Streams(port)
    assert asyncio.run(emit_around_an_outage(streams)) == [3, 1, 1, 3]
    # what was not confirmed comes again; a Prefect server knows it by its id
    assert list(dict.fromkeys(streams.events)) == ["before", "first without", "second without", "back"]
