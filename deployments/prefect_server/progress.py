"""The lines of `make deploy` and `make undeploy`: what they did with each thing on the server."""

from collections.abc import Collection
from typing import Literal

Change = Literal["created", "unchanged", "changed"]


def report(state: Change | Literal["note", "refused", "removed", "absent", "stays"], what: str) -> None:
    """Print one line."""
    print(f"{state:<9} {what}", flush=True)


def compare(old: object | None, new: object) -> Change:
    """Return what a deploy does with a thing: `old` is what was on the server, None when there was none."""
    if old is None:
        return "created"
    return "unchanged" if old == new else "changed"


def in_brackets(names: Collection[str]) -> str:
    """Return names for the end of a line, sorted; nothing when there are none."""
    return f" ({', '.join(sorted(names))})" if names else ""
