"""This machine's clock, compared with those of the servers that answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from top50.checks.finding import Finding

# Seconds. Far below 15 minutes, from which on AWS refuses signatures.
LARGEST_SKEW = 60


def seconds_ahead(date: str | None) -> float | None:
    """Return by how many seconds a server's clock is ahead of this machine's; None for an unusable header.

    date: the Date header of an answer that has just arrived.
    """
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return (theirs - datetime.now(UTC)).total_seconds() if theirs.tzinfo else None


def check_clock(clocks: Mapping[str, float], *, needed: bool) -> Finding:
    """Return whether this machine's clock agrees with those of all servers.

    clocks: the server's name → the seconds by which its clock is ahead.
    """
    if not clocks:
        return Finding("clock", "note", "not checked: no server answered", needed=False)
    server, ahead = max(clocks.items(), key=lambda item: abs(item[1]))
    if abs(ahead) <= LARGEST_SKEW:
        return Finding("clock", "ok", f"within {LARGEST_SKEW} s of that of {server}", needed=needed)
    difference = f"{abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} that of {server}"
    return Finding("clock", "failed", f"this machine's is {difference}", "Synchronize it with NTP.", needed)
