"""The checks of a whole lake, as a command."""

from functools import partial

from tasks.aws import open_to_look
from top50.checks.verify import verify
from top50.command import run_command
from top50.options import command
from top50.settings import load_settings


@command(
    "deployments.verify",
    "Everything else comes from the environment or .env; see the README. Nothing is written. Let no flow run "
    "at the same time: its unfinished work looks like damage.",
)
def main(*, lake: str | None = None, quick: bool = False) -> int:
    """Verify a lake: layout, types, keys, references, raw objects, catalog, and that a rebuild is the same.

    The exit code is 1 when something is wrong.

    Args:
        lake: A directory, s3://bucket or s3://bucket/prefix.
        quick: Do not read the raw objects, nor compare the tables with a rebuild from them.
    """
    settings = load_settings(lake=lake)
    show = partial(print, flush=True)
    findings = verify(open_to_look(settings), settings, show, quick=quick)
    whole = all(finding.state != "failed" for finding in findings)
    show("\n✓ The lake is whole" if whole else "\n✗ The lake is not whole")
    return 0 if whole else 1


if __name__ == "__main__":
    run_command(main, "Interrupted; nothing was written.")
