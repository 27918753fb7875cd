"""Work is shared with other processes, comes back in order, and its errors come back too."""

import os
import time
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from top50.errors import LakeConflict, WorkerUnavailable
from top50.processes import Processes


def meet(folder: str, number: int) -> tuple[int, int]:
    """Wait, in the first process, until a second one works, too."""
    Path(folder, str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return number, os.getpid()


def refuse(number: int) -> int:
    raise LakeConflict(f"number {number} has moved", "Run it again.")


def chatter(number: int) -> int:
    print("between the answers")  # noqa: T201
    return number


def where(module: str) -> str | None:
    return import_module(module).__file__


def die_elsewhere(home: int) -> int:
    if os.getpid() != home:
        os._exit(7)
    time.sleep(0)
    return home


def linger(folder: str) -> int:
    Path(folder, str(os.getpid())).touch()
    return os.getpid()


def test_items_come_back_in_order_whoever_did_them(tmp_path: Path) -> None:
    with Processes(1) as pool:
        found = list(pool.map(partial(meet, str(tmp_path)), range(100)))
    assert [number for number, _ in found] == list(range(100))
    assert len({process for _, process in found}) == 2


def test_this_process_need_not_work_itself(tmp_path: Path) -> None:
    with Processes(1, here=False) as pool:
        assert os.getpid() not in set(pool.map(linger, [str(tmp_path)] * 20))


def test_an_error_is_raised_where_the_work_came_from() -> None:
    with pytest.raises(LakeConflict, match=r"number 0 has moved\. Run it again\."):
        with Processes(1) as pool:
            list(pool.map(refuse, range(40)))


def test_a_process_may_print() -> None:
    with Processes(2) as pool:
        assert list(pool.map(chatter, range(20))) == list(range(20))


def test_a_process_that_ends_by_itself_is_told_and_may_be_tried_again() -> None:
    def until_told() -> None:
        with Processes(1) as pool:
            while True:
                list(pool.map(die_elsewhere, [os.getpid()] * 1000))

    with pytest.raises(WorkerUnavailable, match="ended with code 7") as told:
        until_told()
    assert told.value.passing


def test_processes_do_more_than_one_kind_of_work_and_end_with_the_block(tmp_path: Path) -> None:
    with Processes(1) as pool:
        list(pool.map(chatter, range(5)))
        seen = set(pool.map(linger, [str(tmp_path)] * 50))
    for process in seen - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "duckdb.py").write_text("")
    (tmp_path / "top50").mkdir()
    (tmp_path / "top50" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    with Processes(1, here=False) as pool:
        found = list(pool.map(where, ["duckdb", "top50"]))
    assert found == [where("duckdb"), where("top50")]
