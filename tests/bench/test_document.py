"""The pages that benchmarks and torture write, and the results that these are made from."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.document import write_document
from tests.bench.figures import Figure
from tests.bench.results import load, save
from tests.bench.runs import Point

POINTS = [Point("flows.rebuild", count, count / 100, 300.0) for count in (100, 1000)]
FASTER = Figure("flows.rebuild", 4.0, "s", 0.6, "×", "≥ 0.5 ×", 2.4, "bare msgspec", {"points": POINTS})
MISSED = Figure("an import", 4.0, "s", 6.0, "%", "≤ 5 %")
STOPPED = Figure(
    "flows.rebuild", 9.0, "snapshots/s", 9.0, "×", "", 1.0, "dlt", {"points": [Point("dlt", 10, 9, None)]}
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "build" / "benchmarks.json"
    for name, figure in (("rebuild", FASTER), ("rivals", STOPPED), ("history", MISSED)):
        save(file, name, [figure], Figure, quick=name == "history")
    return file


def page(results: Path, folder: Path) -> str:
    return write_document(load(results, Figure), folder).read_text(encoding="utf-8")


def test_the_page_says_what_missed_its_limit_the_machine_and_the_method(
    results: Path, tmp_path: Path
) -> None:
    text = page(results, tmp_path)
    assert "| flows.rebuild | 4.00 s | bare msgspec | 2.40 s | 0.60 × | ≥ 0.5 × | yes |" in text
    assert "| an import | 4.00 s |  |  | 6.00 % | ≤ 5 % | **no** |" in text
    assert "## How it is measured" in text
    assert " GiB of memory, " in text
    assert text.count("does not say how fast") == 1


def test_the_plot_has_every_contender_in_both_themes(results: Path, tmp_path: Path) -> None:
    page(results, tmp_path)
    for theme in ("light", "dark"):
        drawn = ElementTree.parse(tmp_path / f"benchmarks-{theme}.svg")
        texts = {element.text for element in drawn.iter() if element.text}
        assert {"flows.rebuild", "dlt", "raw objects", "1,000"} <= texts


def test_one_part_is_measured_again_and_the_others_stay_also_in_a_new_clone(
    results: Path, tmp_path: Path
) -> None:
    before = page(results, tmp_path)
    results.unlink()
    assert load(results, Figure) == {}
    save(results, "rebuild", [MISSED], Figure, quick=False)
    save(results, "rebuild", [FASTER], Figure, quick=False)
    after = page(results, tmp_path)
    without_times = [[line for line in text.splitlines() if " UTC" not in line] for text in (before, after)]
    assert without_times[0] == without_times[1]


def test_a_file_of_an_older_shape_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text('{"at": "2026-11-20T12:00:00Z", "figures": {}}', encoding="utf-8")
    assert load(file, Figure) == {}
