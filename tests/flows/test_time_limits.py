"""A run that hangs ends by itself, and says where it hung."""

from pathlib import Path

from flows.doctor import doctor
from flows.enrich import enrich
from flows.import_history import import_history
from flows.process_pending import process_pending
from flows.rebuild import rebuild
from flows.weekly_chart import weekly_chart
from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import deployed, running_worker, wait_for_end
from top50.simulator import Fault, Simulator

SAYS = "no end after 6 s, in step fetch. Look there for what did not answer. Run it again; nothing is lost."


def test_a_source_that_never_answers_ends_the_run_on_a_terminal_and_on_a_worker(
    command: Command,
    prefect_api: PrefectApi,
    simulator: Simulator,
    simulated: dict[str, str],
    tmp_path: Path,
) -> None:
    simulator.misbehave(Fault("slow", delay=25, times=None))
    ended = command.run("tests.flows.out_of_time", **simulated)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"✗ {SAYS}"
    assert "Traceback" not in ended.stderr

    deployed(command)
    flow = prefect_api.post("flows/", {"name": "weekly-chart"})["id"]
    entrypoint = "tests/flows/out_of_time.py:hurried"
    place = {"work_pool_name": "top50", "path": str(ROOT), "entrypoint": entrypoint, "name": "hurried"}
    hurried = prefect_api.post("deployments/", {"flow_id": flow, **place})["id"]
    with running_worker({**command.environment, **simulated}, tmp_path / "elsewhere") as log:
        made = prefect_api.post(f"deployments/{hurried}/create_flow_run", {})
        run = wait_for_end(prefect_api, made["id"], log)
    prefect_api.delete(f"deployments/{hurried}")
    assert (run["state"]["type"], run["state"]["name"]) == ("FAILED", "TimedOut")
    assert run["state"]["message"] == SAYS


def test_every_flow_has_a_time_limit_and_no_blind_retries() -> None:
    limits = {
        flow.name: flow.timeout_seconds / 3600  # type: ignore[operator]
        for flow in (weekly_chart, process_pending, enrich, doctor, import_history, rebuild)
    }
    usual = dict.fromkeys(("weekly-chart", "process-pending", "enrich", "doctor"), 3)
    assert limits == {**usual, "import-history": 48, "rebuild": 48}
    for flow in (weekly_chart, process_pending, enrich, doctor, import_history, rebuild):
        assert (flow.retries, flow.persist_result) == (0, False)
