"""The whole: a sound lake is called so, many problems are few lines, and the command ends as it should."""

from pathlib import Path

from deployments.verify import main
from tests.unit.commands import Ended, run
from top50.checks.finding import MOST_LINES
from top50.lake.directory import DirectoryLake
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import PENDING, Patient


def tree(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def test_a_sound_lake_is_called_so_and_nothing_in_it_is_touched(patient: Patient) -> None:
    before = tree(patient.lake.root)
    assert patient.wrong(quick=False) == {}
    assert tree(patient.lake.root) == before


def test_what_a_killed_run_has_published_but_not_archived_is_sound(patient: Patient) -> None:
    publish(patient.lake, build_tables([PENDING]).tables)
    assert patient.wrong(quick=False) == {}


def test_an_empty_lake_is_sound(tmp_path: Path) -> None:
    assert Patient(DirectoryLake(tmp_path / "new", create=True)).wrong(quick=False, catalog="duckdb") == {}


def test_many_problems_of_one_kind_are_few_lines(patient: Patient) -> None:
    for number in range(MOST_LINES + 7):
        patient.lake.write(f"stray/{number:03}", b"1")
    found = patient.wrong()["layout"]
    assert len(found) == MOST_LINES + 1
    assert found[-1] == "and 7 more of this kind"


def verified(root: Path, *options: str) -> Ended:
    return run(main, {"TOP50_CATALOG": "none"}, f"--lake={root}", *options)


def test_the_command_prints_a_line_a_check_and_ends_with_1_when_something_is_wrong(patient: Patient) -> None:
    whole = verified(patient.lake.root)
    assert (whole.returncode, whole.stderr) == (0, "")
    lines = whole.stdout.splitlines()
    assert [line[0] for line in lines[:-2]] == ["✓"] * 12
    assert lines[-1] == "✓ The lake is whole"
    patient.lake.write("notes.txt", b"1")
    broken = verified(patient.lake.root, "--quick")
    assert broken.returncode == 1
    assert "✗ layout: notes.txt is neither table, raw object nor report. Move it away." in broken.stdout
    assert broken.stdout.endswith("✗ The lake is not whole\n")


def test_a_lake_that_is_not_there_is_one_line_and_is_not_made(tmp_path: Path) -> None:
    ended = verified(tmp_path / "none")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"✗ there is no lake at {tmp_path / 'none'}. Correct TOP50_LAKE")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()
