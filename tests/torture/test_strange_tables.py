"""A sample of damaged and strange table files."""

from pathlib import Path

import pytest

from tests.servers.seaweedfs import S3Server
from tests.torture import strange_tables
from tests.torture.bad_input import s3_lakes
from tests.torture.strange_tables import in_place
from tests.torture.tally import all_survived
from top50.lake.directory import DirectoryLake


def test_damaged_and_strange_table_files_in_a_directory(tmp_path: Path) -> None:
    tallies = in_place(DirectoryLake(tmp_path), "directory", 30)
    assert all_survived(tallies), [failure for tally in tallies for failure in tally.failures]


def test_damaged_and_strange_table_files_on_s3(s3_server: S3Server) -> None:
    with s3_lakes(s3_server) as new_lake:
        tallies = in_place(new_lake(), "SeaweedFS", 5)
    assert all_survived(tallies), [failure for tally in tallies for failure in tally.failures]


def test_a_damage_that_nobody_notices_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strange_tables, "check_files", lambda *_: {})
    assert in_place(DirectoryLake(tmp_path), "directory", 4)[0].unclear > 0
