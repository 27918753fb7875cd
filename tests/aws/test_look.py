"""`make look` of a lake on S3 opens a copy of the page, and of the pages that it leads to."""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from deployments.look import page_address
from top50.errors import LakeError
from top50.lake.s3 import S3Lake


def test_the_copy_has_the_pages_of_the_chart_s_dates(lake: S3Lake) -> None:
    with pytest.raises(LakeError, match="there is no page"):
        page_address(lake, "global-weekly")
    lake.write("reports/global-weekly.html", b"newest")
    lake.write("reports/global-weekly/2026-11-19.html", b"of a date")
    lake.write("reports/global-weekly/made.json", b"{}")
    lake.write("reports/us-weekly/2026-11-19.html", b"of another chart")
    copy = Path(url2pathname(urlsplit(page_address(lake, "global-weekly")).path))
    assert copy.read_bytes() == b"newest"
    assert {
        path.relative_to(copy.parent).as_posix(): path.read_bytes() for path in copy.parent.glob("*/*")
    } == {"global-weekly/2026-11-19.html": b"of a date"}
