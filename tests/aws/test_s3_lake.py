"""The lake's promises on a real S3 server."""

import pickle
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.servers.front_door import Door
from tests.servers.seaweedfs import S3_HOST, S3Server
from tests.unit.builders import move
from top50.aws import AwsSession, Identity
from top50.errors import LakeConflict, LakeError, LakeUnavailable, OutOfReach
from top50.lake import QUARANTINE, TO_PROCESSED
from top50.lake.s3 import S3Lake
from top50.parallel import in_another_process
from top50.raw import LARGEST, RawObject, envelope
from top50.raw.backlog import land, list_pending, quarantine_unread, read_pending, too_large


def test_what_is_written_is_read_listed_and_moved(lake: S3Lake) -> None:
    lake.write("raw_data/to_processed/a b/ü'\".json", b"one")
    assert lake.version("raw_data/to_processed/a b/ü'\".json")
    [item] = lake.list(TO_PROCESSED)
    assert item[:2] == ("raw_data/to_processed/a b/ü'\".json", 3)
    assert abs(item.written - time.time()) < 60
    move(lake, "raw_data/to_processed/a b/ü'\".json", "raw_data/processed/x.json")
    stored = lake.read("raw_data/processed/x.json")
    assert stored is not None
    assert stored.content == b"one"
    assert lake.read("raw_data/to_processed/a b/ü'\".json") is None


def test_moving_what_somebody_else_moved_is_no_error(lake: S3Lake) -> None:
    move(lake, "raw_data/to_processed/gone", "raw_data/processed/gone")
    assert not lake.version("raw_data/processed/gone")


@pytest.mark.parametrize("own_endpoint", [False, True])
def test_a_move_and_a_removal_are_of_one_version_and_never_over_another_object(
    lake: S3Lake, s3_server: S3Server, own_endpoint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own_endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server.endpoint_url)
        lake = S3Lake(s3_server.bucket, lake.address.rpartition("/")[2], AwsSession(allow_http=True))
    old = lake.replace("source", b"old", None)
    lake.write("source", b"new")
    assert not lake.move("source", "target", old)
    assert not lake.remove("source", old)
    lake.write("target", b"theirs")
    with pytest.raises(LakeConflict, match="target exists with other content"):
        move(lake, "source", "target")
    assert [stored.content for key in ("source", "target") if (stored := lake.read(key))] == [
        b"new",
        b"theirs",
    ]
    assert move(lake, "source", "free")
    lake.write("source", b"new")
    assert move(lake, "source", "free"), "the same content is no other"
    assert not lake.version("source")
    assert lake.remove("source", old), "it is gone, whoever removed it"


def test_replacing_what_changed_meanwhile_is_a_conflict(lake: S3Lake) -> None:
    first = lake.replace("k", b"1", None)
    old = lake.read("k")
    assert old is not None
    assert old.version == first
    lake.replace("k", b"2", old)
    for stale in (old, None):
        with pytest.raises(LakeConflict):
            lake.replace("k", b"3", stale)
    assert lake.read("k") is not None


def test_our_own_write_whose_acknowledgement_was_lost_is_no_conflict(lake: S3Lake) -> None:
    lake.replace("k", b"1", None)
    assert lake.replace("k", b"1", None), "the client's own retry finds what it wrote"


def test_a_new_object_in_a_bucket_that_is_not_there_is_no_conflict(lake: S3Lake) -> None:
    assert lake, "it puts the credentials into the environment"
    with pytest.raises(LakeError, match="Create the bucket nobodys-bucket") as refusal:
        S3Lake("nobodys-bucket", "", AwsSession()).replace("k", b"1", None)
    assert not isinstance(refusal.value, LakeConflict)


def test_a_page_says_that_it_is_one(lake: S3Lake, s3_server: S3Server) -> None:
    for key, kind in (("reports/a.html", "text/html"), ("a.json", "application/json")):
        lake.write(key, b"content")
        place = f"{lake.address.rpartition('/')[2]}/{key}"
        assert s3_server.client().head_object(Bucket=s3_server.bucket, Key=place)["ContentType"] == kind


def test_the_tail_is_of_the_version_asked_for(lake: S3Lake) -> None:
    version = lake.replace("k", b"0123456789", None)
    assert lake.tail("k", version, 4) == b"6789"
    lake.write("k", b"something else")
    assert lake.tail("k", version, 4) is None


def test_a_folder_that_the_console_made_is_not_pending(lake: S3Lake, s3_server: S3Server) -> None:
    prefix = lake.address.rpartition("/")[2]
    s3_server.client().put_object(Bucket=s3_server.bucket, Key=f"{prefix}/{TO_PROCESSED}", Body=b"")
    assert list_pending(lake) == []


def test_a_snapshot_is_landed_once(lake: S3Lake) -> None:
    key = "chart=global-weekly/2026-11-19/a.json"
    first, later = (
        RawObject(key, envelope([b"{}"], source="playlist", at=datetime(2026, 11, day, tzinfo=UTC)))
        for day in (20, 21)
    )
    assert land(lake, first) == "new"
    assert land(lake, later) == "pending"
    assert land(lake, RawObject(key, b"another answer")) == "new"
    assert len(list_pending(lake)) == 2


@pytest.mark.parametrize("bucket", ["not-there", "lake"])
def test_refusals_are_told_from_passing_faults(
    lake: S3Lake, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lake
    if bucket == "lake":
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    other = S3Lake(bucket, "x", AwsSession())
    with pytest.raises(LakeError) as caught:
        list(other.list(TO_PROCESSED))
    assert not caught.value.passing
    with pytest.raises(LakeError) as caught:
        other.write("k", b"")
    assert not caught.value.passing


def test_nobody_there_may_pass(lake: S3Lake, door: Door) -> None:
    door.lead("http://127.0.0.1:9", f"*.{S3_HOST}")
    with pytest.raises(LakeUnavailable):
        lake.read("k")


def test_a_lake_travels_to_another_process_with_what_opens_it(
    lake: S3Lake, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.write("raw_data/processed/a.json", b"one")
    assert in_another_process(lake.read, "raw_data/processed/a.json") == lake.read(
        "raw_data/processed/a.json"
    )
    bucket, _, prefix = lake.address.removeprefix("s3://").partition("/")
    of_a_block = S3Lake(bucket, prefix, AwsSession(Identity(s3_server.access_key, s3_server.secret_key)))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    copy = pickle.loads(pickle.dumps(of_a_block))
    assert copy.read("raw_data/processed/a.json") == lake.read("raw_data/processed/a.json")


def test_a_name_that_obstore_cannot_take_ends_no_listing_and_is_told(
    lake: S3Lake, s3_server: S3Server
) -> None:
    prefix = lake.address.rpartition("/")[2]
    with closing(s3_server.client()) as client:
        for name in ("a.json", "line\nbreak.json", "bell\x07.json", "not\ufffea.json", "folder/", "z.json"):
            body = b"" if name.endswith("/") else b"{}"
            client.put_object(Bucket=s3_server.bucket, Key=f"{prefix}/{TO_PROCESSED}{name}", Body=body)
    keys = [item.key for item in list_pending(lake)]
    assert keys == ["a.json", "bell\x07.json", "line\nbreak.json", "not\ufffea.json", "z.json"]
    strays: list[LakeError] = []
    assert [each.raw for each in read_pending(lake, keys, strays)] == [("a.json", b"{}"), ("z.json", b"{}")]
    told = sorted(str(stray) for stray in strays)
    assert [each.rpartition("/")[2].partition(".json")[0] for each in told] == [
        "bell\\x07",
        "line\\nbreak",
        "not\\ufffea",
    ]
    assert all(each.isprintable() and "Rename it" in each for each in told)


@pytest.mark.parametrize("key", ["a//b", "a/../b", "./a", "..", "/a", "a/", "a\nb", ""])
def test_a_key_that_obstore_would_change_or_refuse_is_out_of_reach(lake: S3Lake, key: str) -> None:
    for use in (lambda: lake.read(key), lambda: lake.version(key), lambda: lake.move(key, "x", "v")):
        with pytest.raises(OutOfReach, match="has a name with"):
            use()


def test_what_is_too_large_goes_to_quarantine_as_it_is(lake: S3Lake) -> None:
    content = b"[" * (LARGEST + 1)
    lake.write(f"{TO_PROCESSED}big.json", content)
    [refused] = quarantine_unread(lake, too_large(list_pending(lake)))
    assert refused.key == "big.json"
    assert list_pending(lake) == []
    kept = lake.read(f"{QUARANTINE}big.json")
    assert kept is not None
    assert kept.content == content
    assert lake.version(f"{QUARANTINE}big.json.reason.json")
