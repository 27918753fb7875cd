"""A lake of every kind of raw object, sound, which each test may damage; it is made once and copied."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.builders import Raw, encoded, envelope, track
from top50.checks.verify import verify
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.settings import Settings
from top50.simulator import chart_csv, snapshot
from top50.tables.files import file_at
from top50.tables.parquet import to_parquet
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import build_tables

FRIDAY = datetime(2009, 1, 9, 22, tzinfo=UTC)  # early: a simulated CSV looks back on all charts before it
NEWEST = "chart=global-weekly/0.json"
SONGS_ONLY = "tracks/a.json"
RAWS: list[Raw] = [
    *(
        (f"chart=global-weekly/{weeks}.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)))
        for weeks in range(3)  # two years
    ),
    ("friend/daily.json", snapshot("global-daily", FRIDAY)),
    chart_csv("global-weekly", FRIDAY - timedelta(weeks=1)),  # of a week that a playlist has, too
    (
        SONGS_ONLY,
        encoded(envelope([track(1)], source="tracks", asked=["a"], observed_at="2009-01-10T00:00:00Z")),
    ),
]
PENDING = ("new.json", snapshot("global-weekly", FRIDAY + timedelta(weeks=1)))

SONGS = "transformed_data/songs/songs.parquet"
ALBUM = "transformed_data/album/album.parquet"
ENTRIES = "transformed_data/chart_entries/chart=global-weekly/year=2009/chart_entries.parquet"


@dataclass
class Patient:
    """A lake, and what is done to it."""

    lake: DirectoryLake

    def wrong(self, *, quick: bool = True, **settings: object) -> dict[str, list[str]]:
        """Return name of a check → what it says is wrong."""
        return self._found("failed", quick=quick, **settings)

    def notes(self, name: str) -> list[str]:
        """Return what a check says that is worth knowing."""
        return self._found("note").get(name, [])

    def _found(self, state: str, *, quick: bool = True, **settings: object) -> dict[str, list[str]]:
        chosen = Settings.model_validate({"lake": str(self.lake.root), "catalog": "none"} | settings)
        found: dict[str, list[str]] = {}
        for finding in verify(self.lake, chosen, lambda _: None, quick=quick):
            if finding.state == state:
                found.setdefault(finding.name, []).append(f"{finding.detail} {finding.remedy}".strip())
        return found

    def rewrite(self, key: str, sql: str) -> None:
        """Put what SQL makes of a file's rows (`self`) in its place, by the table's own writer."""
        file = file_at(TABLES[key.split("/")[1]], key)
        rows = file.read(self.lake)[1]
        self.lake.write(key, to_parquet(file.table, rows.sql(sql)))

    def lose_song(self, song_id: str) -> None:
        """Take one song out of songs.parquet."""
        self.rewrite(SONGS, f"SELECT * FROM self WHERE song_id <> '{song_id}'")

    def change(self, key: str, change: Callable[[bytes], bytes]) -> None:
        """Put other bytes in a file's place."""
        self.lake.write(key, change((self.lake.root / key).read_bytes()))


@pytest.fixture(scope="session")
def _sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = DirectoryLake(tmp_path_factory.mktemp("sound") / "lake", create=True)
    publish(lake, build_tables(RAWS).tables)
    for key, content in RAWS:
        lake.write(PROCESSED + key, content)
    lake.write(f"{QUARANTINE}bad.json", b"{")
    lake.write(f"{QUARANTINE}bad.json.reason.json", b"{}")
    lake.write(TO_PROCESSED + PENDING[0], PENDING[1])
    lake.write("reports/global-weekly.html", b"<html>")
    return lake.root


@pytest.fixture
def patient(_sound: Path, tmp_path: Path) -> Patient:
    shutil.copytree(_sound, tmp_path / "lake")
    return Patient(DirectoryLake(tmp_path / "lake", read_only=True))
