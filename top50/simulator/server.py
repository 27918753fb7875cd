"""A simulator over real HTTP: uvicorn in a thread of this process, on the loopback interface only."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import datetime

import uvicorn

from top50.simulator.answers import Request
from top50.simulator.charts_page import CHARTS_PATH
from top50.simulator.faults import Fault
from top50.simulator.public_archive import ARCHIVE_PATH
from top50.simulator.state import State
from top50.simulator.strange import StrangeRows
from top50.simulator.tracks import AppKind
from top50.simulator.web import application

HOST = "127.0.0.1"
SECONDS_TO_START = 20


class Simulator:
    """A handle on a running simulator.

    api_url: the Web API, `http://127.0.0.1:PORT/v1`.
    charts_url: the page of the official charts, `http://127.0.0.1:PORT/public/v0/charts`; it needs no token.
    archive_url: the public archive's folder of playlists, likewise.
    accounts_url: `http://127.0.0.1:PORT`; tokens are at `accounts_url + "/api/token"`.
    """

    def __init__(self, state: State, accounts_url: str) -> None:
        self._state = state
        self.accounts_url = accounts_url
        self.api_url = state.base_url
        self.charts_url = accounts_url + CHARTS_PATH
        self.archive_url = accounts_url + ARCHIVE_PATH

    @property
    def requests(self) -> list[Request]:
        """What was asked so far, the oldest first: a copy. Control requests are not among them."""
        return list(self._state.requests)

    @property
    def app(self) -> AppKind:
        """The kind of app that asks, for the next request on."""
        return self._state.app

    @app.setter
    def app(self, kind: AppKind) -> None:
        self._state.app = kind

    @property
    def doubled(self) -> bool:
        """Whether extended playlist objects carry `tracks` and `items`, and rows `track` and `item`."""
        return self._state.doubled

    @doubled.setter
    def doubled(self, value: bool) -> None:
        self._state.doubled = value

    def set_now(self, now: datetime) -> None:
        """Stop the clock at an instant. ValueError: without a time zone, or not from 2008-10-10 to 2100."""
        self._state.set_now(now)

    def misbehave(self, *faults: Fault) -> None:
        """Faults for the next requests, one a request, the oldest that fits first."""
        self._state.add_faults(faults)

    def behave(self) -> None:
        """Forget the faults that are left."""
        self._state.clear_faults()

    def strange_rows(self, rows: StrangeRows) -> None:
        """What stands at these ranks of every chart, all others being honest. ValueError: no such rank."""
        self._state.set_strange(rows)

    def expire_tokens(self) -> None:
        """End every access token issued so far."""
        self._state.expire_tokens()

    def revoke_refresh_tokens(self) -> None:
        """From now on every refresh token is answered with `invalid_grant`."""
        self._state.refresh_revoked = True

    def refuse_consent(self, refuse: bool = True) -> None:
        """Let the user press Cancel instead of Agree, or Agree again."""
        self._state.consents.refused = refuse

    def rotate_refresh_tokens(self, rotate: bool = True) -> None:
        """Let each refresh answer with another refresh token, which takes the place of the one before."""
        self._state.consents.rotating = rotate


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
    """A simulator that is ready, and gone afterwards.

    now: where the clock stands; None: it shows the real time, UTC. port: 0 takes a free one.
    client_secret: the only one accepted; None: any. OSError when the port is taken.
    api_url: where answers say that the Web API is, when a proxy leads there; None: here.
    """
    with _bound(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        state = State(seed, app, base_url=api_url or f"{address}/v1", client_secret=client_secret)
        if now is not None:
            state.set_now(now)
        with _serving(state, listener):
            yield Simulator(state, address)


@contextlib.contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    # The protocol is named because asyncio sets TCP_NODELAY only then: without it each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        yield listener


@contextlib.contextmanager
def _serving(state: State, listener: socket.socket) -> Iterator[None]:
    server = _Server(_config(state))
    thread = threading.Thread(target=server.run, args=([listener],), name=state.base_url, daemon=True)
    thread.start()
    try:
        if not server.ready.wait(SECONDS_TO_START):
            raise TimeoutError(f"the simulator did not start within {SECONDS_TO_START} seconds")
        yield
    finally:
        server.should_exit = True
        thread.join()


def _config(state: State) -> uvicorn.Config:
    return uvicorn.Config(
        application(state),
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
