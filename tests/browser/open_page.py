"""A page that is open in the browser, with its requests and its complaints."""

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
class OpenPage:
    """A page, the addresses that it requested, and the lines of its console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    covers: bool = True

    def answer(self, route: Route) -> None:
        """Answer the request of a cover, or abort it as without a network."""
        self.requests.append(route.request.url)
        if self.covers:
            route.fulfill(body=COVER, content_type="image/svg+xml")
        else:
            route.abort()

    def collect(self, message: ConsoleMessage) -> None:
        """Collect the lines of the console, but for covers that were aborted."""
        if self.covers or "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@contextmanager
def open_facts(
    browser: Browser, facts: Facts, folder: Path, covers: bool = True, **options: Any
) -> Iterator[OpenPage]:
    """Open the page of these facts from a file."""
    file = folder / "page.html"
    file.write_text(page_html(facts), encoding="utf-8")
    with open_file(browser, file, covers, **options) as page:
        yield page


@contextmanager
def open_file(browser: Browser, file: Path, covers: bool = True, **options: Any) -> Iterator[OpenPage]:
    """Open a page, its pictures drawn; nothing goes to the network."""
    context = browser.new_context(**options)
    page = OpenPage(context.new_page(), covers=covers)
    page.page.route(lambda address: not address.startswith(("file:", "data:")), page.answer)
    page.page.on("console", page.collect)
    page.page.on("pageerror", lambda error: page.complaints.append(str(error)))
    try:
        page.page.goto(file.as_uri())
        # Not wait_for_function: where it has to look twice, the page's policy forbids the second look.
        # https://github.com/microsoft/playwright/issues/7395
        expect(page.page.locator(NOT_DRAWN)).to_have_count(0, timeout=SECONDS * 1000)
        yield page
    finally:
        context.close()
