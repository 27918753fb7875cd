"""A Prefect API that answers what a test wrote down, over HTTP, to Prefect's own client."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, PREFECT_CLOUD_API_URL, temporary_settings

ID = "11111111-2222-3333-4444-555555555555"
ACCOUNT = f"accounts/{ID}"
WORKSPACE = f"{ACCOUNT}/workspaces/{ID}"

DEPLOYMENT = "deployments/name/weekly-chart/top50"
LIMITS = f"{ACCOUNT}/usage_limits"


class Page(NamedTuple):
    """An answer that is more than JSON and 200."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - of a tuple, and nobody changes it


def has_pool(kind: str, *workers: str, **pool: Any) -> dict[str, Any]:
    """Return the answers of a server that has all of ours, its work pool of this type."""
    schedule = {"active": True, "schedule": {"cron": "0 22 * * 5", "timezone": "UTC"}}
    deployed = {
        "id": ID,
        "flow_id": ID,
        "name": "top50",
        "updated": "2026-11-01T00:00:00Z",
        "work_pool_name": "top50",
        "schedules": [schedule],
    }
    run = {"id": ID, "flow_id": ID, "next_scheduled_start_time": "2026-11-27T22:00:00Z"}
    online = [{"name": f"w{n}", "work_pool_id": ID, "status": status} for n, status in enumerate(workers)]
    return {
        "admin/version": "99.0.0",
        DEPLOYMENT: deployed,
        "flow_runs/filter": [run],
        "work_pools/top50": {"name": "top50", "type": kind, "default_queue_id": ID, **pool},
        "work_pools/top50/workers/filter": online,
    }


@dataclass
class Canned:
    """What it answers by path, else 404, and what it was asked; no path has `/api/` or a workspace."""

    root: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    silent: threading.Event | None = None
    """Until it is set nothing is answered."""

    def answer(self, path: str, key: str | None) -> Page:
        self.asked.append(path)
        self.keys.add(key)
        if self.silent:
            self.silent.wait(30)
        found = self.answers.get(path, Page(status=404))
        return found if isinstance(found, Page) else Page(json.dumps(found))

    @contextmanager
    def configured(self, *, cloud: bool = False) -> Iterator[str]:
        """Let Prefect's settings name it, as a server or as a workspace of Cloud; yield its address."""
        url = f"{self.root}/{WORKSPACE}" if cloud else self.root
        named: dict[Any, str] = {PREFECT_API_URL: url, PREFECT_API_KEY: "pnu_hush"}
        with temporary_settings(named | ({PREFECT_CLOUD_API_URL: self.root} if cloud else {})):
            yield url


@contextmanager
def running_canned() -> Iterator[Canned]:
    """Run it until the end of the block."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api/").removeprefix(f"{WORKSPACE}/")
            page = server.answer(path, self.headers["Authorization"])
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body.encode())))
            with suppress(BrokenPipeError):  # whoever asked has given up
                self.end_headers()
                self.wfile.write(page.body.encode())

        do_POST = do_GET  # noqa: N815 - as http.server wants it

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as http:
        server = Canned(f"http://127.0.0.1:{http.server_address[1]}/api")
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            http.shutdown()
