"""What a run has published must be consistent; what another run publishes meanwhile is not an error."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.unit.builders import build, chart, track
from top50.errors import LakeError
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.simulator import snapshot
from top50.tables.files import Published, file_at
from top50.tables.integrity import broken_key, check_published, missing_references
from top50.tables.parquet import from_parquet, to_parquet
from top50.tables.publish import publish
from top50.tables.schemas import ARTIST, SONG_ARTISTS, TABLES
from top50.transform import build_tables

FRIDAY = datetime(2026, 1, 9, 22, tzinfo=UTC)
CHARTS = {("global-weekly", "2026-01-08")}


class Counted(DirectoryLake):
    """A lake that counts its reads."""

    reads = 0

    def read(self, key: str) -> Stored | None:
        self.reads += 1
        return super().read(key)


@pytest.fixture
def lake(tmp_path: Path) -> Counted:
    return Counted(tmp_path / "lake", create=True)


@pytest.fixture
def published(lake: Counted) -> list[Published]:
    built = build_tables([("chart=global-weekly/a.json", snapshot("global-weekly", FRIDAY))])
    files = publish(lake, built.tables)
    lake.reads = 0
    return files


def without_a_row(files: list[Published], table: str) -> list[Published]:
    """The same files as a run would hold them if it had lost the first row of one table."""
    [at] = [number for number, file in enumerate(files) if file.table == table]
    rows = file_at(TABLES[table], files[at].key).decode(files[at].content)[1:]
    return [*files[:at], replace(files[at], content=to_parquet(TABLES[table], rows)), *files[at + 1 :]]


def test_what_holds_together_costs_no_request(lake: Counted, published: list[Published]) -> None:
    check_published(lake, published, CHARTS)
    assert lake.reads == 0


@pytest.mark.parametrize("table", ["artist", "album", "songs"])
def test_a_reference_without_a_target_fails_the_run(
    lake: Counted, published: list[Published], table: str
) -> None:
    broken = without_a_row(published, table)
    for file in broken:
        lake.write(file.key, file.content)
    with pytest.raises(LakeError, match=rf"are inconsistent: .* missing from {table}, e\.g\. \w+\. See all"):
        check_published(lake, broken, CHARTS)


@pytest.mark.parametrize("table", ["artist", "album", "songs"])
def test_what_somebody_else_published_between_two_of_our_files_is_looked_up(
    lake: Counted, published: list[Published], table: str
) -> None:
    check_published(lake, without_a_row(published, table), CHARTS)
    assert lake.reads == 4, "the dimensions as they are now"


def test_a_chart_that_is_not_there_fails_the_run(lake: Counted, published: list[Published]) -> None:
    with pytest.raises(LakeError, match=r"global-weekly 2026-01-15 has no entries"):
        check_published(lake, published, CHARTS | {("global-weekly", "2026-01-15")})


def test_a_key_that_is_there_twice_fails_the_run(lake: Counted, published: list[Published]) -> None:
    [artists, *others] = published
    rows = from_parquet(ARTIST, artists.content, {}, artists.key)
    content = to_parquet(ARTIST, pl.concat([rows, rows]).sort(ARTIST.key))
    doubled = [replace(artists, content=content), *others]
    with pytest.raises(LakeError, match=r"artist_id = \w+ is there more than once"):
        check_published(lake, doubled, CHARTS)


def test_the_order_is_that_of_the_whole_key() -> None:
    rows = build(chart()).tables
    assert {broken_key(TABLES[name], frame) for name, frame in rows.items()} == {None}
    assert "order of song_id, position" in (broken_key(SONG_ARTISTS, rows["song_artists"].reverse()) or "")


def test_a_key_without_a_value_is_in_no_order() -> None:
    rows = pl.DataFrame({"song_id": ["a", None, "b"], "position": [1, 1, 1]})
    assert "order of song_id" in (broken_key(SONG_ARTISTS, rows) or "")


def test_null_is_not_a_reference() -> None:
    nameless = [track(number, artists=[], album=None) for number in range(1, 51)]
    assert missing_references(build(chart(nameless)).tables) == []
