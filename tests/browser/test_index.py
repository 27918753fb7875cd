"""The index of all charts in a real browser."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from top50.report.page.overview import NewestChart, index_html

from ..unit.report.pages import HOSTILE
from .open_page import open_file
from .test_page import LOOKS, findings

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DAY = date(2026, 11, 19)
REGIONS = ("global", "ae", "br", "do", "gb", "us")
CHARTS = [
    NewestChart(f"{region}-{period}", DAY, HOSTILE[number], HOSTILE[-number], None if number == 3 else number)
    for number, region in enumerate(REGIONS)
    for period in ("weekly", "daily")
]


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_it_fits_is_accessible_and_leads_to_every_chart(
    browser: Browser, tmp_path: Path, theme: str, size: dict[str, int]
) -> None:
    file = tmp_path / "index.html"
    file.write_text(index_html(CHARTS, simulated=True), encoding="utf-8")
    look: dict[str, Any] = {"color_scheme": theme, "viewport": size}
    with open_file(browser, file, **look) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert findings(shown) == []
        links = shown.page.locator("table a")
        assert [link.get_attribute("href") for link in links.all()] == [
            f"{region}-{period}.html" for period in ("weekly", "daily") for region in REGIONS
        ]
        expect(shown.page.get_by_role("heading", level=2)).to_have_text(["Weekly", "Daily"])
        row = shown.page.get_by_role("row", name="United Kingdom").first
        expect(row).to_contain_text(HOSTILE[4])
        expect(shown.page.get_by_role("row", name="Dominican Republic").first).to_contain_text("unknown")
        assert (shown.requests, shown.complaints) == ([], [])
