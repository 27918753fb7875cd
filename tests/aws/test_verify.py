"""A lake on S3, checked from outside: the same checks, and nothing but listing and reading."""

from tests.servers.front_door import Door
from tests.servers.seaweedfs import S3Server
from top50.checks.verify import verify
from top50.lake import PROCESSED, TO_PROCESSED
from top50.lake.s3 import S3Lake
from top50.settings import Settings
from top50.simulator import snapshot
from top50.tables.files import songs_file
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import A_YEAR_AGO, FRIDAY


def wrong(lake: S3Lake) -> dict[str, str]:
    """Return name of a check → the first thing that it says is wrong."""
    found = verify(lake, Settings.model_validate({"lake": lake.address}), lambda _: None)
    return {finding.name: finding.detail for finding in reversed(found) if finding.state == "failed"}


def test_a_lake_on_s3_is_verified_without_a_write(lake: S3Lake, s3_server: S3Server, door: Door) -> None:
    raws = [(f"{at:%Y-%m-%d}.json", snapshot("global-weekly", at)) for at in (FRIDAY, A_YEAR_AGO)]
    publish(lake, build_tables(raws).tables)
    for key, content in raws:
        lake.write(PROCESSED + key, content)
    prefix = lake.address.rpartition("/")[2]
    for folder in ("", TO_PROCESSED, "transformed_data/"):  # what the console makes for a folder
        s3_server.client().put_object(Bucket=s3_server.bucket, Key=f"{prefix}/{folder}", Body=b"")
    lake.write("athena_results/1.csv", b"1")
    door.requests.clear()
    assert wrong(lake) == {}
    assert {request.method for request in door.requests} == {"GET", "HEAD"}

    stray = "transformed_data/songs/notes.txt"
    lake.write(stray, b"1")
    assert wrong(lake) == {"layout": f"{stray} is not a file of a table, and Athena reads it"}
    lake.remove(stray)
    assert wrong(lake) == {}, "moving it out of transformed_data/ is enough"

    key = songs_file().key
    s3_server.client().delete_object(Bucket=s3_server.bucket, Key=f"{prefix}/{key}")
    lake.write("catalog.duckdb", b"")
    found = wrong(lake)
    assert list(found) == ["rebuild", "represented", "references", "layout"]
    assert found["layout"].startswith("catalog.duckdb is neither")
    assert "missing from songs" in found["references"]
    assert found["rebuild"].startswith(f"{key} is missing")
