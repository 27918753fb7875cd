"""The judges see what they are there to see."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.commands import unclear_end
from tests.torture.looked_at import out_of_date
from tests.torture.race_material import weeks
from tests.torture.same_lake import compare, one_after_the_other
from tests.torture.tally import Verdict
from top50.catalog.duckdb import refresh_duckdb
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake

RAWS = {**weeks(2), "login.csv": b"<html>"}
SONGS = "transformed_data/songs/songs.parquet"


def read(lake: Lake, key: str) -> bytes:
    stored = lake.read(key)
    assert stored
    return stored.content


def lose_a_table(lake: Lake) -> None:
    lake.remove(SONGS)


def lose_a_row(lake: Lake) -> None:
    lake.write(SONGS, read(lake, SONGS)[:-1])


def lose_a_raw_object(lake: Lake) -> None:
    lake.remove(f"{PROCESSED}{next(iter(weeks(2)))}")


def double_a_raw_object(lake: Lake) -> None:
    lake.write(f"{PROCESSED}login.csv", b"<html>")


def leave_one_pending(lake: Lake) -> None:
    lake.write(f"{TO_PROCESSED}more.json", b"{}")


def leave_a_half_file(lake: Lake) -> None:
    lake.write(".top50/1f", b"half")


def double_it_under_another_key(lake: Lake) -> None:
    lake.write(f"{QUARANTINE}login.1.csv", b"<html>")


@pytest.mark.parametrize(
    ("harm", "verdict"),
    [
        (lambda _: None, "survived"),
        (lose_a_table, "lost"),
        (lose_a_row, "lost"),
        (lose_a_raw_object, "lost"),
        (double_a_raw_object, "doubled"),
        (leave_one_pending, "unclear"),
        (leave_a_half_file, "unclear"),
        (double_it_under_another_key, "doubled"),
    ],
)
def test_a_lake_is_compared_with_one_that_nothing_happened_to(
    tmp_path: Path, harm: Callable[[Lake], None], verdict: Verdict
) -> None:
    undisturbed = one_after_the_other(RAWS, tmp_path / "undisturbed")
    tried = one_after_the_other(RAWS, tmp_path / "tried")
    harm(tried)
    assert compare(undisturbed, tried)[0] == verdict


def test_a_catalog_and_a_page_of_an_older_state_are_seen(tmp_path: Path) -> None:
    lake = one_after_the_other(weeks(1), tmp_path)
    refresh_duckdb(lake)
    assert out_of_date(lake) == ""
    lake.write("reports/global-weekly.html", b"of last week")
    assert "reports/global-weekly.html" in out_of_date(lake)
    lake.remove(SONGS)
    assert "catalog.duckdb is of another state of songs" in out_of_date(lake)


@pytest.mark.parametrize(
    ("code", "said", "is_clear"),
    [
        (0, "", True),
        (1, "12:00 | ERROR | …\n\n✗ the disk is full. Free some space.", True),
        (1, "✗ Flow run encountered an exception", False),
        (1, "Traceback (most recent call last):\nValueError: x", False),
        (-9, "", False),
    ],
)
def test_an_end_is_clear_when_its_last_line_says_what_to_do(code: int, said: str, is_clear: bool) -> None:
    ended = subprocess.CompletedProcess(["flow"], code, "", said)
    assert (unclear_end(ended) == "") == is_clear
