"""Athena's counts against what was published."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.servers.glue import GlueServer
from top50.catalog.athena import Athena
from top50.catalog.athena.counts import check_counts, rows_of
from top50.catalog.glue.tables import list_table_files
from top50.errors import CatalogError, LakeError
from top50.lake.s3 import S3Lake
from top50.tables.files import Published, chart_file, songs_file
from top50.tables.schemas import SONGS, TABLES

from .conftest import DATABASE, FRIDAY, Publish

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

THIS_YEAR, LAST_YEAR = (chart_file("global-weekly", year).key for year in (2026, 2025))


def check(athena: Athena, lake: S3Lake, published: dict[str, Published]) -> int:
    rows = rows_of(lake, list_table_files(lake).versions) | {
        key: file.rows for key, file in published.items()
    }
    return sum(check_counts(athena, lake, list(TABLES.values()), rows).values())


def test_all_rows_are_counted_with_one_query_for_each_table(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], glue: GlueServer
) -> None:
    assert THIS_YEAR in crawled
    assert LAST_YEAR not in crawled
    assert check(athena, lake, crawled) == sum(file.rows for file in crawled.values()) + 50
    assert len(glue.athena.executed) == 5
    [entries] = [sql for sql in glue.athena.executed if "chart_entries" in sql]
    assert entries.endswith('GROUP BY "chart", "year"')


def test_rows_that_athena_does_not_see_are_told_by_table_and_partition(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], glue: GlueServer
) -> None:
    glue.athena.filter_rows("songs", "rowid > 0")
    glue.athena.filter_rows("chart_entries", "year <> '2025' OR rank > 1")
    rows = crawled[songs_file().key].rows
    with pytest.raises(CatalogError) as caught:
        check(athena, lake, crawled)
    message = str(caught.value)
    assert f"Athena sees {rows - 1} rows of songs, published are {rows}" in message
    where = "chart_entries, partition chart=global-weekly/year=2025"
    assert f"Athena sees 49 rows of {where}, published are 50" in message
    assert message.count("Athena sees") == 2
    assert "Look for files that are not ours below s3://lake/" in message
    assert len(glue.athena.executed) == 10, "it is asked once more before anything is called wrong"


def test_a_partition_that_athena_does_not_see_is_told(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], client: "GlueClient"
) -> None:
    client.delete_partition(
        DatabaseName=DATABASE, TableName="chart_entries", PartitionValues=["global-weekly", "2026"]
    )
    with pytest.raises(
        CatalogError, match=r"sees 0 rows of chart_entries, partition .*2026, published are 50"
    ):
        check(athena, lake, crawled)


def test_what_a_run_beside_ours_has_published_meanwhile_is_no_difference(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], publish_week: Publish
) -> None:
    after = publish_week(FRIDAY - timedelta(weeks=1))
    assert after[THIS_YEAR].rows == crawled[THIS_YEAR].rows + 50
    assert check(athena, lake, crawled) > sum(file.rows for file in crawled.values())


def test_a_run_that_is_wrong_about_what_it_wrote_is_set_right_by_the_footers(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], glue: GlueServer
) -> None:
    crawled[THIS_YEAR] = replace(crawled[THIS_YEAR], rows=7)
    assert check(athena, lake, crawled)
    assert len(glue.athena.executed) == 10


def test_only_the_tables_that_are_named_are_counted(
    athena: Athena, lake: S3Lake, crawled: dict[str, Published], glue: GlueServer
) -> None:
    key = songs_file().key
    assert check_counts(athena, lake, [SONGS], {key: crawled[key].rows}) == {key: crawled[key].rows}
    assert len(glue.athena.executed) == 1


def test_footers_tell_the_rows_however_long_they_are(lake: S3Lake, published: dict[str, Published]) -> None:
    rows = rows_of(lake, [*published, LAST_YEAR, "transformed_data/none.parquet"])
    assert rows == {
        **{key: file.rows for key, file in published.items()},
        LAST_YEAR: 50,
        "transformed_data/none.parquet": 0,
    }


def test_a_footer_longer_than_the_first_look_is_read_whole(
    lake: S3Lake, published: dict[str, Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("top50.catalog.athena.counts._GUESS", 100)
    assert rows_of(lake, [THIS_YEAR]) == {THIS_YEAR: published[THIS_YEAR].rows}


def test_what_is_no_parquet_is_told(lake: S3Lake) -> None:
    lake.write(THIS_YEAR, b"no Parquet at all")
    with pytest.raises(LakeError, match=f"{THIS_YEAR} is not a valid Parquet file"):
        rows_of(lake, [THIS_YEAR])
