"""What cannot work is found before a server is started for it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.shared.preflight import check_all, check_lake
from flows.weekly_chart import check_weekly_chart
from top50.errors import Top50Error
from top50.lake.directory import DirectoryLake

from ..unit.builders import chart, published


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path) -> Iterator[None]:
    own = {"TOP50_LAKE": str(tmp_path / "lake"), "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    with (
        mock.patch.dict(os.environ, own, clear=True),
        temporary_settings({PREFECT_API_URL: "http://[::1]/api"}),
    ):
        yield


def refusal(**options: Any) -> str:
    with pytest.raises(Top50Error) as refused:
        check_all(options, check_weekly_chart)
    return str(refused.value)


def test_a_source_without_its_credentials_is_refused_before_a_lake_is_made(tmp_path: Path) -> None:
    line = refusal(source="playlist")
    assert "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set" in line
    assert "developer.spotify.com" in line
    assert "--file needs the source charts-csv, not simulator" in refusal(source="simulator", file="x.csv")
    assert not (tmp_path / "lake").exists()


def test_only_the_weekly_chart_needs_its_source(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    check_all({}, check_lake)


def test_a_lake_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    published(DirectoryLake(tmp_path / "lake", create=True), chart())
    check_all({"source": "public-archive"}, check_weekly_chart)
    assert "holds real charts and refuses simulated ones" in refusal(source="simulator")


def test_a_lake_on_s3_needs_an_address_a_region_and_credentials() -> None:
    assert "does not name a bucket" in refusal(source="simulator", lake="s3://")
    assert "no AWS region is set" in refusal(source="simulator", lake="s3://lake")
    os.environ["AWS_REGION"] = "eu-central-1"
    assert "there are no AWS credentials" in refusal(source="simulator", lake="s3://lake")


def test_a_name_that_is_not_utf_8_is_refused() -> None:
    assert "the name chart-�.csv is not UTF-8" in refusal(file=os.fsdecode(b"chart-\xff.csv"))
    assert "the name old-� is not UTF-8" in refusal(paths=["fine", os.fsdecode(b"old-\xff")])


def test_no_folder_for_temporary_files_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises() -> NoReturn:
        raise FileNotFoundError("No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", raises)
    with pytest.raises(Top50Error, match="Set TMPDIR"):
        check_all({})
