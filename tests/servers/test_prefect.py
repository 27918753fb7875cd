import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from .prefect import running_prefect_server

pytestmark = pytest.mark.server


def test_a_server_answers_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running_prefect_server(tmp_path / "home") as server:
        assert server.environment()["PREFECT_API_URL"] == server.api_url
        assert _get(f"{server.api_url}/health") is True
        assert _get(f"{server.api_url}/admin/settings")["server"]["analytics_enabled"] is False
        assert (server.home / "prefect.db").exists()
    with pytest.raises(urllib.error.URLError, match="refused"):
        _get(f"{server.api_url}/health")


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
