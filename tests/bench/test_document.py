from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench.document import write_document
from tests.bench.figures import Figure
from tests.bench.kept import Part, keep, kept, place_of
from tests.bench.runs import Point
from tests.bench.scale import FULL, QUICK, Scale

MACHINE: dict[str, Any] = {
    "system": "Linux",
    "processor": "x86_64",
    "cpus": 2,
    "memory_gib": 8.0,
    "load": [0.5, 0.4, 0.3],
    "python": "3.11.9",
    "versions": {"polars": "2.1.0"},
}
POINTS = [Point("flows.rebuild", count, count / 100, 300.0) for count in (100, 1000)]
FASTER = Figure("flows.rebuild", 4.0, "s", 0.6, "×", "≥ 0.5 ×", 2.4, "bare msgspec", {"points": POINTS})
MISSED = Figure("an import", 4.0, "s", 6.0, "%", "≤ 5 %")
STOPPED = Figure(
    "flows.rebuild", 9.0, "snapshots/s", 9.0, "×", "", 1.0, "dlt", {"points": [Point("dlt", 10, 9, None)]}
)


def part(*figures: Figure, scale: Scale = FULL) -> Part[Figure]:
    return Part(datetime(2026, 11, 20, 12, tzinfo=UTC), MACHINE, asdict(scale), list(figures))


@pytest.fixture
def written(tmp_path: Path) -> str:
    file = tmp_path / "bench.json"
    keep(file, "rebuild", part(FASTER), Figure)
    keep(file, "rivals", part(STOPPED), Figure)
    keep(file, "history", part(MISSED), Figure)
    return write_document(kept(file, Figure), tmp_path).read_text(encoding="utf-8")


def test_what_missed_its_limit_is_shown_as_missed(written: str) -> None:
    assert "| flows.rebuild | 4.00 s | bare msgspec | 2.40 s | 0.60 × | ≥ 0.5 × | yes |" in written
    assert "| an import | 4.00 s |  |  | 6.00 % | ≤ 5 % | **no** |" in written


def test_the_machine_the_time_and_the_method_are_there(written: str) -> None:
    assert "2 cores (x86_64), 8.0 GiB of memory, Linux. Python 3.11.9, polars 2.1.0." in written
    assert "Measured 2026-11-20 12:00 UTC" in written
    assert "## How it is measured" in written
    assert "small ones" not in written


@pytest.mark.usefixtures("written")
def test_the_plot_has_every_contender_in_both_themes(tmp_path: Path) -> None:
    for theme in ("light", "dark"):
        drawn = ElementTree.parse(tmp_path / f"benchmarks-{theme}.svg")
        texts = {element.text for element in drawn.iter() if element.text}
        assert {"flows.rebuild", "dlt", "raw objects", "1,000"} <= texts


def test_small_sizes_are_said_to_be_small(tmp_path: Path) -> None:
    document = write_document({"history": part(MISSED, scale=QUICK)}, tmp_path)
    assert "not how fast" in document.read_text(encoding="utf-8")


def test_a_part_that_is_measured_again_replaces_its_older_self_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"
    keep(file, "rebuild", part(FASTER), Figure)
    keep(file, "history", part(MISSED), Figure)
    keep(file, "history", part(FASTER), Figure)
    assert [figure.name for each in kept(file, Figure).values() for figure in each.results] == [
        "flows.rebuild"
    ] * 2


def test_a_file_of_an_older_shape_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text('{"at": "2026-11-20T12:00:00Z", "figures": {}}', encoding="utf-8")
    assert kept(file, Figure) == {}


def test_figures_lie_beside_their_document_so_that_a_new_clone_has_them(tmp_path: Path) -> None:
    scratch = tmp_path / "build" / "bench.json"
    assert place_of("benchmarks.md", tmp_path / "docs", scratch) == tmp_path / "docs" / "benchmarks.json"
    assert place_of("benchmarks.md", None, scratch) == scratch
