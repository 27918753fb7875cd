"""What the server's plan does not allow: the server's own words, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx
from prefect.exceptions import ObjectLimitReached, ObjectUnsupported

from top50.errors import OrchestratorRefused
from top50.text import clipped, one_line

# What Prefect's client raises when the server refuses to create something.
REFUSALS = (ObjectUnsupported, ObjectLimitReached, httpx.HTTPStatusError)

OWN_SERVER = "or deploy to a server of your own (make server)"

_REMEDIES = {
    "deployment": "choose fewer by TOP50_DEPLOYMENTS or delete some (prefect deployment delete)",
    "automation": "delete automations that nobody needs",
}


@dataclass(frozen=True)
class Refusal:
    """One deployment or automation that the server refused, with the reason in the server's words."""

    kind: Literal["deployment", "automation"]
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def reason(error: Exception) -> str:
    """Return the `detail` of the server's answer, or its status where it has no detail.

    Raises the error itself when the server failed instead of refusing.
    """
    refused = getattr(error, "http_exc", error)
    if not isinstance(refused, httpx.HTTPStatusError) or not refused.response.is_client_error:
        raise error
    response = refused.response
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"{response.status_code} {response.reason_phrase}"
    return clipped(one_line(str(detail)), 300)


def raise_together(refusals: Sequence[Refusal]) -> None:
    """Raise one OrchestratorRefused for all refusals, if there are any."""
    if not refusals:
        return
    by_kind = {kind: [refusal for refusal in refusals if refusal.kind == kind] for kind in _REMEDIES}
    what = [
        str(found[0]) if len(found) == 1 else f"{len(found)} {kind}s"
        for kind, found in by_kind.items()
        if found
    ]
    reasons = dict.fromkeys(refusal.reason.rstrip(".") for refusal in refusals)
    remedies = ", ".join(_REMEDIES[kind] for kind, found in by_kind.items() if found)
    raise OrchestratorRefused(
        f"the Prefect server refused {', '.join(what)}: {'; '.join(reasons)}",
        f"{remedies[0].upper()}{remedies[1:]}, {OWN_SERVER}; make deploy then goes on from here.",
    )
