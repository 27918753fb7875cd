"""docs/reliability.md."""

from pathlib import Path

from tests.bench.results import load, save
from tests.torture.document import TITLES, write_document
from tests.torture.tally import Tally, all_survived


def test_the_page_has_every_part_the_sum_and_what_did_not_survive(tmp_path: Path) -> None:
    bad, file = Tally("SIGKILL | of <a> run", "directory", survived=1_000), tmp_path / "reliability.json"
    bad.add("lost", "step 3", "a *reader* saw\nhalf a file")
    for name in TITLES:
        save(file, name, [bad if name == "crashes" else Tally("W", "", survived=1)], Tally, quick=False)
    text = write_document(load(file, Tally), tmp_path).read_text()
    rest = len(TITLES) - 1
    assert f"| All of it | – | {1_001 + rest:,} | {1_000 + rest:,} | **1** | 0 | 0 | 0 |" in text
    assert "| W | – | 1 | 1 | 0 | 0 | 0 | 0 |" in text
    assert r"| SIGKILL \| of \<a\> run | directory | 1,001 |" in text
    assert r"step 3: a \*reader\* saw half a file" in text
    assert "python -m tests.torture --only crashes --write-docs" in text


def test_nothing_tried_is_not_survived() -> None:
    assert not all_survived([])
    assert not all_survived([Tally("W", "")])
