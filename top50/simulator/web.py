"""The routes: each endpoint behind the same door, which notes the request and lets it misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from top50.simulator import accounts, charts_page, control, public_archive, web_api
from top50.simulator.answers import Answer, Call, RefusedError, Request
from top50.simulator.state import State

Endpoint = Callable[[State, Call], Answer]
Handler = Callable[[HttpRequest], Awaitable[Response]]

SPOTIFY: list[tuple[str, str, Endpoint]] = [
    ("/authorize", "GET", accounts.authorize),
    ("/api/token", "POST", accounts.token),
    ("/v1/playlists/{id}", "GET", web_api.playlist),
    ("/v1/playlists/{id}/items", "GET", web_api.playlist_items),
    ("/v1/playlists/{id}/tracks", "GET", web_api.playlist_tracks),
    ("/v1/tracks/{id}", "GET", web_api.track),
    (charts_page.CHARTS_PATH, "GET", charts_page.charts),
    (public_archive.ARCHIVE_PATH + "/{name}", "GET", public_archive.archive_file),
]
CONTROL: list[tuple[str, list[str], Endpoint]] = [
    ("/simulator/clock", ["GET", "POST"], control.clock),
    ("/simulator/faults", ["GET", "POST", "DELETE"], control.faults),
    ("/simulator/strange-rows", ["POST"], control.strange_rows),
    ("/simulator/requests", ["GET"], control.requests),
    ("/simulator/charts/{name}", ["GET"], control.chart_file),
]
EVERY_METHOD = ["GET", "POST", "PUT", "DELETE"]


class CutResponse(Response):
    """Promises more bytes than it sends; the server then closes the connection."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            answer.body, answer.status, headers={**answer.headers, "Content-Type": answer.content_type}
        )
        self.headers["Content-Length"] = str(len(answer.body) + answer.missing_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send all that there is, without an end."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


def application(state: State) -> Starlette:
    """The ASGI application around a state."""
    spotify = [Route(path, _misbehaving(state, point), methods=[method]) for path, method, point in SPOTIFY]
    controls = [Route(path, _plain(state, point), methods=methods) for path, methods, point in CONTROL]
    rest = Route("/{path:path}", _misbehaving(state, web_api.no_such_service), methods=EVERY_METHOD)
    return Starlette(routes=[*spotify, *controls, rest])


def _misbehaving(state: State, endpoint: Endpoint) -> Handler:
    async def handle(request: HttpRequest) -> Response:
        call = await _call(request)
        fault = state.take_fault(call.path)
        answer = (
            fault.apply(lambda: _answer(state, endpoint, call)) if fault else _answer(state, endpoint, call)
        )
        query = f"?{request.url.query}" if request.url.query else ""
        state.requests.append(Request(call.method, call.path + query, answer.status))
        await asyncio.sleep(answer.delay)
        return _response(answer)

    return handle


def _plain(state: State, endpoint: Endpoint) -> Handler:
    def guarded(state: State, call: Call) -> Answer:
        control.refuse_foreign(call)
        return endpoint(state, call)

    async def handle(request: HttpRequest) -> Response:
        return _response(_answer(state, guarded, await _call(request)))

    return handle


async def _call(request: HttpRequest) -> Call:
    body = await request.body()
    parts = {name: str(value) for name, value in request.path_params.items()}
    return Call(request.method, request.url.path, request.query_params, request.headers, body, parts)


def _answer(state: State, endpoint: Endpoint, call: Call) -> Answer:
    try:
        return endpoint(state, call)
    except RefusedError as refusal:
        return refusal.answer


def _response(answer: Answer) -> Response:
    if answer.missing_bytes:
        return CutResponse(answer)
    headers = {**answer.headers, "Content-Type": answer.content_type}
    if answer.drip or answer.endless:
        return StreamingResponse(_pieces(answer), answer.status, headers=headers)
    return Response(answer.body, answer.status, headers=headers)


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    while True:
        for piece in (answer.body,) if answer.endless else map(bytes, zip(answer.body, strict=True)):
            yield piece
            await asyncio.sleep(answer.drip)
        if not answer.endless:
            return
