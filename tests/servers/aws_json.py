"""AWS's JSON protocol in front of moto: what a service here answers itself, and what it leaves to moto."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from .seaweedfs import REGION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Body = dict[str, Any]
Service = Callable[[str, Body], Body]

_CONTENT_TYPE = "application/x-amz-json-1.1"


class AwsError(Exception):
    """An error as AWS answers it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self) -> Response:
        return _response({"__type": self.code, "message": self.message}, self.status)


class Moto:
    """moto's application, asked from inside the process, always as the same account and region."""

    def __init__(self, application: "WSGIApplication", prefix: str, signing_name: str) -> None:
        self._client = Client(application, use_cookies=False)
        self._prefix = prefix
        scope = f"moto/20200101/{REGION}/{signing_name}/aws4_request"
        self._authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"

    def reset(self) -> None:
        self._client.post("/moto-api/reset")

    def call(self, action: str, body: Body) -> Body:
        headers = {"X-Amz-Target": f"{self._prefix}.{action}", "Authorization": self._authorization}
        answer = self._client.post("/", data=json.dumps(body), content_type=_CONTENT_TYPE, headers=headers)
        content: Body = json.loads(answer.get_data() or b"{}")
        if answer.status_code != 200:
            code = str(content.get("__type", "InternalFailure"))
            raise AwsError(code, str(content.get("message", content.get("Message", ""))), answer.status_code)
        return content


class AwsApplication:
    """A WSGI application: services by the prefix of X-Amz-Target, everything else moto's.

    `calls` lists the actions in the order they came, those answered with an error included.
    """

    def __init__(self, moto: "WSGIApplication", services: Mapping[str, Service]) -> None:
        self._moto = moto
        self._services = services
        self.calls: list[str] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        prefix, _, action = request.headers.get("X-Amz-Target", "").partition(".")
        if action:
            self.calls.append(action)
        if prefix not in self._services:
            return self._moto(environ, start_response)
        response = _answer(self._services[prefix], action, json.loads(request.get_data() or b"{}"))
        return response(environ, start_response)


def _answer(service: Service, action: str, body: Body) -> Response:
    try:
        return _response(service(action, body), 200)
    except AwsError as error:
        return error.response()


def _response(content: Body, status: int) -> Response:
    return Response(json.dumps(content), status=status, content_type=_CONTENT_TYPE)
