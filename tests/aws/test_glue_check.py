"""The Glue catalog against the contract: every difference is named, with what to do about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from top50.catalog.glue.check import check_database
from top50.catalog.glue.crawlers import run_crawlers
from top50.catalog.glue.tables import list_table_files, read_database
from top50.errors import CatalogError
from top50.lake.s3 import S3Lake
from top50.tables.files import Published

from .conftest import CRAWLERS, DATABASE, FRIDAY, QUICK, Publish

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_glue.type_defs import TableInputTypeDef

pytestmark = pytest.mark.usefixtures("crawled")

ENTRIES = "chart_entries"


def check(client: "GlueClient", lake: S3Lake) -> list[str]:
    lines: list[str] = []
    check_database(read_database(client, DATABASE), lake, list_table_files(lake), lines.append)
    return lines


def refusal(client: "GlueClient", lake: S3Lake) -> str:
    with pytest.raises(CatalogError) as caught:
        check(client, lake)
    assert not caught.value.passing
    return str(caught.value)


def change(client: "GlueClient", name: str, edit: Callable[[Any], object]) -> None:
    """Change a table in Glue as somebody else might."""
    table: Any = client.get_table(DatabaseName=DATABASE, Name=name)["Table"]
    edit(table)
    kept = ("Name", "TableType", "PartitionKeys", "Parameters", "StorageDescriptor")
    changed: TableInputTypeDef = {key: table[key] for key in kept}  # type: ignore[assignment]
    client.update_table(DatabaseName=DATABASE, TableInput=changed)


def retype(column: str, kind: str) -> Callable[[Any], object]:
    def edit(table: Any) -> None:
        [found] = [each for each in table["StorageDescriptor"]["Columns"] if each["Name"] == column]
        found["Type"] = kind

    return edit


def drop(column: str) -> Callable[[Any], object]:
    def edit(table: Any) -> None:
        stored = table["StorageDescriptor"]
        stored["Columns"] = [each for each in stored["Columns"] if each["Name"] != column]

    return edit


def test_what_the_crawlers_make_is_as_agreed(client: "GlueClient", lake: S3Lake) -> None:
    assert check(client, lake) == []


@pytest.mark.parametrize(
    ("table", "edit", "what"),
    [
        ("songs", retype("popularity", "bigint"), "songs, column popularity: is bigint, should be int"),
        ("album", drop("url"), "album, column url: is missing, should be string"),
        (
            "artist",
            lambda table: table["StorageDescriptor"]["Columns"].reverse(),
            "artist: columns are updated_at, external_url, artist_name, artist_id, should be artist_id,",
        ),
        (
            "songs",
            lambda table: table["StorageDescriptor"].update(InputFormat="TextInputFormat"),
            "songs: InputFormat is TextInputFormat, should be org.apache",
        ),
        (
            "songs",
            lambda table: table["StorageDescriptor"]["SerdeInfo"].update(SerializationLibrary="CSV"),
            "songs: SerDe is CSV, should be org.apache",
        ),
        (
            ENTRIES,
            lambda table: table["PartitionKeys"].reverse(),
            "chart_entries: partition keys are year string, chart string, should be chart string, year",
        ),
        (
            ENTRIES,
            lambda table: table["StorageDescriptor"]["Columns"].append({"Name": "year", "Type": "string"}),
            "chart_entries, column year: is a column of the files, should be a partition key only",
        ),
        (
            "songs",
            lambda table: table.update(TableType="VIRTUAL_VIEW"),
            "songs is a VIRTUAL_VIEW, should be an EXTERNAL_TABLE",
        ),
    ],
)
def test_a_table_that_is_not_as_agreed_is_reported(
    client: "GlueClient", lake: S3Lake, table: str, edit: Callable[[Any], object], what: str
) -> None:
    change(client, table, edit)
    message = refusal(client, lake)
    assert message.startswith(f"Glue table spotify_top50.{what}")
    assert "Delete that table in Glue (its files stay) and run it again" in message


def test_a_table_of_another_lake_is_reported(client: "GlueClient", lake: S3Lake) -> None:
    change(client, "songs", lambda table: table["StorageDescriptor"].update(Location="s3://elsewhere/songs/"))
    message = refusal(client, lake)
    at = f"{lake.address}/transformed_data/songs/"
    assert f"spotify_top50.songs: Location is s3://elsewhere/songs/, should be {at}." in message


def test_a_table_and_a_database_that_are_not_there_are_reported(client: "GlueClient", lake: S3Lake) -> None:
    client.delete_table(DatabaseName=DATABASE, Name="songs")
    assert refusal(client, lake).startswith("Glue table spotify_top50.songs is missing. Run it again")
    client.delete_database(Name=DATABASE)
    assert "Glue table spotify_top50.chart_entries is missing" in refusal(client, lake)


def test_a_table_split_in_two_is_named(client: "GlueClient", lake: S3Lake) -> None:
    at = f"{lake.address}/transformed_data/chart_entries/chart=global-weekly/"
    half: TableInputTypeDef = {
        "Name": "chart_global_weekly",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Location": at},
    }
    client.create_table(DatabaseName=DATABASE, TableInput=half)
    message = refusal(client, lake)
    assert f"Glue table spotify_top50.chart_global_weekly is stored at {at}, among our tables" in message
    assert "crawlers must be as in deployments/aws.yaml" in message


def test_a_table_beside_ours_is_nobodys_business(client: "GlueClient", lake: S3Lake) -> None:
    for name, at in {
        "mine": f"{lake.address}-2/transformed_data/",
        "more": f"{lake.address}/exports/",
    }.items():
        client.create_table(
            DatabaseName=DATABASE,
            TableInput={"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {"Location": at}},
        )
    assert check(client, lake) == []


def test_more_columns_than_ours_are_reported_and_pass(client: "GlueClient", lake: S3Lake) -> None:
    change(
        client,
        "songs",
        lambda table: table["StorageDescriptor"]["Columns"].append({"Name": "mood", "Type": "string"}),
    )
    assert check(client, lake) == ["Glue table spotify_top50.songs has more columns than the files: mood"]


def test_a_lost_partition_is_named(client: "GlueClient", lake: S3Lake) -> None:
    client.delete_partition(
        DatabaseName=DATABASE, TableName=ENTRIES, PartitionValues=["global-weekly", "2025"]
    )
    at = f"{lake.address}/transformed_data/chart_entries/chart=global-weekly/year=2025/"
    where = "Glue table spotify_top50.chart_entries, partition chart=global-weekly/year=2025"
    assert refusal(client, lake).startswith(f"{where}: is missing, should be at {at}. Run it again")


def test_a_wrong_partition_is_named(client: "GlueClient", lake: S3Lake) -> None:
    where: Any = {"DatabaseName": DATABASE, "TableName": ENTRIES}
    values = ["global-weekly", "2025"]
    stored: Any = client.get_partition(**where, PartitionValues=values)["Partition"]["StorageDescriptor"]
    stored["Location"] = "s3://elsewhere/"
    retype("rank", "string")({"StorageDescriptor": stored})
    changed: Any = {"Values": values, "StorageDescriptor": stored}
    client.update_partition(**where, PartitionValueList=values, PartitionInput=changed)
    message = refusal(client, lake)
    assert "partition chart=global-weekly/year=2025: Location is s3://elsewhere/, should be s3://" in message
    assert "partition chart=global-weekly/year=2025, column rank: is string, should be int" in message


def test_a_partition_without_a_file_is_named(client: "GlueClient", lake: S3Lake) -> None:
    lake.remove("transformed_data/chart_entries/chart=global-weekly/year=2025/chart_entries.parquet")
    what = "partition chart=global-weekly/year=2025: exists, but has no file. Delete that partition in Glue"
    assert what in refusal(client, lake)


def test_a_year_that_a_run_beside_ours_has_just_begun_is_no_difference(
    client: "GlueClient", lake: S3Lake, publish_week: Publish
) -> None:
    before = list_table_files(lake)
    publish_week(FRIDAY.replace(year=2024))
    run_crawlers(client, CRAWLERS, polling=QUICK)
    database = read_database(client, DATABASE)
    assert len(database.partitions) == 3
    check_database(database, lake, before, lambda _: None)


def test_a_file_that_is_not_ours_is_named_unless_athena_does_not_read_it(
    client: "GlueClient", lake: S3Lake, crawled: dict[str, Published]
) -> None:
    lake.write("transformed_data/songs/_SUCCESS", b"1")
    lake.write("transformed_data/songs/.hidden.crc", b"1")
    lake.write("transformed_data/notes/read.me", b"1")
    assert check(client, lake) == []
    for key in ("songs/songs (1).parquet", "songs/year=2026/songs.parquet", "chart_entries/a.parquet"):
        lake.write(f"transformed_data/{key}", crawled["transformed_data/songs/songs.parquet"].content)
    message = refusal(client, lake)
    assert message.startswith(
        f"{lake.address}/transformed_data/chart_entries/a.parquet is not a file of a table; "
    )
    assert message.count("is not a file of a table") == 3
    assert message.endswith("Move it away: Athena reads every file there.")
