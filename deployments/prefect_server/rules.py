"""The automations: when somebody is told, and when a flow starts by itself."""

from datetime import timedelta
from uuid import UUID

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, DoNothing, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

TAG = "top50"

LANDED = "top50.raw.landed"
"""The event of whoever puts a raw object into to_processed."""

CONSENT_ENDS = "top50.consent.expiring"
"""The event of a run that finds the consent nearly over; its payload's `message` says until when."""

BURST = timedelta(seconds=5)
"""Objects that land within it are one backlog."""

_RUN = "prefect.flow-run"
_RUNS = ResourceSpecification({"prefect.resource.id": f"{_RUN}.*"})
_TAGGED = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"})
_ALIVE = {f"{_RUN}.Running", f"{_RUN}.heartbeat"}
_WAITING = {f"{_RUN}.{name}" for name in ("Paused", "Suspended", "Scheduled", "AwaitingRetry")}
_ENDED = {f"{_RUN}.{name}" for name in ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled")}


def automations(process_pending: UUID | None, notify: UUID | None, dashboard: str) -> list[AutomationCore]:
    """Return all automations; those that tell somebody do nothing without a notification block.

    process_pending: its deployment; None when it is not deployed.
    """
    # Prefect's own filter `ui_url` knows no address on a server that PREFECT_UI_URL is not told.
    run = f"{dashboard}/runs/flow-run/{{{{ flow_run.id }}}}"
    return [
        *([_landed(process_pending)] if process_pending else []),
        _failed(notify, run),
        _overdue(notify, dashboard),
        _stuck(),
        _late(notify, run),
        _consent(notify),
    ]


def _landed(process_pending: UUID) -> AutomationCore:
    # The trigger fires for the first event and is deaf for the rest of the burst; the run starts after that.
    return _automation(
        "a raw object landed",
        f"Starts process-pending after the event {LANDED}, once for all objects that land together.",
        EventTrigger(expect={LANDED}, within=BURST),
        RunDeployment(
            source="selected",
            deployment_id=process_pending,
            parameters=None,
            job_variables=None,
            schedule_after=2 * BURST,
        ),
    )


def _failed(notify: UUID | None, link: str) -> AutomationCore:
    return _automation(
        "a run failed",
        "Tells of each run of a deployment that failed, crashed or ran out of time.",
        EventTrigger(
            expect={f"{_RUN}.{state}" for state in ("Failed", "TimedOut", "Crashed")},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
        ),
        _tell(
            notify,
            "top50: {{ flow.name }} {{ flow_run.state.name }}",
            f"Run {{{{ flow_run.name }}}} of {{{{ flow.name }}}} is {{{{ flow_run.state.name }}}}: "
            f"{{{{ flow_run.state.message }}}}\n{link}",
        ),
    )


def _overdue(notify: UUID | None, link: str) -> AutomationCore:
    return _automation(
        "no chart for 8 days",
        "Tells when no run of weekly-chart has completed for 8 days, whoever should have started it.",
        EventTrigger(
            posture=Posture.Proactive,
            expect={f"{_RUN}.Completed"},
            match=_RUNS,
            match_related=ResourceSpecification(
                {"prefect.resource.role": "flow", "prefect.resource.name": "weekly-chart"}
            ),
            within=timedelta(days=8),
        ),
        _tell(
            notify,
            "top50: no chart for 8 days",
            "No run of weekly-chart has completed for 8 days. See its runs, its schedule and its workers "
            f"(make doctor).\n{link}",
        ),
    )


def _stuck() -> AutomationCore:
    # Heartbeats come every 30 to 180 s. One whose worker was killed before it began gave none, and would be
    # Pending for ever. The run that is Crashed then is told of as any other.
    return _automation(
        "a run is stuck",
        "Marks a run that gave no sign of life for 10 minutes as crashed, so that the next one may start.",
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
    return _automation(
        "a run waits for a worker",
        "Tells of each run of a deployment that is late and that no worker has taken within 10 minutes.",
        EventTrigger(
            posture=Posture.Proactive,
            after={f"{_RUN}.Late"},
            expect={f"{_RUN}.Pending", f"{_RUN}.Running", f"{_RUN}.AwaitingConcurrencySlot", *_ENDED},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
            within=timedelta(minutes=10),
        ),
        _tell(
            notify,
            "top50: {{ flow.name }} waits for a worker",
            f"Run {{{{ flow_run.name }}}} is late and no worker takes it. "
            f"Start one: prefect worker start --pool top50\n{link}",
        ),
    )


def _consent(notify: UUID | None) -> AutomationCore:
    return _automation(
        "the consent ends soon",
        f"Tells of the event {CONSENT_ENDS}, at most once a day.",
        EventTrigger(expect={CONSENT_ENDS}, within=timedelta(days=1)),
        _tell(notify, "top50: the consent ends soon", "{{ event.payload.message }}."),
    )


def _tell(notify: UUID | None, subject: str, body: str) -> ActionTypes:
    return SendNotification(block_document_id=notify, subject=subject, body=body) if notify else DoNothing()


def _automation(name: str, description: str, trigger: EventTrigger, action: ActionTypes) -> AutomationCore:
    return AutomationCore(
        name=f"top50: {name}", description=description, tags=[TAG], trigger=trigger, actions=[action]
    )
