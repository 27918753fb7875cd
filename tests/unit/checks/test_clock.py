"""This machine's clock beside those of servers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from top50.checks.clock import check_clock
from top50.checks.doctor.context import Observations


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [(30, "ok", "within 60 s"), (-900, "failed", "ahead of that of S"), (900, "failed", "behind that of S")],
)
def test_a_wrong_clock_is_a_failure(ahead: int, state: str, says: str) -> None:
    observed = Observations()
    for nothing in (None, "", "soon"):
        observed.compare_clock("S", nothing)
    assert check_clock(observed.clocks, needed=True).state == "note"
    observed.compare_clock("S", format_datetime(datetime.now(UTC) + timedelta(seconds=ahead)))
    found = check_clock(observed.clocks, needed=True)
    assert (found.state, found.needed) == (state, True)
    assert says in found.detail
