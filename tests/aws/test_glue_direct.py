"""TOP50_CATALOG=glue-direct: what the crawlers would make, without them."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.aws_json import AwsError
from tests.servers.glue import GlueServer
from top50.catalog.glue.check import check_database
from top50.catalog.glue.crawlers import run_crawlers
from top50.catalog.glue.direct import write_tables
from top50.catalog.glue.tables import GlueDatabase, TableFiles, list_table_files, read_database
from top50.errors import CatalogError, CatalogUnavailable
from top50.lake.s3 import S3Lake
from top50.tables.files import Published, chart_file
from top50.tables.schemas import CHART_ENTRIES, TABLES

from .conftest import CRAWLERS, DATABASE, FRIDAY, QUICK, Publish

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

WRITES = ("Create", "Update", "Delete", "Batch")
PLACE: Any = {"DatabaseName": DATABASE, "TableName": CHART_ENTRIES.name}


@pytest.fixture(autouse=True)
def nothing_there(glue: GlueServer, published: dict[str, Published]) -> None:
    assert published
    glue.reset()


def write(client: "GlueClient", lake: S3Lake) -> list[str]:
    lines: list[str] = []
    database = read_database(client, DATABASE)
    assert write_tables(client, database, lake, list_table_files(lake), lines.append) == len(lines)
    return lines


def checked(client: "GlueClient", lake: S3Lake) -> GlueDatabase:
    database, more = read_database(client, DATABASE), list[str]()
    check_database(database, lake, list_table_files(lake), more.append)
    assert more == []
    return database


def essence(database: GlueDatabase) -> dict[str, Any]:
    """What Athena goes by: all but comments, statistics and who wrote it."""
    kept = ("Location", "InputFormat", "OutputFormat", "SerdeInfo")
    things: dict[str, Any] = {
        **database.tables,
        **{"/".join(key): each for key, each in database.partitions.items()},
    }
    return {
        name: (
            [(column["Name"], column["Type"]) for column in each["StorageDescriptor"]["Columns"]],
            [(column["Name"], column["Type"]) for column in each.get("PartitionKeys", [])],
            {key: each["StorageDescriptor"][key] for key in kept},
            each.get("TableType"),
        )
        for name, each in things.items()
    }


def test_it_makes_what_the_crawlers_make(client: "GlueClient", lake: S3Lake, glue: GlueServer) -> None:
    assert len(write(client, lake)) == 1 + len(TABLES) + 2
    direct = checked(client, lake)
    for table in TABLES.values():
        stored: Any = direct.tables[table.name]
        columns = stored["StorageDescriptor"]["Columns"] + stored["PartitionKeys"]
        assert {column["Name"]: column["Comment"] for column in columns} == table.comments
        assert stored["Parameters"]["classification"] == "parquet"
    glue.reset()
    make_crawlers(client, lake)
    run_crawlers(client, CRAWLERS, polling=QUICK)
    assert essence(direct) == essence(checked(client, lake))


def make_crawlers(client: "GlueClient", lake: S3Lake) -> None:
    client.create_database(DatabaseInput={"Name": DATABASE})
    for table in TABLES:
        client.create_crawler(
            Name=f"spotify_{table}_crawler",
            Role="crawlers",
            DatabaseName=DATABASE,
            Targets={"S3Targets": [{"Path": f"{lake.address}/transformed_data/{table}/"}]},
        )


def test_a_second_time_it_changes_nothing(client: "GlueClient", lake: S3Lake, glue: GlueServer) -> None:
    write(client, lake)
    before = essence(checked(client, lake))
    glue.calls.clear()
    assert write(client, lake) == []
    assert glue.calls == ["GetTables", "GetPartitions"]
    assert essence(checked(client, lake)) == before


def test_a_new_year_adds_a_partition(
    client: "GlueClient", lake: S3Lake, publish_week: Publish, glue: GlueServer
) -> None:
    write(client, lake)
    publish_week(FRIDAY.replace(year=2024))
    glue.calls.clear()
    assert write(client, lake) == [
        "Glue table spotify_top50.chart_entries, partition global-weekly/2024: made"
    ]
    assert [call for call in glue.calls if call.startswith(WRITES)] == ["BatchCreatePartition"]
    assert set(checked(client, lake).partitions) == {
        ("global-weekly", str(year)) for year in (2024, 2025, 2026)
    }


def test_more_partitions_than_go_into_one_call_are_made(
    client: "GlueClient", lake: S3Lake, glue: GlueServer
) -> None:
    files = [chart_file("global-weekly", year) for year in range(1901, 2152)]
    write_tables(client, read_database(client, DATABASE), lake, TableFiles(files, [], []))
    assert glue.calls.count("BatchCreatePartition") == 3
    assert len(read_database(client, DATABASE).partitions) == 251


def test_differences_are_mended_and_what_others_added_stays(client: "GlueClient", lake: S3Lake) -> None:
    write(client, lake)
    songs: Any = client.get_table(DatabaseName=DATABASE, Name="songs")["Table"]
    songs["StorageDescriptor"]["Columns"][2]["Type"] = "string"
    songs["Parameters"]["owner_of"] = "us"
    changed: Any = {key: songs[key] for key in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    client.update_table(DatabaseName=DATABASE, TableInput=changed)
    values = ["global-weekly", "2025"]
    stored: Any = client.get_partition(**PLACE, PartitionValues=values)["Partition"]["StorageDescriptor"]
    wrong: Any = {"Values": values, "StorageDescriptor": {**stored, "Location": "s3://elsewhere/"}}
    client.update_partition(**PLACE, PartitionValueList=values, PartitionInput=wrong)
    gone: Any = {"Values": ["global-weekly", "1999"], "StorageDescriptor": stored}
    client.create_partition(**PLACE, PartitionInput=gone)
    assert write(client, lake) == [
        "Glue table spotify_top50.songs: corrected",
        "Glue table spotify_top50.chart_entries, partition global-weekly/2025: corrected",
        "Glue table spotify_top50.chart_entries, partition global-weekly/1999: removed, its file is gone",
    ]
    mended: Any = checked(client, lake).tables["songs"]
    assert mended["Parameters"]["owner_of"] == "us"
    assert write(client, lake) == []


def test_a_partition_of_a_file_that_has_just_come_is_not_taken_out(
    client: "GlueClient", lake: S3Lake, publish_week: Publish
) -> None:
    before = list_table_files(lake)
    publish_week(FRIDAY.replace(year=2024))
    write(client, lake)
    assert write_tables(client, read_database(client, DATABASE), lake, before) == 0
    assert len(checked(client, lake).partitions) == 3


def test_a_view_by_the_name_of_a_table_is_left_to_the_check(client: "GlueClient", lake: S3Lake) -> None:
    write(client, lake)
    view: Any = {"Name": "songs", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: e30= */"}
    client.update_table(DatabaseName=DATABASE, TableInput=view)
    assert write(client, lake) == []
    with pytest.raises(CatalogError, match="songs is a VIRTUAL_VIEW, should be an EXTERNAL_TABLE"):
        checked(client, lake)


def test_two_runs_at_once_end_in_the_same(client: "GlueClient", lake: S3Lake, glue: GlueServer) -> None:
    nothing = read_database(client, DATABASE)
    write(client, lake)
    write_tables(client, nothing, lake, list_table_files(lake))
    assert glue.calls.count("CreateTable") == 2 * len(TABLES)
    checked(client, lake)


def test_another_run_that_writes_the_same_table_is_waited_for(
    client: "GlueClient", lake: S3Lake, glue: GlueServer
) -> None:
    glue.crawlers.faults.append(AwsError("ConcurrentModificationException", "Update table failed"))
    with pytest.raises(CatalogUnavailable, match="ConcurrentModificationException"):
        write(client, lake)
    glue.throttle_next(1)
    with pytest.raises(CatalogUnavailable, match="Glue, database spotify_top50: ThrottlingException"):
        write(client, lake)
    write(client, lake)
    checked(client, lake)


def test_a_right_that_the_role_lacks_is_reported_with_a_remedy(
    client: "GlueClient", lake: S3Lake, glue: GlueServer
) -> None:
    glue.crawlers.faults.append(AwsError("AccessDeniedException", "not authorized to perform glue:GetTables"))
    with pytest.raises(CatalogError, match=r"not authorized.* that deployments/aws.yaml lists") as caught:
        write(client, lake)
    assert not caught.value.passing
