"""The automations: when somebody is told, and when a flow starts by itself."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, DoNothing, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore, CompoundTrigger, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

TAG = "top50"

LANDED = "top50.raw.landed"
"""The event of whoever puts a raw object into to_processed."""

CONSENT_ENDS = "top50.consent.expiring"
"""The event of a run that finds the consent nearly over; its payload's `message` says until when."""

PUBLISHED = "top50.chart.published"
"""The event of a run that brought a chart into the tables; its resource is the chart."""

REFUSED = "top50.raw.refused"
"""The event of a run that put raw objects into quarantine; its resource is the chart, see tasks/report.py."""

# Objects that land within it are one backlog: an hour's upload is sixty runs and not seven hundred.
BURST = timedelta(seconds=60)

# Hours after its start in which a run should have ended; a day for flows that take a whole history.
# The flows' own time limits, which end a run, are longer (flows/ending.py).
USUAL, LONG = timedelta(hours=2), timedelta(days=1)
LONG_FLOWS = ("import-history", "rebuild")
USUAL_FLOWS = ("weekly-chart", "process-pending", "enrich", "doctor")

NOTIFIES_NOBODY = "It notifies nobody yet: set TOP50_NOTIFY_BLOCK and run make deploy again."

_Trigger = EventTrigger | CompoundTrigger

_RUN = "prefect.flow-run"
_RUNS = ResourceSpecification({"prefect.resource.id": f"{_RUN}.*"})
_TAGGED = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"})
_ALIVE = {f"{_RUN}.Running", f"{_RUN}.heartbeat"}
_WAITING = {f"{_RUN}.{name}" for name in ("Paused", "Suspended", "Scheduled", "AwaitingRetry")}
_ENDED = {f"{_RUN}.{name}" for name in ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled")}


def automations(
    chart: str, process_pending: UUID | None, notify: UUID | None, dashboard: str
) -> list[AutomationCore]:
    """Return all automations; those that notify somebody do nothing without a notification block.

    chart: the one of the settings, such as global-weekly. process_pending: the deployment's id;
    None when it is not deployed.
    """
    # Prefect's own filter `ui_url` knows no address on a server that PREFECT_UI_URL is not told.
    run = f"{dashboard}/runs/flow-run/{{{{ flow_run.id }}}}"
    return [
        *([_landed(process_pending)] if process_pending else []),
        _failed(notify, run),
        _overdue(chart, notify, dashboard),
        _refused(notify, run),
        _takes_too_long(notify, run),
        _stuck(),
        _late(notify, run),
        _consent(notify),
    ]


def _landed(process_pending: UUID) -> AutomationCore:
    # The trigger fires for the first event and is deaf for the rest of the burst; the run starts after that.
    # Not `triggers:` of prefect.yaml: each deploy creates those again, and wakes one that somebody paused.
    return _automation(
        "a raw object landed",
        f"Starts process-pending after the event {LANDED}, once for all objects that land within a minute.",
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
        "Notifies of each run of a deployment that failed, crashed or ran out of time.",
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


def _overdue(chart: str, notify: UUID | None, link: str) -> AutomationCore:
    # An event that is both `after` and `expect` starts the eight days again; without it the windows would be
    # fixed, and the alarm up to eight days late. The server opens the first window by itself, at the deploy:
    # a chart that was published before it need not be known (proactive_evaluation in its events/triggers.py).
    return _automation(
        "no chart for 8 days",
        f"Notifies when no {chart} came into the tables for 8 days, whatever runs there were.",
        EventTrigger(
            posture=Posture.Proactive,
            after={PUBLISHED},
            expect={PUBLISHED},
            match=ResourceSpecification({"prefect.resource.id": f"top50.chart.{chart}"}),
            within=timedelta(days=8),
        ),
        _tell(
            notify,
            "top50: no chart for 8 days",
            f"No new {chart} for 8 days: its source shows an old chart, or nothing has run. "
            f"See the last runs of weekly-chart, its schedule and its workers (make doctor).\n{link}",
        ),
    )


def _refused(notify: UUID | None, link: str) -> AutomationCore:
    return _automation(
        "something was refused",
        "Notifies of each run that put raw objects into quarantine and completed with what else there was.",
        EventTrigger(
            expect={REFUSED},
            # One that failed because of them is in "a run failed".
            match=ResourceSpecification({"prefect.resource.id": "top50.chart.*", "top50.run": "completed"}),
        ),
        _tell(
            notify,
            "top50: something was refused",
            "Run {{ flow_run.name }} put {{ event.payload.count }} of its raw objects into quarantine, first "
            f"{{{{ event.payload.first }}}}: {{{{ event.payload.reason }}}}. See make quarantine.\n{link}",
        ),
    )


def _takes_too_long(notify: UUID | None, link: str) -> AutomationCore:
    # Heartbeats come from a thread, so a run that hangs looks alive to "a run is stuck".
    return _automation(
        "a run takes too long",
        "Notifies of each deployed run that goes on after two hours, an import or rebuild after a day.",
        CompoundTrigger(
            require="any", triggers=[_no_end(USUAL_FLOWS, USUAL), _no_end(LONG_FLOWS, LONG)], within=None
        ),
        _tell(
            notify,
            "top50: {{ flow.name }} takes too long",
            "Run {{ flow_run.name }} of {{ flow.name }} has not ended in time, and others wait for it. "
            f"See its log for the step, and cancel it if it hangs: a later run does what it left.\n{link}",
        ),
    )


def _no_end(flows: Sequence[str], within: timedelta) -> EventTrigger:
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
    # Heartbeats come every 30 to 180 s. One whose worker was killed before it began gave none, and would be
    # Pending for ever, in the only place. The run that is Crashed then is told of as any other.
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
    # A run that waits behind another one is Late, too: hence an hour, and words for both.
    return _automation(
        "a run waits for a worker",
        "Notifies of each run of a deployment that is late and did not begin within an hour.",
        EventTrigger(
            posture=Posture.Proactive,
            after={f"{_RUN}.Late"},
            expect={f"{_RUN}.Pending", f"{_RUN}.Running", f"{_RUN}.AwaitingConcurrencySlot", *_ENDED},
            match=_RUNS,
            match_related=_TAGGED,
            for_each={"prefect.resource.id"},
            within=timedelta(hours=1),
        ),
        _tell(
            notify,
            "top50: {{ flow.name }} waits for a worker",
            "Run {{ flow_run.name }} is late by an hour: no worker takes it, or another run has not ended. "
            f"See the runs of the work pool; start a worker: prefect worker start --pool top50\n{link}",
        ),
    )


def _consent(notify: UUID | None) -> AutomationCore:
    return _automation(
        "the consent ends soon",
        f"Notifies of the event {CONSENT_ENDS}, at most once a day.",
        EventTrigger(expect={CONSENT_ENDS}, within=timedelta(days=1)),
        _tell(notify, "top50: the consent ends soon", "{{ event.payload.message }}."),
    )


def _tell(notify: UUID | None, subject: str, body: str) -> ActionTypes:
    return SendNotification(block_document_id=notify, subject=subject, body=body) if notify else DoNothing()


def _automation(name: str, description: str, trigger: _Trigger, action: ActionTypes) -> AutomationCore:
    if isinstance(action, DoNothing):
        description = f"{description} {NOTIFIES_NOBODY}"
    return AutomationCore(
        name=f"top50: {name}", description=description, tags=[TAG], trigger=trigger, actions=[action]
    )
