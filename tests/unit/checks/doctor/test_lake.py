"""The lake and its catalog: what is found there, and that nothing is left behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.checks.doctor.lake import probe
from top50.errors import LakeError, LakeUnavailable
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.simulator import Simulator, snapshot
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import Patient, lines


def tree(folder: Path) -> dict[str, int | None]:
    """Return every file and folder below a folder, and when each file was written."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def patient(spotify: Simulator, patient: Patient) -> Patient:
    """One who reads CSVs and has no app: nothing is asked."""
    del spotify
    changes = {"source": "charts-csv", "spotify_client_id": None, "catalog": None}
    patient.settings = patient.settings.model_copy(update=changes)
    return patient


@pytest.mark.parametrize("there", ["nothing", "a folder", "a lake", "a used lake"])
def test_nothing_is_left_behind(patient: Patient, tmp_path: Path, there: str) -> None:
    if there == "a folder":
        (tmp_path / "lake").mkdir()
    elif there != "nothing":
        lake = DirectoryLake(tmp_path / "lake", create=True)
        if there == "a used lake":
            lake.replace("reports/chart.html", b"<html>", None)
            lake.write("raw_data/to_processed/one.csv", b"rank")
    before = tree(tmp_path)
    diagnosis = patient.examined()
    assert diagnosis.healthy
    assert tree(tmp_path) == before
    if there == "nothing":
        assert "does not exist yet: the first run creates it" in lines(diagnosis, "ok")["lake"]
    else:
        assert "conditional writes are honoured" in lines(diagnosis, "ok")["lake writes"]
        assert f"{int(there == 'a used lake')} raw objects" in lines(diagnosis, "ok")["lake"]


@pytest.mark.parametrize("there", ["a file", "nowhere", "not writable"])
def test_a_lake_that_cannot_be_used_is_a_failure(patient: Patient, tmp_path: Path, there: str) -> None:
    place = tmp_path / "lake"
    if there == "a file":
        place.touch()
    elif there == "nowhere":
        place = tmp_path / "no" / "lake"
    else:  # root may write anywhere but where a file stands in the way
        place.mkdir()
        (place / ".top50").touch()
    before = tree(tmp_path)
    diagnosis = patient.examined(lake=str(place))
    assert not diagnosis.healthy
    assert list(lines(diagnosis, "failed")) == ["lake"]
    assert str(place.parent) in diagnosis.message
    assert "TOP50_LAKE" in diagnosis.message
    assert tree(tmp_path) == before


def test_a_lake_of_the_other_kind_and_its_catalog_are_checked(patient: Patient, tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path / "lake", create=True)
    content = b'{"source":"simulator","answers":[%s]}' % snapshot("global-weekly", datetime.now(UTC))
    publish(lake, build_tables([("chart.json", content)]).tables)
    refresh_duckdb(lake)
    diagnosis = patient.examined()
    refused = f"lake charts: the lake {lake.address} holds simulated charts and refuses real ones"
    assert diagnosis.message.startswith(refused)
    assert "all 5 tables" in lines(diagnosis, "ok")["catalog"]
    lake.write(CATALOG, b"no database")
    assert "it replaces the file" in lines(patient.examined(), "failed")["catalog"]


class NoConditions(DirectoryLake):
    """Ignores If-None-Match, or If-Match too."""

    creates = False

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        if self.creates and old is None:
            return super().replace(key, content, old)
        self.write(key, content)
        return self.version(key) or ""


class OnlyCreates(NoConditions):
    creates = True


class Forgetful(DirectoryLake):
    def read(self, key: str) -> Stored | None:
        stored = super().read(key)
        return stored and stored._replace(content=b"first")


class Breaking(DirectoryLake):
    def read(self, key: str) -> Stored | None:
        raise LakeUnavailable(f"cannot read {key}", "Wait.")


def files(lake: DirectoryLake) -> list[str]:
    return [item.key for item in lake.list("reports/")]


@pytest.mark.parametrize(
    ("kind", "says"),
    [(NoConditions, "could lose rows"), (OnlyCreates, "could lose rows"), (Forgetful, "is not what is read")],
)
def test_a_lake_that_breaks_its_word_is_caught(tmp_path: Path, kind: type[DirectoryLake], says: str) -> None:
    lake = kind(tmp_path)
    finding = probe(lake)
    assert (finding.state, finding.needed) == ("failed", True)
    assert says in finding.detail
    assert not files(lake)


def test_a_probe_that_breaks_off_is_removed(tmp_path: Path) -> None:
    lake = Breaking(tmp_path)
    with pytest.raises(LakeUnavailable):
        probe(lake)
    assert not files(lake)


class Undeletable(DirectoryLake):
    def remove(self, key: str, *_: object) -> bool:
        raise LakeError(f"cannot remove {key}", "Allow it.")


def test_a_probe_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    lake = Undeletable(tmp_path)
    with pytest.raises(LakeError, match=r"cannot remove reports/\.doctor-"):
        probe(lake)
    assert len(files(lake)) == 1
