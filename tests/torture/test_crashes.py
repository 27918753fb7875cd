"""A few points of the crash matrix."""

import pytest

from tests.torture.conftest import Prepared
from tests.torture.crashes import at_requests, at_steps
from tests.torture.stages import tallies
from tests.torture.tally import all_survived


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_run_killed_at_a_step_leaves_nothing_to_be_seen_after_the_next(
    backlog_in_directory: Prepared, share: float
) -> None:
    stage, scenario = backlog_in_directory
    found = tallies(list(at_steps(stage, scenario, [int(scenario.steps * share)])), "directory", 0)
    assert all_survived(found), found


@pytest.mark.parametrize("last", ["PUT .*songs.parquet", "POST .*delete"])
def test_a_run_killed_at_a_request_leaves_nothing_to_be_seen_after_the_next(
    week_on_s3: Prepared, last: str
) -> None:
    stage, scenario = week_on_s3
    found = tallies(list(at_requests(stage, scenario, [scenario.number_of(last)])), "SeaweedFS", 0)
    assert [(tally.what.split(" of ")[0], tally.points) for tally in found] == [
        ("SIGKILL before a request", 1),
        ("SIGKILL after a request", 1),
    ]
    assert all_survived(found), found
