"""What lies where it does not belong, and raw objects that are twice, lost or unexplained."""

import pytest

from tests.unit.builders import move
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.raw.quarantine import command

from .conftest import NEWEST, RAWS, Patient


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("raw_data/other/one.json", "is neither table, raw object nor report"),
        ("notes.txt", "is neither table, raw object nor report"),
        ("athena_results/1.csv", "is neither table, raw object nor report"),
        ("reports/.doctor-1", "left by a doctor that was killed. Delete it"),
        (".top50/0123456789abcdef", "left by a run that was killed"),
    ],
)
def test_what_belongs_nowhere_is_named(patient: Patient, key: str, says: str) -> None:
    patient.lake.write(key, b"PAR1")
    found = patient.wrong()
    assert list(found) == ["layout"]
    [line] = found["layout"]
    assert line.startswith(key)
    assert says.partition(". ")[0] in line


@pytest.mark.parametrize(
    "key",
    [
        "transformed_data/songs/part-0.parquet",
        "transformed_data/songs/songs (1).parquet",
        "transformed_data/songs/.DS_Store",
        "transformed_data/chart_entries/chart=local/year=2026/chart_entries.parquet",
        "transformed_data/chart_entries/chart=global-weekly (copy)/year=2009/chart_entries.parquet",
        "transformed_data/chart_entries/chart=global-weekly/chart_entries.parquet",
    ],
)
def test_what_is_no_tables_file_is_a_note_with_a_remedy_that_works(patient: Patient, key: str) -> None:
    patient.lake.write(key, b"PAR1")
    notes = patient.notes("strays")
    assert notes == [f"{key} is not a file of a table, and is not read Move it out of transformed_data/."]
    assert patient.wrong(quick=False) == {}
    patient.lake.move(key, "reports/elsewhere", patient.lake.version(key) or "")
    assert patient.notes("strays") == []


@pytest.mark.parametrize("key", ["raw_data/.DS_Store", ".top50/lock", "reports/any/thing.png"])
def test_what_may_lie_there_is_not_named(patient: Patient, key: str) -> None:
    patient.lake.write(key, b"")
    assert patient.wrong() == {}


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (None, "is missing below raw_data/, but its chart entries are in the tables Put it back"),
        (QUARANTINE, "is in quarantine, but its chart entries"),
    ],
)
def test_a_chart_without_its_raw_object_is_reported(patient: Patient, target: str | None, says: str) -> None:
    if target:
        move(patient.lake, PROCESSED + NEWEST, target + NEWEST)
        patient.lake.write(f"{target}{NEWEST}.reason.json", b"{}")
    else:
        (patient.lake.root / PROCESSED / NEWEST).unlink()
    found = patient.wrong()
    assert list(found) == ["raw keys"]
    assert NEWEST in found["raw keys"][0]
    assert says in found["raw keys"][0]


@pytest.mark.parametrize(("folder", "remedy"), [(TO_PROCESSED, "process_pending"), (QUARANTINE, "Delete")])
def test_a_raw_object_in_two_folders_is_reported(patient: Patient, folder: str, remedy: str) -> None:
    patient.lake.write(folder + NEWEST, dict(RAWS)[NEWEST])
    if folder == QUARANTINE:
        patient.lake.write(f"{folder}{NEWEST}.reason.json", b"{}")
    found = patient.wrong()
    assert list(found) == ["raw objects"]
    [line] = found["raw objects"]
    assert line.startswith(f"{NEWEST} is in ")
    assert remedy in line
    patient.lake.write(folder + NEWEST, b"another object under the same key")
    assert patient.wrong() == {}


def test_a_quarantined_object_and_its_reason_belong_together(patient: Patient) -> None:
    (patient.lake.root / QUARANTINE / "bad.json").unlink()
    patient.lake.write(f"{QUARANTINE}worse.json", b"{")
    found = patient.wrong()
    assert found == {
        "quarantine": [
            f"{QUARANTINE}worse.json has no reason beside it "
            f'If it is to stay there, write {{"reason": "…"}} into {QUARANTINE}worse.json.reason.json. '
            f"To process it again: {command('worse.json')}",
            f"{QUARANTINE}bad.json.reason.json has no object beside it Delete it.",
        ]
    }
