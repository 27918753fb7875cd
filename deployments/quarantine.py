"""What lies in quarantine in the lake of the settings: why, since when, and how it is put back."""

import argparse
import sys
from collections.abc import Iterator

from tasks.aws import open_to_look
from top50.command import run_command
from top50.errors import one_line
from top50.lake import Lake
from top50.raw.quarantine import command, list_quarantine, read_reasons
from top50.settings import load_settings


def main() -> None:
    """List it; raises Top50Error."""
    argparse.ArgumentParser(prog="python -m deployments.quarantine", description=__doc__).parse_args()
    sys.stdout.writelines(f"{line}\n" for line in _lines(open_to_look(load_settings())))


def _lines(lake: Lake) -> Iterator[str]:
    listed = list_quarantine(lake)
    if not listed:
        yield f"Nothing is in quarantine in {lake.address}."
    for each, reason in zip(listed, read_reasons(lake, [each.key for each in listed]), strict=True):
        yield one_line(each.key)
        yield f"  why:   {reason}"
        yield f"  size:  {each.size:,} bytes, since {each.since:%Y-%m-%d %H:%M} UTC"
        yield f"  again: {command(each.key)}"


if __name__ == "__main__":
    run_command(main)
