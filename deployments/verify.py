"""Verify a lake: layout, types, keys, references, raw objects, catalog, and that a rebuild gives the same."""

import argparse
import sys

from tasks.aws import open_to_look
from top50.checks.verify import Finding, verify
from top50.command import run_command
from top50.settings import load_settings


def main() -> int:
    """Do it from the command line; return 1 when anything is wrong. Raises Top50Error."""
    found = _verified(_options())
    whole = all(finding.state != "failed" for finding in found)
    _print("\n✓ The lake is whole" if whole else "\n✗ The lake is not whole")
    return 0 if whole else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deployments.verify",
        description=__doc__,
        epilog="Everything else comes from the environment or .env; see the README. Nothing is written. "
        "Let no flow run meanwhile: what is on its way looks like something wrong.",
    )
    parser.add_argument("--lake", help="A directory, s3://bucket or s3://bucket/prefix")
    parser.add_argument(
        "--quick", action="store_true", help="do not read the raw objects, nor compare with a rebuild of them"
    )
    return parser.parse_args()


def _verified(options: argparse.Namespace) -> list[Finding]:
    settings = load_settings(lake=options.lake)
    return verify(open_to_look(settings), settings, _print, quick=options.quick)


def _print(line: Finding | str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_command(main, "Interrupted; nothing was written.")
