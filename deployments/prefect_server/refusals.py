"""What the server refuses: its own words, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from prefect.exceptions import ObjectLimitReached, ObjectUnsupported

from top50.errors import OrchestratorRefused, clipped, one_line

REFUSALS = (ObjectUnsupported, ObjectLimitReached, httpx.HTTPStatusError)

OWN_SERVER = "or deploy to a server of your own (make server)"

_LONGEST = 300


@dataclass(frozen=True)
class Refusal:
    """One thing that the server refused, for a reason in its own words."""

    what: str
    reason: str
    remedy: str


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
    reasons = dict.fromkeys(refusal.reason.rstrip(".") for refusal in refusals)
    remedies = dict.fromkeys(refusal.remedy for refusal in refusals)
    raise OrchestratorRefused(
        f"the Prefect server refused {', '.join(refusal.what for refusal in refusals)}: {'; '.join(reasons)}",
        f"{' '.join(remedies)} make deploy then goes on from here.",
    )
