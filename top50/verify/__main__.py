"""Verify a lake: layout, types, keys, references, raw objects, catalog, and that a rebuild gives the same."""

import argparse
import sys

from top50.doctor.kept import open_to_look
from top50.errors import Top50Error
from top50.output import print_any_text
from top50.settings import load_settings
from top50.verify import Finding, verify

_INTERRUPTED = 130


def main() -> None:
    """Do it from the command line; the exit code is 1 when anything is wrong, 130 after Ctrl-C."""
    print_any_text()
    try:
        found = _verified(_options())
    except Top50Error as error:
        sys.exit(f"✗ {error}")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    whole = all(finding.state != "failed" for finding in found)
    print("\n✓ The lake is whole" if whole else "\n✗ The lake is not whole")
    sys.exit(0 if whole else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m top50.verify",
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
    return verify(
        open_to_look(settings), settings, lambda finding: print(finding, flush=True), quick=options.quick
    )


if __name__ == "__main__":
    main()
