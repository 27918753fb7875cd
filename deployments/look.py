"""The chart's page and the Prefect dashboard, in a browser."""

import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tasks.aws import open_to_look
from top50.command import run_command
from top50.errors import LakeError
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.options import command
from top50.parallel import in_threads
from top50.report.links import REPORTS, page_key
from top50.settings import load_settings


@command("deployments.look", "Everything else comes from the environment or .env; see the README.")
def main(*, only_print: Annotated[bool, Parameter("--print")] = False) -> None:
    """Open the chart's page and the Prefect dashboard in a browser, or print where they are.

    Args:
        only_print: Open nothing.
    """
    settings = load_settings()
    page = page_address(open_to_look(settings), settings.chart[0])
    # Prefect reads its settings when it is imported: after .env, which may hold some of them.
    from tasks.prefect_settings import check_prefect_settings, dashboard_address  # noqa: PLC0415

    check_prefect_settings()
    dashboard = dashboard_address()
    print(f"Page:      {page}")
    print(f"Dashboard: {dashboard or 'make server, then http://127.0.0.1:4200'}")
    if not only_print and has_browser():
        webbrowser.open(page)
        if dashboard:
            webbrowser.open(dashboard)


def page_address(lake: Lake, chart: str) -> str:
    """Return an address that a browser opens: of a chart's page, or of a copy where the lake is on S3.

    Raises LakeError when there is no page.
    """
    key = page_key(chart)
    if lake.version(key) is None:
        raise LakeError(f"there is no page {lake.address}/{key} yet", "Run the weekly flow: make run.")
    if isinstance(lake, DirectoryLake):
        return (lake.root / key).resolve().as_uri()
    folder = Path(tempfile.mkdtemp(prefix="top50-"))
    (folder / chart).mkdir()
    dated = [item.key for item in lake.list(f"{REPORTS}{chart}/") if item.key.endswith(".html")]
    in_threads(lambda key: _copy(lake, key, folder / key.removeprefix(REPORTS)), [key, *dated])
    return (folder / key.removeprefix(REPORTS)).as_uri()


def _copy(lake: Lake, key: str, to: Path) -> None:
    if page := lake.read(key):
        to.write_bytes(page.content)


def has_browser() -> bool:
    """Return whether this machine has a browser to open."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


if __name__ == "__main__":
    run_command(main)
