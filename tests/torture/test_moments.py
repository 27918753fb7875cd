"""A sample of the moments; all of them: python -m tests.torture --only moments."""

from pathlib import Path

import pytest

from tests.servers.seaweedfs import S3Server
from tests.torture.moments import UPLOADS, Upload, on_disk, on_seaweedfs, try_moments
from tests.torture.tally import all_survived


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.what)
def test_nothing_that_is_uploaded_while_a_run_takes_a_directory_is_lost(
    upload: Upload, tmp_path: Path
) -> None:
    tally = try_moments(on_disk(tmp_path), upload, stride=2)
    assert all_survived([tally]), tally.failures


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.what)
def test_nothing_that_is_uploaded_while_a_run_takes_a_bucket_is_lost(
    upload: Upload, s3_server: S3Server
) -> None:
    with on_seaweedfs(s3_server) as ground:
        tally = try_moments(ground, upload, stride=6)
    assert all_survived([tally]), tally.failures
