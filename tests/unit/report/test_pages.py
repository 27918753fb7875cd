"""Which pages are older than their charts."""

import os
from pathlib import Path

from top50.lake.directory import DirectoryLake
from top50.report.links import page_key
from top50.report.page.pages import outdated_pages
from top50.tables.files import TRANSFORMED, chart_file


def written_at(lake: DirectoryLake, key: str, seconds: float) -> None:
    lake.write(key, b"content")
    os.utime(lake.root / key, (seconds, seconds))


def outdated(lake: DirectoryLake) -> set[str]:
    return outdated_pages(lake, lake.list(TRANSFORMED))


def test_a_page_that_is_missing_or_older_than_an_entry_of_its_chart_is_outdated(tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path)
    assert outdated(lake) == set()
    for year, seconds in ((2024, 1000), (2025, 3000), (2026, 2000)):
        written_at(lake, chart_file("global-weekly", year).key, seconds)
    written_at(lake, chart_file("global-daily", 2026).key, 1000)
    assert outdated(lake) == {"global-weekly", "global-daily"}
    assert outdated_pages(lake, lake.list(TRANSFORMED), but={"global-weekly"}) == {"global-daily"}
    written_at(lake, page_key("global-weekly"), 2500)
    written_at(lake, page_key("global-daily"), 1000)
    assert outdated(lake) == {"global-weekly"}
    written_at(lake, page_key("global-weekly"), 3000)
    assert outdated(lake) == set()
