"""A run that does not end is a point that ended unclearly, and not the end of the torture."""

from pathlib import Path
from unittest import mock

import pytest

from tests.torture import zygote as zygotes
from tests.torture.scenarios import Stage
from tests.torture.zygote import HUNG, Ended, Order, Zygote


def test_a_run_that_does_not_end_tells_where_it_is_and_the_next_one_runs(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hangs = Order("http.server", {}, str(tmp_path / "log"), ("--bind", "127.0.0.1", "0"))
    with monkeypatch.context() as soon:
        soon.setattr(zygotes, "LONGEST_RUN", 3.0)
        ended = zygote.run(hangs)
    assert (ended.code, ended.last_line) == (HUNG, "it did not end within 3 s")
    assert "in serve_forever" in ended.said
    assert ended.said in caplog.text
    assert zygote.run(Order("platform", {}, str(tmp_path / "log"))).code == 0


@pytest.mark.parametrize(
    ("where", "code"), [("line 648 in _send_with_retry", 0), ("line 76 in _decode", HUNG)]
)
def test_only_one_that_asked_a_locked_prefect_server_is_started_once_more(where: str, code: int) -> None:
    stage = mock.Mock(spec=Stage, _run=mock.Mock(side_effect=[Ended(HUNG, where), Ended(0, "✓ 1 chart")]))
    assert Stage.run(stage, Order("flows.weekly_chart", {}, "")).code == code
