"""The Prefect server is started anew under a run that lasts longer than what the server remembers of it."""

import time
from contextlib import ExitStack
from pathlib import Path

from tests.flows.conftest import PrefectApi
from tests.servers.prefect import running_prefect_server
from tests.servers.processes import free_ports
from tests.torture.api_away import whole
from tests.torture.tally import Tally, Verdict
from tests.torture.work import Work
from top50.simulator import Fault, running

# What a worker and its runs import first. The engine renews the lease of a deployment's limit every 225 s,
# three quarters of what it lasts; there is no setting for that, and no run of the torture lasts so long.
SHORT_LEASES = """
from prefect.concurrency import _leases
_leases._RENEWAL_FRACTION = 0.01
"""

EACH_ANSWER = 5.0
"""Seconds that the source takes for each of a run's eight: it lasts until the server is back, and goes on."""


def torture(folder: Path) -> list[Tally]:
    """Restart it once."""
    tally, began = Tally("the Prefect server is restarted during a run", "directory"), time.monotonic()
    tally.add(*_verdict(folder))
    tally.seconds = time.monotonic() - began
    return [tally]


def _verdict(folder: Path) -> tuple[Verdict, str, str]:
    try:
        verdict, seen = restart_under_a_run(folder)
    except TimeoutError as error:
        verdict, seen = "unclear", str(error)
    return verdict, "while the source answers", seen


def restart_under_a_run(folder: Path) -> tuple[Verdict, str]:
    """Restart a server, on its database, while a worker's run waits for its source; look at the lake."""
    patch = folder / "patch"
    patch.mkdir(parents=True)
    (patch / "sitecustomize.py").write_text(SHORT_LEASES)
    home, [port], lake = folder / "prefect", free_ports(1), folder / "lake"
    with ExitStack() as stack, running() as spotify:
        spotify.misbehave(Fault("slow", delay=EACH_ANSWER, times=None, path_prefix="/"))
        first = stack.enter_context(ExitStack())
        server = first.enter_context(running_prefect_server(home, port=port))
        work = Work(server, PrefectApi(server.api_url), folder)
        work.deploy()
        slow = {
            "TOP50_SPOTIFY_API_URL": spotify.api_url,
            "TOP50_SPOTIFY_ACCOUNTS_URL": spotify.accounts_url,
            "PYTHONPATH": str(patch),
        }
        stack.enter_context(work.worker("beside a restart", **slow))
        run = work.start_run(lake)
        work.wait_for(run, "RUNNING")
        first.close()
        stack.enter_context(running_prefect_server(home, port=port))
        end = work.wait_for_end(run)
    if end["type"] != "COMPLETED":
        return "unclear", f"the run ended as {end['name']}: {end['message']}"
    return whole(lake, folder / "undisturbed")
