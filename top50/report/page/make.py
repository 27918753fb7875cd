"""Page and digest, made in a process of their own, so that the flow keeps none of its memory."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from top50.errors import ReportError
from top50.report.chart import ChartTable


@dataclass(frozen=True)
class Told:
    """What is told of a chart besides its page: the digest (Markdown), and its rows."""

    digest: str
    chart: ChartTable


def make_page(catalog: Path, chart: str, link: str | None = None) -> tuple[bytes, Told] | None:
    """Return the page (HTML, UTF-8) of the newest chart in a `catalog.duckdb`, and what else is told of it.

    None when the catalog has no such chart. `link` is where the page will be seen, for the digest.
    Raises ReportError.
    """
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        page = Path(folder, "page.html")
        told = _run([str(catalog), chart, str(page), *([f"--link={link}"] if link else [])])
        return (page.read_bytes(), msgspec.json.decode(told, type=Told)) if page.exists() else None


def _run(arguments: list[str]) -> str:
    command = [sys.executable, "-X", "utf8", "-m", "top50.report.page", *arguments]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603
    if ended.returncode:
        raise ReportError(
            f"The page cannot be made: {ended.stderr[-500:]}",
            "The tables and the catalog are complete; run the flow again.",
        )
    return ended.stdout
