"""The page of one date in a real browser, without script as in mail."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from top50.report.page.download import chart_csv
from top50.report.page.facts import Facts
from top50.report.page.html import page_html, week_html

from ..unit.report.pages import THURSDAY, facts, first_chart, hostile
from .open_page import open_file
from .test_page import LOOKS, PHONE, findings

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_it_fits_and_is_accessible(
    browser: Browser, tmp_path: Path, theme: str, size: dict[str, int]
) -> None:
    file = tmp_path / "week.html"
    file.write_text(week_html(facts()), encoding="utf-8")
    look: dict[str, Any] = {"color_scheme": theme, "viewport": size}
    with open_file(browser, file, **look) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert findings(shown) == []
        assert (shown.requests, shown.complaints) == ([], [])


@pytest.mark.parametrize("made", [facts(), first_chart(), hostile()], ids=["whole", "first", "hostile"])
def test_it_needs_no_script(browser: Browser, tmp_path: Path, made: Facts) -> None:
    file = tmp_path / "week.html"
    file.write_text(week_html(made), encoding="utf-8")
    with open_file(browser, file, java_script_enabled=False, viewport=PHONE) as shown:
        rows = shown.page.locator("tbody tr")
        expect(rows).to_have_count(50)
        expect(rows.nth(1).locator("th bdi").first).to_have_text(made.entries[1].song_name or "")
        assert (shown.requests, shown.complaints) == ([], [])


def test_both_pages_hand_out_the_chart_as_csv_and_lead_to_each_other(
    browser: Browser, tmp_path: Path
) -> None:
    newest, week = tmp_path / "global-weekly.html", tmp_path / f"global-weekly/{THURSDAY}.html"
    week.parent.mkdir()
    newest.write_text(page_html(facts()), encoding="utf-8")
    week.write_text(week_html(facts()), encoding="utf-8")
    with open_file(browser, newest) as shown:
        for leads_to in ("This week, to keep or mail", "Newest"):
            with shown.page.expect_download() as download:
                shown.page.get_by_role("link", name="CSV").click()
            assert download.value.suggested_filename == f"global-weekly-{THURSDAY}.csv"
            assert Path(download.value.path()).read_bytes() == chart_csv(facts())
            shown.page.get_by_role("link", name=leads_to).click()
        expect(shown.page).to_have_url(newest.as_uri())
        assert shown.complaints == []
