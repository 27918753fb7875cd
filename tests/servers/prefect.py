"""A real Prefect API server, as `prefect server start` runs it."""

import http.client
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import free_ports, running_process, wait_until_ready

# A fresh home makes its database first: 14 to 21 s on two cores, more beside other tests.
START_SECONDS = 90.0
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@dataclass(frozen=True)
class PrefectServer:
    """Where a Prefect server answers, and the home that its clients share."""

    api_url: str
    home: Path

    def environment(self) -> dict[str, str]:
        return {
            "PREFECT_API_URL": self.api_url,
            "PREFECT_HOME": str(self.home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        }


@contextmanager
def running_prefect_server(
    home: Path, settings: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[PrefectServer]:
    """A server with its database in `home` and its log in `home`/server.log; settings of its own besides.

    It is as shut as that of `make server`: [tool.prefect] counts for it.
    port: of 127.0.0.1; None: a free one.
    """
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT, home)
    port = port or free_ports(1)[0]
    server = PrefectServer(api_url=f"http://127.0.0.1:{port}/api", home=home.resolve())
    command = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    log = home / "server.log"
    # In its home: Prefect reads .env and pyproject.toml of the current folder.
    with running_process(command, _environment(server) | dict(settings or {}), home, log) as process:
        wait_until_ready(process, lambda: is_healthy(port), log, START_SECONDS)
        yield server


def _environment(server: PrefectServer) -> dict[str, str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own = server.environment()
    del own["PREFECT_API_URL"]
    return outer | own | {"NO_COLOR": "1"}


def is_healthy(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
