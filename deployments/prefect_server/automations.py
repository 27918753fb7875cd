"""Automations by their name: made once, changed where they differ, left alone otherwise."""

from collections.abc import Sequence
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import Automation, AutomationCore

from deployments.prefect_server.refusals import REFUSALS, Refusal, reason
from deployments.prefect_server.told import state_of, tell


def ensure_automations(client: SyncPrefectClient, wanted: Sequence[AutomationCore]) -> list[Refusal]:
    """Make each automation what it should be; one that somebody switched off stays off.

    Return what the server's plan does not allow.
    """
    refused = []
    for automation in wanted:
        found = client.read_automations_by_name(automation.name)
        try:
            state = _ensure(client, found[0] if found else None, automation)
        except REFUSALS as error:
            refused.append(Refusal("automation", automation.name, reason(error)))
            tell("refused", f"{refused[-1]}: {refused[-1].reason}")
        else:
            tell(state, f"automation {automation.name}")
    if any(isinstance(action, DoNothing) for automation in wanted for action in automation.actions):
        tell("note", "automations tell nobody until TOP50_NOTIFY_BLOCK names a notification block")
    return refused


def _ensure(client: SyncPrefectClient, found: Automation | None, wanted: AutomationCore) -> Any:
    state = state_of(found and _content(found), _content(wanted))
    if found is None:
        client.create_automation(wanted)
    elif state == "changed":
        content = {**_content(wanted), "enabled": found.enabled}  # the server refuses an owner here
        client.update_automation(found.id, AutomationCore(**content))
    return state


def _content(automation: AutomationCore) -> dict[str, Any]:
    return AutomationCore(**automation.model_dump()).model_dump(exclude={"enabled", "owner_resource"})
