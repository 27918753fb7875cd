"""A stand-in of Prefect Cloud: its addresses, key and limits in front of a real Prefect server.

From documents:

- The addresses and what a key looks like: Prefect's own client (`prefect.client.cloud`, `prefect.settings`).
- The fields of `usage_limits`: Cloud's OpenAPI, `UsageLimitsResponse`, as api-evangelist/prefect stored it in
  August 2026; `work_pool_types`: what `prefect work-pool create` reads in `prefect.workers.utilities`.
- Hobby has five deployments and managed work pools only: PrefectHQ/prefect,
  docs/v3/how-to-guides/migrate/transfer-resources.mdx.
- A refusal is 403, and its `detail` has "plan does not support" or "maximum number" in it: Prefect's client
  looks for these words.
- `POST events` takes an array of events: Cloud's OpenAPI; the real Prefect server does the same.

Never seen, so invented: the other words of refusals, the whole refusal of an automation, limits other than
Hobby's five, all of the managed pool's template but that it has an `image`, and what Cloud does with any body
that Prefect's server takes too.
"""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from .prefect import PrefectServer
from .processes import free_ports

ACCOUNT = "11111111-2222-4333-8444-555555555555"
WORKSPACE = "66666666-7777-4888-8999-aaaaaaaaaaaa"
KEY = "pnu_0123456789abcdef"
UI_URL = "https://app.cloud.example"

MANAGED_TEMPLATE = {
    "job_configuration": {"image": "{{ image }}", "env": "{{ env }}", "pip_packages": "{{ pip_packages }}"},
    "variables": {
        "type": "object",
        "properties": {
            "image": {"type": "string", "default": "prefecthq/prefect:3-latest"},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "pip_packages": {"type": "array", "items": {"type": "string"}},
        },
    },
}

_ACCOUNT_PATH = f"/api/accounts/{ACCOUNT}"
_WORKSPACE_PATH = f"{_ACCOUNT_PATH}/workspaces/{WORKSPACE}"


@dataclass(frozen=True)
class Plan:
    """What an account may have; None: as many as it likes."""

    deployments: int | None
    has_hybrid_pools: bool
    automations: int | None = None
    shows_limits: bool = True
    forbidden: str = ""
    """A path below which the key may only read."""


HOBBY = Plan(deployments=5, has_hybrid_pools=False)
STARTER = Plan(deployments=20, has_hybrid_pools=True)


class PrefectCloud(ThreadingHTTPServer):
    """One account with one workspace; `plan` may change while it runs."""

    daemon_threads = True

    def __init__(self, upstream: PrefectServer, plan: Plan) -> None:
        super().__init__(("127.0.0.1", free_ports(1)[0]), _Request)
        self.upstream = upstream
        self.plan = plan
        self.cloud_url = f"http://127.0.0.1:{self.server_port}/api"
        self.api_url = f"http://127.0.0.1:{self.server_port}{_WORKSPACE_PATH}"
        self.ui_url = f"{UI_URL}/account/{ACCOUNT}/workspace/{WORKSPACE}"

    def environment(self) -> dict[str, str]:
        """What tells Prefect that this is Cloud; who signs in is in a profile (`sign_in`)."""
        return {
            "PREFECT_HOME": str(self.upstream.home),
            "PREFECT_CLOUD_API_URL": self.cloud_url,
            "PREFECT_CLOUD_UI_URL": UI_URL,
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        }

    def sign_in(self, home: Path) -> None:
        """Leave the profile that `prefect cloud login` leaves."""
        home.joinpath("profiles.toml").write_text(
            f'active = "cloud"\n[profiles.cloud]\n'
            f'PREFECT_API_URL = "{self.api_url}"\nPREFECT_API_KEY = "{KEY}"\n'
        )

    def refusal(self, method: str, path: str, body: Any) -> str | None:
        """Return why the plan or the key does not allow a request; None when they do."""
        if self.plan.forbidden and path.startswith(self.plan.forbidden) and method != "GET":
            return "You do not have permission to do that."
        if (method, path) == ("POST", "/work_pools/"):
            if not (self.plan.has_hybrid_pools or body["type"] == "prefect:managed"):
                return f"Your plan does not support work pools of type {body['type']}."
        elif (method, path) == ("POST", "/deployments/"):
            if self._is_new(body) and self._are_used_up("/deployments/count", self.plan.deployments):
                return "This workspace has the maximum number of deployments that its plan allows."
        elif (method, path) == ("POST", "/automations/") and self._are_used_up(
            "/automations/count", self.plan.automations
        ):
            return "This workspace has the maximum number of automations that its plan allows."
        return None

    def usage_limits(self) -> dict[str, int | None]:
        return {
            "max_deployments_per_workspace": self.plan.deployments,
            "automations_limit": self.plan.automations,
            "run_retention_days": 7,
        }

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        """Return status, type and content of what the real server answers."""
        parts = urlsplit(self.upstream.api_url)
        with closing(http.client.HTTPConnection(parts.netloc, timeout=60)) as connection:
            connection.request(method, f"/api{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()

    def _is_new(self, deployment: dict[str, Any]) -> bool:
        flow = json.loads(self.ask("GET", f"/flows/{deployment['flow_id']}")[2])["name"]
        return self.ask("GET", f"/deployments/name/{flow}/{deployment['name']}")[0] == 404

    def _are_used_up(self, path: str, limit: int | None) -> bool:
        return limit is not None and int(self.ask("POST", path, b"{}")[2]) >= limit


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PrefectCloud

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.removeprefix(_WORKSPACE_PATH)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._send_json(401, {"detail": "Invalid authentication credentials"})
        elif self.path == f"{_ACCOUNT_PATH}/usage_limits":
            limits = self.server.usage_limits()
            shown = self.server.plan.shows_limits
            self._send_json(200 if shown else 403, limits if shown else {"detail": "Forbidden"})
        elif path == self.path or re.match(r"/admin\b", path):
            self._send_json(404, {"detail": "Not Found"})
        elif path == "/collections/work_pool_types":
            worker = {"type": "prefect:managed", "default_base_job_configuration": MANAGED_TEMPLATE}
            self._send_json(200, {"prefect-cloud": {"prefect:managed": worker}})
        elif reason := self.server.refusal(self.command, path, json.loads(body or b"null")):
            self._send_json(403, {"detail": reason})
        else:
            self._send(*self.server.ask(self.command, path, body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _send_json(self, status: int, content: object) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_prefect_cloud(upstream: PrefectServer, plan: Plan) -> Iterator[PrefectCloud]:
    """A stand-in before a Prefect server, until the block ends."""
    with PrefectCloud(upstream, plan) as cloud:
        thread = Thread(target=cloud.serve_forever, kwargs={"poll_interval": 0.05}, name="PrefectCloud")
        thread.start()
        try:
            yield cloud
        finally:
            cloud.shutdown()
            thread.join()
