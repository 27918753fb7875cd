"""What `make deploy` and `make undeploy` say: one line for each thing on the server."""

import sys
from collections.abc import Collection
from typing import Literal

State = Literal["made", "kept", "changed"]


def tell(state: State | Literal["note", "refused", "removed", "absent", "stays"], what: str) -> None:
    """Say what became of one thing."""
    sys.stdout.write(f"{state:<8} {what}\n")
    sys.stdout.flush()


def state_of(old: object | None, new: object) -> State:
    """Return what became of a thing that was `old` (None: not there) and is `new`."""
    if old is None:
        return "made"
    return "kept" if old == new else "changed"


def among(names: Collection[str]) -> str:
    """Return names in brackets for the end of a line; nothing when there are none."""
    return f" ({', '.join(sorted(names))})" if names else ""
