"""A simulator over real HTTP: uvicorn in a thread of this process, on the loopback interface only."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import datetime

import uvicorn

from top50.simulator.routes import application
from top50.simulator.state import Simulator
from top50.simulator.tracks import AppKind

HOST = "127.0.0.1"
SECONDS_TO_START = 20


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def running(  # noqa: PLR0913 - all have a default
    *,
    seed: int = 50,
    app: AppKind = "extended",
    now: datetime | None = None,
    port: int = 0,
    client_secret: str | None = None,
    api_url: str | None = None,
) -> Iterator[Simulator]:
    """Yield a simulator that is ready; it stops afterwards. OSError when the port is taken.

    now: where the clock stands; None: it shows the real time, UTC. port: 0 takes a free one.
    client_secret: the only one accepted; None: any.
    api_url: the Web API's address in the answers, when a proxy leads to it; None: its own.
    """
    # The protocol is named because asyncio sets TCP_NODELAY only then: without it each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        simulator = Simulator(seed, app, address, api_url or f"{address}/v1", client_secret)
        if now is not None:
            simulator.set_now(now)
        with _serving(simulator, listener):
            yield simulator


@contextlib.contextmanager
def _serving(simulator: Simulator, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        application(simulator),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # a body cut short on purpose would be logged as an error
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,  # slow answers on purpose must not hold up the end
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=simulator.api_url, daemon=True)
    try:
        thread.start()  # within, because Ctrl-C while it starts must not close the socket that it takes over
        if not server.ready.wait(SECONDS_TO_START):
            raise TimeoutError(f"the simulator did not start within {SECONDS_TO_START} seconds")
        yield
    finally:
        server.should_exit = True
        if thread.ident is not None:
            thread.join()
