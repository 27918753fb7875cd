"""What the server refuses: its own words, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx
from prefect.exceptions import ObjectLimitReached, ObjectUnsupported

from top50.errors import OrchestratorRefused, clipped, one_line

REFUSALS = (ObjectUnsupported, ObjectLimitReached, httpx.HTTPStatusError)

OWN_SERVER = "or deploy to a server of your own (make server)"

_LONGEST = 300


_REMEDIES = {
    "deployment": "choose fewer by TOP50_DEPLOYMENTS or delete some (prefect deployment delete)",
    "automation": "delete automations that nobody needs",
}


@dataclass(frozen=True)
class Refusal:
    """One thing that the server refused, for a reason in its own words."""

    kind: Literal["deployment", "automation"]
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def reason(error: Exception) -> str:
    """Return the `detail` of the server's answer, else its status.

    Raises the error again when it is no refusal, but a server that failed.
    """
    refused = getattr(error, "http_exc", error)
    if not isinstance(refused, httpx.HTTPStatusError) or not refused.response.is_client_error:
        raise error
    response = refused.response
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"{response.status_code} {response.reason_phrase}"
    return clipped(one_line(str(detail)), _LONGEST)


def raise_together(refusals: Sequence[Refusal]) -> None:
    """Raise OrchestratorRefused, one line for all, when there are any."""
    if not refusals:
        return
    by_kind = {kind: [each for each in refusals if each.kind == kind] for kind in _REMEDIES}
    what = [
        str(some[0]) if len(some) == 1 else f"{len(some)} {kind}s" for kind, some in by_kind.items() if some
    ]
    reasons = dict.fromkeys(refusal.reason.rstrip(".") for refusal in refusals)
    remedies = ", ".join(_REMEDIES[kind] for kind, some in by_kind.items() if some)
    raise OrchestratorRefused(
        f"the Prefect server refused {', '.join(what)}: {'; '.join(reasons)}",
        f"{remedies[0].upper()}{remedies[1:]}, {OWN_SERVER}; make deploy then goes on from here.",
    )
