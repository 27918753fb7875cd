"""A page that is open in the browser, and what it did that it should not have."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from top50.report.page.facts import Facts
from top50.report.page.html import page_html

COVER = b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='99' height='99' fill='teal'/></svg>"
NOT_DRAWN = "[data-chart]:not(:has(svg))"
SECONDS = 30


@dataclass
class Opened:
    """A page, the addresses that it asked for, and its complaints."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    covers: bool = True

    def answer(self, route: Route) -> None:
        """Answer a cover, as a host or as a network that is not there."""
        self.asked.append(route.request.url)
        if self.covers:
            route.fulfill(body=COVER, content_type="image/svg+xml")
        else:
            route.abort()

    def hear(self, message: ConsoleMessage) -> None:
        """Take note of what the console says; the browser itself tells of covers that do not come."""
        if self.covers or "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@contextmanager
def opened(
    browser: Browser, facts: Facts, folder: Path, covers: bool = True, **options: Any
) -> Iterator[Opened]:
    """Open the page of these facts from a file."""
    file = folder / "page.html"
    file.write_text(page_html(facts), encoding="utf-8")
    with opened_file(browser, file, covers, **options) as shown:
        yield shown


@contextmanager
def opened_file(browser: Browser, file: Path, covers: bool = True, **options: Any) -> Iterator[Opened]:
    """Open a page, its pictures drawn; nothing goes to the network."""
    context = browser.new_context(**options)
    shown = Opened(context.new_page(), covers=covers)
    shown.page.route(lambda address: not address.startswith(("file:", "data:")), shown.answer)
    shown.page.on("console", shown.hear)
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    try:
        shown.page.goto(file.as_uri())
        # Not wait_for_function: where it has to look twice, the page's policy forbids the second look.
        # https://github.com/microsoft/playwright/issues/7395
        expect(shown.page.locator(NOT_DRAWN)).to_have_count(0, timeout=SECONDS * 1000)
        yield shown
    finally:
        context.close()
