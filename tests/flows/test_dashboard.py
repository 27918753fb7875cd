"""What the dashboard shows of a run without anybody opening its log."""

import json
from pathlib import Path
from typing import Any

from tests.flows.conftest import Command, PrefectApi
from top50.simulator import Fault, Simulator

LAKE = {"album", "artist", "songs", "song_artists", "chart_entries"}


def rows(artifact: dict[str, Any]) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads(artifact["data"])
    return table


def test_a_good_run_shows_rows_and_quality_what_was_set_aside_and_the_lineage(
    command: Command, lake: Path, simulator: Simulator, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    simulator.strange_rows({7: "null_track"})
    ended = command("weekly_chart", **simulated)
    assert ended.returncode == 0, ended.stderr
    run = prefect_api.newest_runs("weekly-chart")[0]
    artifacts = prefect_api.artifacts(run["id"])
    tables = {row["table"]: row for row in rows(artifacts["top50-tables"])}
    assert set(tables) == LAKE
    assert tables["chart_entries"]["part"].startswith("global-weekly, 20")
    assert tables["songs"]["rows"] == tables["songs"]["new"] > 50
    assert "streams" in tables["chart_entries"]["null"]
    aside = rows(artifacts["top50-set-aside"])
    assert {row["rank"] for row in aside} == {7}
    assert all(row["reason"] and row["went to"] == "no row" for row in aside)

    made = prefect_api.events(run["id"], "prefect.asset.materialization.succeeded", least=7)
    from_what = {
        event["resource"]["prefect.resource.id"]: {
            related["prefect.resource.id"]
            for related in event["related"]
            if related["prefect.resource.role"] == "asset"
        }
        for event in made
    }
    raw = f"file://{lake}/raw_data"
    of_tables = {f"file://{lake}/transformed_data/{table}" for table in LAKE}
    assert from_what == {
        raw: {"simulator://global-weekly"},
        **{table: {raw} for table in of_tables},
        f"file://{lake}/catalog.duckdb": of_tables,
    }
    songs = next(event for event in made if event["resource"]["prefect.resource.id"].endswith("/songs"))
    assert songs["payload"]["rows"] == tables["songs"]["rows"]
    [published] = prefect_api.events(run["id"], "top50.chart.published", least=1)
    assert published["payload"]["chart_date"] == run["name"].removeprefix("global-weekly-")


def test_a_failed_run_is_named_for_its_chart_and_says_why_and_what_was_done(
    command: Command, simulator: Simulator, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    simulator.misbehave(Fault("premium", times=None))
    assert command("weekly_chart", **simulated).returncode == 1
    run = prefect_api.newest_runs("weekly-chart")[0]
    assert run["name"].startswith("global-weekly-20")
    message = run["state"]["message"]
    assert message.startswith("playlist 37i9dQZEVXbNG2KDcFcKOF: Spotify answered 403")
    assert "exception" not in message
    page = prefect_api.artifacts(run["id"])["top50-run-summary"]["data"]
    assert "## Failed" in page
    assert "What to do: " in page
    assert "- fetch: " in page
