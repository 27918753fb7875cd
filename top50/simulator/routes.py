"""The routes, and the way of every request: noted, spoilt by a fault if one is due, answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from top50.simulator import accounts, charts_page, control, public_archive, web_api
from top50.simulator.answers import Answer, Call, RefusedError, Request
from top50.simulator.state import ARCHIVE_PATH, CHARTS_PATH, Simulator

Endpoint = Callable[[Simulator, Call], Answer]
Handler = Callable[[HttpRequest], Awaitable[Response]]

SPOTIFY: list[tuple[str, str, Endpoint]] = [
    ("/authorize", "GET", accounts.authorize),
    ("/api/token", "POST", accounts.token),
    ("/v1/playlists/{id}", "GET", web_api.playlist),
    ("/v1/playlists/{id}/items", "GET", web_api.playlist_items),
    ("/v1/playlists/{id}/tracks", "GET", web_api.playlist_tracks),
    ("/v1/tracks/{id}", "GET", web_api.track),
    (CHARTS_PATH, "GET", charts_page.charts),
    (ARCHIVE_PATH + "/{name}", "GET", public_archive.archive_file),
]
CONTROL: list[tuple[str, list[str], Endpoint]] = [
    ("/simulator/clock", ["GET", "POST"], control.clock),
    ("/simulator/faults", ["GET", "POST", "DELETE"], control.faults),
    ("/simulator/strange-rows", ["POST"], control.strange_rows),
    ("/simulator/requests", ["GET"], control.requests),
    ("/simulator/charts/{name}", ["GET"], control.chart_file),
]
EVERY_METHOD = ["GET", "POST", "PUT", "DELETE"]


def application(simulator: Simulator) -> Starlette:
    """Return the ASGI application of a simulator."""
    spotify = [
        Route(path, _spotify(simulator, endpoint), methods=[method]) for path, method, endpoint in SPOTIFY
    ]
    controls = [
        Route(path, _control(simulator, endpoint), methods=methods) for path, methods, endpoint in CONTROL
    ]
    rest = Route("/{path:path}", _spotify(simulator, web_api.no_such_service), methods=EVERY_METHOD)
    return Starlette(routes=[*spotify, *controls, rest])


def _spotify(simulator: Simulator, endpoint: Endpoint) -> Handler:
    async def handle(request: HttpRequest) -> Response:
        call = await _call(request)
        fault = simulator.take_fault(call.path)

        def honest() -> Answer:
            return _answer(simulator, endpoint, call)

        answer = fault.apply(honest) if fault else honest()
        query = f"?{request.url.query}" if request.url.query else ""
        simulator.requests.append(Request(call.method, call.path + query, answer.status))
        await asyncio.sleep(answer.delay)
        return _response(answer)

    return handle


def _control(simulator: Simulator, endpoint: Endpoint) -> Handler:
    async def handle(request: HttpRequest) -> Response:
        call = await _call(request)
        return _response(control.refusal(call) or _answer(simulator, endpoint, call))

    return handle


async def _call(request: HttpRequest) -> Call:
    body = await request.body()
    parts = {name: str(value) for name, value in request.path_params.items()}
    return Call(request.method, request.url.path, request.query_params, request.headers, body, parts)


def _answer(simulator: Simulator, endpoint: Endpoint, call: Call) -> Answer:
    try:
        return endpoint(simulator, call)
    except RefusedError as refusal:
        return refusal.answer


def _response(answer: Answer) -> Response:
    headers = {**answer.headers, "Content-Type": answer.content_type}
    if answer.missing_bytes:
        return _CutResponse(answer, headers)
    if answer.drip or answer.endless:
        return StreamingResponse(_pieces(answer), answer.status, headers=headers)
    return Response(answer.body, answer.status, headers=headers)


class _CutResponse(Response):
    """Promises more bytes than it sends; the server then closes the connection."""

    def __init__(self, answer: Answer, headers: dict[str, str]) -> None:
        super().__init__(answer.body, answer.status, headers=headers)
        self.headers["Content-Length"] = str(len(answer.body) + answer.missing_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the body as if more came."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    while True:
        for piece in (answer.body,) if answer.endless else map(bytes, zip(answer.body, strict=True)):
            yield piece
            await asyncio.sleep(answer.drip)
        if not answer.endless:
            return
