"""catalog.duckdb is changed where the tables changed, and made as a whole where that cannot be trusted."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from top50.catalog import duckdb as catalog
from top50.catalog.duckdb import CATALOG, refresh_duckdb, temporary_catalog
from top50.catalog.last_made import NOTE
from top50.errors import LakeError
from top50.lake.directory import DirectoryLake
from top50.tables.files import TRANSFORMED, chart_file
from top50.tables.schemas import TABLES

from ..builders import chart, csv_name, new_csv, published

BEFORE = chart(added_at="2025-12-26T12:00:00Z", key="chart=global-weekly/before.json")
US = (csv_name(chart_name="us-weekly"), new_csv())


@pytest.fixture
def made(lake: DirectoryLake) -> DirectoryLake:
    """A lake with a catalog of three charts."""
    published(lake, BEFORE, chart(), US)
    refresh_duckdb(lake)
    return lake


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The catalogs that were made as a whole since."""
    calls: list[object] = []
    make = catalog._whole

    def counted(*given: object) -> list[str]:
        calls.append(given)
        return make(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(catalog, "_whole", counted)
    return calls


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    relations = [*TABLES, "chart_movement", "song_reach"]
    comments = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            sql: sorted(connection.execute(sql).fetchall(), key=repr)
            for sql in [comments, *[f"FROM {name}" for name in relations]]
        }


def assert_same_as_whole(lake: DirectoryLake) -> None:
    with temporary_catalog(lake, lake.list(TRANSFORMED)) as expected:
        assert rows(lake.root / CATALOG) == rows(expected)


def test_what_changed_is_made_again_and_nothing_else(made: DirectoryLake, whole: list[object]) -> None:
    # The file of another year, and one whose rows are others now.
    published(made, chart(added_at="2024-12-27T12:00:00Z", key="chart=global-weekly/2024.json"))
    published(made, (csv_name(), new_csv()))
    assert refresh_duckdb(made)["chart_entries"] == 200
    assert whole == []
    assert_same_as_whole(made)


def test_a_catalog_of_the_newest_files_is_left_alone(made: DirectoryLake) -> None:
    before = made.version(CATALOG)
    assert refresh_duckdb(made)["chart_entries"] == 150
    assert made.version(CATALOG) == before


def edited(lake: DirectoryLake) -> None:
    with duckdb.connect(str(lake.root / CATALOG)) as connection:
        connection.execute("DELETE FROM chart_entries WHERE rank = 1; CREATE TABLE mine AS SELECT 1 AS one")


@pytest.mark.parametrize(
    "spoil",
    [
        edited,
        lambda lake: lake.write(CATALOG, b"no database"),
        lambda lake: lake.remove(CATALOG),
        lambda lake: lake.remove(NOTE),
        lambda lake: lake.write(NOTE, b"{"),
        lambda lake: lake.write(NOTE, lake.read(NOTE).content.replace(b'"release":"', b'"release":"0')),
    ],
)
def test_a_catalog_that_somebody_else_left_is_made_as_a_whole(
    made: DirectoryLake, whole: list[object], spoil: Callable[[DirectoryLake], object]
) -> None:
    spoil(made)
    assert refresh_duckdb(made)["chart_entries"] == 150
    assert len(whole) >= 1
    whole.clear()
    assert_same_as_whole(made)
    whole.clear()
    published(made, chart(key="chart=global-weekly/again.json"))
    refresh_duckdb(made)
    assert whole == [], "the next run changes it again"


def test_a_lost_file_is_an_error_although_nothing_else_changed(made: DirectoryLake) -> None:
    made.write(f"raw_data/processed/chart=us-weekly/2026-11-19/{US[0]}", US[1])
    made.remove(chart_file("us-weekly", 2026).key)
    with pytest.raises(LakeError, match=r"chart=us-weekly.* is missing"):
        refresh_duckdb(made)
