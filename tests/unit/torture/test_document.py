"""docs/reliability.md, and the JSON that it is made from."""

from datetime import UTC, datetime
from pathlib import Path

from tests.bench.kept import Part, keep, kept
from tests.bench.machine import machine
from tests.torture.document import table, write_document
from tests.torture.tally import Tally, all_survived

SCALE = {"stride": 1, "quick": False}


def part(*tallies: Tally) -> Part[Tally]:
    return Part(datetime(2026, 11, 22, 12, tzinfo=UTC), machine(), SCALE, list(tallies))


def test_a_part_that_is_run_again_replaces_its_older_self(tmp_path: Path) -> None:
    file = tmp_path / "build" / "torture.json"
    assert kept(file, Tally) == {}
    keep(file, "crashes", part(Tally("SIGKILL", "directory", lost=1)), Tally)
    keep(file, "races", part(Tally("Race", "SeaweedFS", survived=2)), Tally)
    keep(file, "crashes", part(Tally("SIGKILL", "directory", survived=3)), Tally)
    found = kept(file, Tally)
    assert {name: each.results[0].survived for name, each in found.items()} == {"crashes": 3, "races": 2}
    assert all_survived(tally for each in found.values() for tally in each.results)


def test_the_document_has_every_part_the_sum_and_what_did_not_survive(tmp_path: Path) -> None:
    bad = Tally("SIGKILL | of <a> run", "directory", survived=1_000)
    bad.add("lost", "step 3", "a *reader* saw\nhalf a file")
    text = write_document(
        {"crashes": part(bad), "new": part(Tally("N", "", survived=2))}, tmp_path
    ).read_text()
    assert "| All of it | – | 1,003 | 1,002 | **1** | 0 | 0 | 0 |" in text
    assert r"| SIGKILL \| of \<a\> run | directory | 1,001 |" in text
    assert r"step 3: a \*reader\* saw half a file" in text
    assert "python -m tests.torture --only crashes --write-docs" in text
    assert text.index("## Crashes") < text.index("## new")


def test_a_table_shows_zeros_plainly() -> None:
    assert table([Tally("W", "", survived=1)]).endswith("| W | – | 1 | 1 | 0 | 0 | 0 | 0 |")


def test_nothing_tried_is_not_survived() -> None:
    assert not all_survived([])
    assert not all_survived([Tally("W", "")])
