"""`make look`: where page and dashboard are, for whoever may only read."""

from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.look import main

from ..unit.commands import Ended, run
from .canned import ID, WORKSPACE


def looked(lake: Path) -> Ended:
    return run(main, {"TOP50_LAKE": str(lake), "TOP50_CHART": "global-weekly"}, "--print")


@pytest.mark.parametrize(
    ("address", "dashboard"),
    [
        (None, "make server, then http://127.0.0.1:4200"),
        ("https://me:hush@prefect.example/api", "https://prefect.example"),
        (
            f"https://api.prefect.cloud/api/{WORKSPACE}",
            f"https://app.prefect.cloud/account/{ID}/workspace/{ID}",
        ),
    ],
)
def test_it_leads_to_the_dashboard_and_not_to_the_api(
    tmp_path: Path, address: str | None, dashboard: str
) -> None:
    page = tmp_path / "reports" / "global-weekly.html"
    page.parent.mkdir()
    page.write_text("<html>")
    with temporary_settings({PREFECT_API_URL: address}):
        ended = looked(tmp_path)
    assert ended.stdout == f"Page:      {page.as_uri()}\nDashboard: {dashboard}\n"
    assert list(tmp_path.iterdir()) == [page.parent], "nothing is written"


def test_without_a_page_it_says_how_to_get_one(tmp_path: Path) -> None:
    ended = looked(tmp_path)
    assert ended.returncode == 1
    assert "there is no page" in ended.stderr
    assert not list(tmp_path.iterdir())
