"""A sample of an orchestrator that fails; all of it: python -m tests.torture --only orchestrator."""

from pathlib import Path

from tests.servers.outage import Outage
from tests.servers.prefect import PrefectServer
from tests.torture.api_away import try_outage


def test_a_prefect_api_that_is_away_at_the_report_costs_nothing(
    prefect_server: PrefectServer, tmp_path: Path
) -> None:
    outage = Outage("refuses", at=17, seconds=3)
    assert try_outage(outage, tmp_path / "run", prefect_server) == ("survived", "")
