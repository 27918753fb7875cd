"""What commands print, on any terminal."""

import io
import sys


def print_any_text() -> None:
    """Let a character that the output's encoding lacks become a `?` instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # not what tests put in its place
        sys.stdout.reconfigure(errors="replace")
