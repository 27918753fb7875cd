"""Several charts in one run, as a command."""

import json
import re
from pathlib import Path

import polars as pl

from tests.flows.conftest import Command, PrefectApi
from top50.charts import CHARTS
from top50.simulator import Fault, Simulator

ASKED = ("us-weekly", "br-weekly", "global-daily")


def weeks_of(lake: Path) -> dict[str, int]:
    entries = pl.read_parquet(lake / "transformed_data/chart_entries/**/*.parquet", hive_partitioning=True)
    return dict(entries.group_by("chart").agg(pl.col("chart_date").n_unique()).iter_rows())


def test_a_chart_that_fails_holds_up_no_other_one_and_comes_with_the_next_run(
    command: Command, lake: Path, simulator: Simulator, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    wanted = {**simulated, "TOP50_CHART": ",".join(ASKED)}
    brazil = f"/v1/playlists/{CHARTS['br-weekly'].playlist_id}"
    simulator.misbehave(Fault(kind="status", status=404, times=1, path_prefix=brazil))
    first = command("weekly_chart", **wanted)
    assert first.returncode == 1
    assert "could not be fetched: br-weekly of 3 charts: " in first.stderr.splitlines()[-1]
    assert weeks_of(lake) == {"us-weekly": 8, "global-daily": 8}
    state = prefect_api.newest_runs("weekly-chart")[0]["state"]
    assert state["type"] == "FAILED"
    assert state["message"].startswith("16 charts from 16 raw objects: ")
    assert "could not be fetched: br-weekly" in state["message"]

    second = command("weekly_chart", **wanted)
    assert second.returncode == 0, second.stderr
    assert weeks_of(lake) == dict.fromkeys(ASKED, 8)
    run = prefect_api.newest_runs("weekly-chart")[0]
    assert re.fullmatch(r"us-weekly and 2 more-\d{4}-\d\d-\d\d", run["name"])
    artifacts = prefect_api.artifacts(run["id"])
    assert {f"top50-chart-{chart}" for chart in ("us-weekly", "br-weekly")} <= artifacts.keys()
    assert [row["chart"] for row in _rows(artifacts["top50-charts"])] == [
        "global-daily",
        "br-weekly",
        "us-weekly",
    ]
    index = (lake / "reports/index.html").read_text()
    for chart, title in {
        "us-weekly": "United States",
        "br-weekly": "Brazil",
        "global-daily": "Global",
    }.items():
        assert f'<a class="song" href="{chart}.html">{title}</a>' in index
    for chart in ASKED:
        assert '<a href="index.html">All charts</a>' in (lake / f"reports/{chart}.html").read_text()

    asked = len(simulator.requests)
    third = command("weekly_chart", **wanted)
    assert "us-weekly and 2 more: nothing new, the lake has it already" in third.stdout
    assert len(simulator.requests) - asked == 1 + len(ASKED), "a token, and a playlist a chart"


def _rows(artifact: dict[str, object]) -> list[dict[str, object]]:
    data = artifact["data"]
    return json.loads(data) if isinstance(data, str) else data  # type: ignore[return-value]
