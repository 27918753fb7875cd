"""The automations: what notifies people, and what starts a flow by itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, DoNothing, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore, CompoundTrigger, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from deployments.prefect_server.deployments import TAG
from deployments.prefect_server.progress import compare, report
from deployments.prefect_server.refusals import REFUSALS, Refusal, reason
from top50.charts import label

PREFIX = "top50: "

# Emitted by whoever puts a raw object into to_processed: the rule of deployments/aws.yaml, for one.
LANDED = "top50.raw.landed"

# Emitted by a run whose consent ends soon; `message` of the payload says when.
CONSENT_ENDS = "top50.consent.expiring"

# Emitted by a run that brought a chart into the tables; its resource is the chart.
PUBLISHED = "top50.chart.published"

# Emitted by a run that put raw objects into quarantine; its resource is the chart (tasks/report.py).
REFUSED = "top50.raw.refused"

# Objects that land within it are one backlog: an upload of an hour starts sixty runs, not seven hundred.
BURST = timedelta(seconds=60)

# How long after its start a run should have ended; a day for flows that take a whole history.
# The flows' own time limits, which end a run, are longer (flows/shared/run.py).
USUAL, LONG = timedelta(hours=2), timedelta(days=1)
LONG_FLOWS = ("import-history", "rebuild")
USUAL_FLOWS = ("weekly-chart", "process-pending", "enrich", "doctor")

NOTIFIES_NOBODY = "It notifies nobody yet: set TOP50_NOTIFY_BLOCK and run make deploy again."

_RUN = "prefect.flow-run"
_RUNS = ResourceSpecification({"prefect.resource.id": f"{_RUN}.*"})
_TAGGED = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"})
_ALIVE = {f"{_RUN}.Running", f"{_RUN}.heartbeat"}
_WAITING = {f"{_RUN}.{name}" for name in ("Paused", "Suspended", "Scheduled", "AwaitingRetry")}
_ENDED = {f"{_RUN}.{name}" for name in ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled")}


def ensure_automations(client: SyncPrefectClient, wanted: Sequence[AutomationCore]) -> list[Refusal]:
    """Create each automation, or change it where it differs; return what the server's plan refused.

    One that somebody switched off stays off.
    """
    refused = []
    for automation in wanted:
        found = client.read_automations_by_name(automation.name)
        state = compare(_contents(found[0]) if found else None, _contents(automation))
        try:
            if state == "created":
                client.create_automation(automation)
            elif state == "changed":
                changed = {**_contents(automation), "enabled": found[0].enabled}
                client.update_automation(found[0].id, AutomationCore(**changed))
        except REFUSALS as error:
            refused.append(Refusal("automation", automation.name, reason(error)))
            report("refused", f"{refused[-1]}: {refused[-1].reason}")
        else:
            report(state, f"automation {automation.name}")
    if any(isinstance(action, DoNothing) for automation in wanted for action in automation.actions):
        report("note", "automations notify nobody until TOP50_NOTIFY_BLOCK names a notification block")
    return refused


def _contents(automation: AutomationCore) -> dict[str, Any]:
    # The server sets the owner, and refuses one in a request.
    return AutomationCore(**automation.model_dump()).model_dump(exclude={"enabled", "owner_resource"})


def automations(
    charts: Sequence[str], process_pending: UUID | None, notify: UUID | None, dashboard: str
) -> list[AutomationCore]:
    """Return all automations; those that notify do nothing without a notification block.

    charts: such as global-weekly. process_pending: the id of its deployment, None when it is not deployed.
    notify: the id of the notification block. dashboard: its address.
    """
    # Prefect's own filter `ui_url` has no address on a server where PREFECT_UI_URL is not set.
    run = f"{dashboard}/runs/flow-run/{{{{ flow_run.id }}}}"
    return [
        *([_landed(process_pending)] if process_pending else []),
        _failed(notify, run),
        _overdue(charts, notify, dashboard),
        _refused(notify, run),
        _takes_too_long(notify, run),
        _stuck(),
        _late(notify, run),
        _consent_ends(notify),
    ]


def _landed(process_pending: UUID) -> AutomationCore:
    # The trigger fires for the first event and ignores the rest of the burst; the run starts after the burst.
    # Not `triggers:` of prefect.yaml: each deploy creates those again, and enables one that somebody paused.
    return _automation(
        "a raw object landed",
        f"Starts process-pending after the event {LANDED}, once for all objects of a minute.",
        EventTrigger(expect={LANDED}, within=BURST),
        RunDeployment(
            source="selected",
            deployment_id=process_pending,
            parameters=None,
            job_variables=None,
            schedule_after=BURST,
        ),
    )


def _failed(notify: UUID | None, link: str) -> AutomationCore:
    return _automation(
        "a run failed",
        "Notifies when a deployed run fails, crashes or runs out of time.",
        EventTrigger(
            expect={f"{_RUN}.{state}" for state in ("Failed", "TimedOut", "Crashed")},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
        ),
        _notification(
            notify,
            "top50: {{ flow.name }} {{ flow_run.state.name }}",
            f"Run {{{{ flow_run.name }}}} of {{{{ flow.name }}}} is {{{{ flow_run.state.name }}}}: "
            f"{{{{ flow_run.state.message }}}}\n{link}",
        ),
    )


def _overdue(charts: Sequence[str], notify: UUID | None, link: str) -> AutomationCore:
    # PUBLISHED is both `after` and `expect`, so that each chart starts the eight days again. Without `after`,
    # windows have fixed borders, and the alarm may come eight days late. The server opens the first window
    # at the deploy, without a chart before it (proactive_evaluation in prefect/server/events/triggers.py).
    return _automation(
        "no chart for 8 days",
        f"Notifies when no {label(charts)} was published for 8 days, even if all runs completed.",
        EventTrigger(
            posture=Posture.Proactive,
            after={PUBLISHED},
            expect={PUBLISHED},
            match=ResourceSpecification(
                {"prefect.resource.id": [f"top50.chart.{chart}" for chart in charts]}
            ),
            # Of several charts each has its own eight days.
            for_each={"prefect.resource.id"} if len(charts) > 1 else set(),
            within=timedelta(days=8),
        ),
        _notification(
            notify,
            "top50: no chart for 8 days",
            f"No new {label(charts)} for 8 days: its source shows an old chart, or no run has succeeded. "
            f"Look at the last runs of weekly-chart, its schedule and its workers (make doctor).\n{link}",
        ),
    )


def _refused(notify: UUID | None, link: str) -> AutomationCore:
    return _automation(
        "something was refused",
        "Notifies when a run puts raw objects into quarantine and completes with the others.",
        EventTrigger(
            expect={REFUSED},
            # A run that fails because of them is reported by "a run failed".
            match=ResourceSpecification({"prefect.resource.id": "top50.chart.*", "top50.run": "completed"}),
        ),
        _notification(
            notify,
            "top50: something was refused",
            "Run {{ flow_run.name }} put {{ event.payload.count }} of its raw objects into quarantine, first "
            f"{{{{ event.payload.first }}}}: {{{{ event.payload.reason }}}}. See make quarantine.\n{link}",
        ),
    )


def _takes_too_long(notify: UUID | None, link: str) -> AutomationCore:
    # "a run is stuck" does not see a run that hangs: a thread of it goes on sending heartbeats.
    return _automation(
        "a run takes too long",
        "Notifies when a deployed run takes longer than two hours, an import or rebuild longer than a day.",
        CompoundTrigger(
            require="any",
            triggers=[_still_running(USUAL_FLOWS, USUAL), _still_running(LONG_FLOWS, LONG)],
            within=None,
        ),
        _notification(
            notify,
            "top50: {{ flow.name }} takes too long",
            "Run {{ flow_run.name }} of {{ flow.name }} has not ended in time, and other runs wait for it. "
            f"Find the step in its log, and cancel it if it hangs: the next run goes on from there.\n{link}",
        ),
    )


def _still_running(flows: Sequence[str], within: timedelta) -> EventTrigger:
    return EventTrigger(
        posture=Posture.Proactive,
        after={f"{_RUN}.Running"},
        expect={*_ENDED, *_WAITING},
        match=_RUNS,
        match_related=[
            _TAGGED,
            ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": list(flows)}),
        ],
        for_each={"prefect.resource.id"},
        within=within,
    )


def _stuck() -> AutomationCore:
    # Heartbeats come every 30 to 180 s. A run whose worker was killed before the start sends none, and would
    # stay Pending and block the queue for ever. "a run failed" reports the run that this marks as Crashed.
    return _automation(
        "a run is stuck",
        "Marks a run without a sign of life for 10 minutes as crashed, so that the next run can start.",
        EventTrigger(
            posture=Posture.Proactive,
            after={f"{_RUN}.Pending", *_ALIVE},
            expect={*_ALIVE, *_WAITING, *_ENDED},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
            within=timedelta(minutes=10),
        ),
        ChangeFlowRunState(
            state=StateType.CRASHED,
            force=False,
            name="Crashed",
            message="No sign of life for 10 minutes: killed, or out of memory",
        ),
    )


def _late(notify: UUID | None, link: str) -> AutomationCore:
    # A run that waits behind another one is Late, too: hence the hour, and the text that names both causes.
    return _automation(
        "a run waits for a worker",
        "Notifies when a deployed run has been late for an hour.",
        EventTrigger(
            posture=Posture.Proactive,
            after={f"{_RUN}.Late"},
            expect={f"{_RUN}.Pending", f"{_RUN}.Running", f"{_RUN}.AwaitingConcurrencySlot", *_ENDED},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
            within=timedelta(hours=1),
        ),
        _notification(
            notify,
            "top50: {{ flow.name }} waits for a worker",
            "Run {{ flow_run.name }} is an hour late: no worker takes it, or another run is still running. "
            f"See the runs of the work pool, or start a worker: prefect worker start --pool top50\n{link}",
        ),
    )


def _consent_ends(notify: UUID | None) -> AutomationCore:
    return _automation(
        "the consent ends soon",
        f"Notifies after the event {CONSENT_ENDS}, at most once a day.",
        EventTrigger(expect={CONSENT_ENDS}, within=timedelta(days=1)),
        _notification(notify, "top50: the consent ends soon", "{{ event.payload.message }}."),
    )


def _notification(notify: UUID | None, subject: str, body: str) -> ActionTypes:
    return SendNotification(block_document_id=notify, subject=subject, body=body) if notify else DoNothing()


def _automation(
    name: str, description: str, trigger: EventTrigger | CompoundTrigger, action: ActionTypes
) -> AutomationCore:
    if isinstance(action, DoNothing):
        description = f"{description} {NOTIFIES_NOBODY}"
    return AutomationCore(
        name=f"{PREFIX}{name}", description=description, tags=[TAG], trigger=trigger, actions=[action]
    )
