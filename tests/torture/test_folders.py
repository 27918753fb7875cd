"""A sample of the folders that people use; all of it: python -m tests.torture --only folders."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.seaweedfs import S3Server
from tests.torture import folders
from tests.torture.bad_input import s3_lakes
from tests.torture.folders import WHAT, Imported, Pending, in_directory, in_place
from tests.torture.scale import QUICK
from tests.torture.tally import all_survived
from top50.raw import backlog

WAYS = pytest.mark.parametrize("way", WHAT, ids=lambda way: way.__name__)


@WAYS
def test_what_lies_in_folders_of_users_ends_where_it_should(
    way: type[Pending | Imported], tmp_path: Path
) -> None:
    tally = in_place(way, "directory", in_directory, tmp_path, QUICK)
    assert all_survived([tally]), tally.failures


@WAYS
def test_the_same_on_s3(way: type[Pending | Imported], s3_server: S3Server, tmp_path: Path) -> None:
    with s3_lakes(s3_server) as new_lake:
        scale = replace(QUICK, stride=120, objects=200)
        tally = in_place(way, "SeaweedFS", lambda _: new_lake(), tmp_path, scale)
    assert all_survived([tally]), tally.failures


def test_a_file_that_is_taken_or_passed_over_wrongly_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "is_left_alone", lambda _: False)  # moves half a download away
    assert in_place(Pending, "directory", in_directory, tmp_path, QUICK).lost > 0
    monkeypatch.setattr(folders, "land_all", lambda *_: [])
    assert in_place(Imported, "directory", in_directory, tmp_path, QUICK).lost > 0
