"""A sample of the races; all of them: python -m tests.torture --only races."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers.prefect import PrefectServer
from tests.servers.seaweedfs import S3Server, new_bucket
from tests.torture.race_course import Course, course_on
from tests.torture.races import rebuild_and_weekly_run, run, runs_of_other_charts, same_backlog
from tests.torture.tally import all_survived


@pytest.fixture
def course(tmp_path: Path, prefect_server: PrefectServer, s3_server: S3Server) -> Iterator[Course]:
    with course_on(tmp_path, prefect_server, new_bucket(s3_server, f"races-{uuid4().hex[:8]}")) as course:
        yield course


def test_three_processes_leave_what_one_leaves(course: Course) -> None:
    tally = run(course, same_backlog, "directory", writers=3, heats=1)
    assert all_survived([tally]), tally.failures


def test_two_runs_with_a_chart_in_common_leave_what_one_run_of_all_leaves(course: Course) -> None:
    tally = run(course, runs_of_other_charts, "directory", writers=2, heats=1)
    assert all_survived([tally]), tally.failures


def test_a_rebuild_beside_a_weekly_run_leaves_what_both_leave_in_turn(course: Course) -> None:
    tally = run(course, rebuild_and_weekly_run, "SeaweedFS", writers=2, heats=1)
    assert all_survived([tally]), tally.failures
