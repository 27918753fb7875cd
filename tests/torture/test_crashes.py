"""A few points of the crash matrix; `python -m tests.torture --only crashes` tries them all."""

from tests.torture.conftest import Prepared
from tests.torture.crashes import at_requests, at_steps
from tests.torture.stages import tallies
from tests.torture.tally import all_survived


def test_a_run_killed_at_a_step_leaves_nothing_to_be_seen_after_the_next(
    backlog_in_directory: Prepared,
) -> None:
    stage, scenario = backlog_in_directory
    found = tallies(list(at_steps(stage, scenario, [scenario.steps // 2])), "directory", 0)
    assert all_survived(found), found


def test_a_run_killed_at_a_request_leaves_nothing_to_be_seen_after_the_next(charts_on_s3: Prepared) -> None:
    stage, scenario = charts_on_s3
    between = scenario.number_of("S3 DELETE .*to_processed")  # an object that is archived, and still pending
    found = tallies(list(at_requests(stage, scenario, [between])), "SeaweedFS", 0)
    assert [(tally.what.split(" of ")[0], tally.points) for tally in found] == [
        ("SIGKILL before a request", 1),
        ("SIGKILL after a request", 1),
    ]
    assert all_survived(found), found
