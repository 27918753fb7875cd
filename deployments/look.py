"""Look at the chart's page and the Prefect dashboard: open both in a browser, or say where they are."""

import argparse
import sys
import tempfile
import webbrowser
from pathlib import Path

from tasks.aws import open_to_look
from top50.command import run_command
from top50.errors import LakeError
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.report.place import page_key
from top50.settings import load_settings


def main() -> None:
    """Do it from the command line; raises Top50Error."""
    parser = argparse.ArgumentParser(prog="python -m deployments.look", description=__doc__)
    parser.add_argument("--print", action="store_true", help="only say where they are")
    only_print = parser.parse_args().print
    settings = load_settings()
    page = page_address(open_to_look(settings), page_key(settings.chart))
    addresses = {"Page": page, "Dashboard": _dashboard()}
    for name, address in addresses.items():
        sys.stdout.write(f"{name + ':':<11}{address or 'make server, then http://127.0.0.1:4200'}\n")
    for address in addresses.values() if not only_print and has_browser() else ():
        if address:
            webbrowser.open(address)


def page_address(lake: Lake, key: str) -> str:
    """Return an address that a browser opens: the page itself, or a copy of one on S3. Raises LakeError."""
    stored = lake.read(key)
    if stored is None:
        raise LakeError(f"there is no page {lake.address}/{key} yet", "Run the weekly flow: make run.")
    if isinstance(lake, DirectoryLake):
        return (lake.root / key).resolve().as_uri()
    copy = Path(tempfile.mkdtemp(prefix="top50-"), Path(key).name)
    copy.write_bytes(stored.content)
    return copy.as_uri()


def _dashboard() -> str | None:
    # Imported after the settings are read: .env may hold some of Prefect's, which it reads at its import.
    from tasks.prefect_settings import check_prefect_settings, dashboard_address  # noqa: PLC0415

    check_prefect_settings()
    return dashboard_address()


def has_browser() -> bool:
    """Return whether this machine has a browser to open."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


if __name__ == "__main__":
    run_command(main)
