"""What lies in to_processed: landed, listed, read, moved on; nothing is ever overwritten."""

import json
import os

import pytest

from tests.unit.builders import archive, files, utc
from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.lake import QUARANTINE, TO_PROCESSED, Item, Stored
from top50.lake.directory import DirectoryLake
from top50.raw import LARGEST, RawObject, SetAside, backlog, envelope
from top50.raw.backlog import BATCH_BYTES, Pending, in_batches

RAW = RawObject("chart=global-weekly/2026-11-19/a.json", b"first")
AGAIN = RawObject(RAW.key, b"another")
LATER, LATEST = (envelope([b'{"items": []}'], source="playlist", at=utc(2026, 11, day)) for day in (20, 21))
IN, DONE, OUT = (f"raw_data/{folder}/" for folder in ("to_processed", "processed", "quarantine"))


def raw_files(lake: DirectoryLake) -> dict[str, bytes]:
    return {key.removeprefix("raw_data/"): content for key, content in files(lake.root, "raw_data").items()}


def test_the_same_answer_lands_once_whenever_it_was_read(lake: DirectoryLake) -> None:
    raws = [RawObject(RAW.key, content) for content in (LATER, LATEST)]
    assert [backlog.land(lake, raw) for raw in raws] == ["new", "pending"]
    assert raw_files(lake) == {f"to_processed/{RAW.key}": LATER}
    archive(lake, [RAW.key])
    assert [backlog.land(lake, raw) for raw in (*raws, AGAIN)] == ["processed"] * 3
    assert raw_files(lake) == {f"processed/{RAW.key}": LATER}


@pytest.mark.parametrize("where", [IN, OUT])
def test_an_answer_whose_key_another_one_has_in_backlog_or_quarantine_lands_beside_it_once(
    lake: DirectoryLake, where: str
) -> None:
    lake.write(where + RAW.key, b"broken")
    good = [RawObject(RAW.key, content) for content in (LATER, LATEST)]
    assert [backlog.land(lake, raw) for raw in good] == ["new", "pending"]
    assert sorted(raw_files(lake).values()) == [b"broken", LATER]
    [key] = [item.key for item in backlog.list_pending(lake) if item.size == len(LATER)]
    archive(lake, [key])
    assert backlog.land(lake, good[1]) == "processed"
    assert sorted(raw_files(lake).values()) == [b"broken", LATER]


def test_a_quarantined_snapshot_is_looked_at_again(lake: DirectoryLake) -> None:
    backlog.land(lake, RAW)
    backlog.quarantine(lake, [SetAside(RAW.key, "no chart")])
    assert backlog.list_pending(lake) == []
    assert backlog.land(lake, RAW) == "requeued"
    assert [item[:2] for item in backlog.list_pending(lake)] == [(RAW.key, 5)]
    assert lake.read(OUT + RAW.key) is None


def test_quarantine_keeps_the_object_with_its_reason_beside_it(lake: DirectoryLake) -> None:
    backlog.land(lake, RAW)
    assert backlog.quarantine(lake, [SetAside(RAW.key, 'no "chart" – 🎵')]) == []
    found = raw_files(lake)
    assert found.pop(f"quarantine/{RAW.key}") == b"first"
    [(key, reason)] = found.items()
    assert key == f"quarantine/{RAW.key}.reason.json"
    assert json.loads(reason) == {"raw_key": RAW.key, "reason": 'no "chart" – 🎵', "bytes": 5}


def test_quarantine_of_what_is_gone_already_writes_no_reason(lake: DirectoryLake) -> None:
    backlog.quarantine(lake, [SetAside("gone.json", "no chart")])
    assert raw_files(lake) == {}


def test_quarantine_overwrites_nothing(lake: DirectoryLake) -> None:
    for content in (b"first", b"another", b"first"):
        lake.write(IN + "a.b.json", content)
        backlog.quarantine(lake, [SetAside("a.b.json", f"no chart: {content!r}")])
    kept = {key: content for key, content in raw_files(lake).items() if not key.endswith(".reason.json")}
    assert sorted(kept.values()) == [b"another", b"first"]
    assert all(lake.version(f"raw_data/{key}.reason.json") for key in kept)


def test_another_object_under_an_archived_key_gets_a_key_of_its_own(lake: DirectoryLake) -> None:
    lake.write(DONE + RAW.key, b"first")
    lake.write(IN + RAW.key, b"another")
    [(key, content)] = [each.raw for each in backlog.read_pending(lake, [RAW.key])]
    assert content == b"another"
    assert key != RAW.key
    assert key.startswith("chart=global-weekly/2026-11-19/a.")
    assert key.endswith(".json")
    archive(lake, [RAW.key])
    assert raw_files(lake) == {f"processed/{RAW.key}": b"first", f"processed/{key}": b"another"}
    lake.write(IN + RAW.key, b"another")
    assert [each.raw for each in backlog.read_pending(lake, [RAW.key])] == [(key, b"another")]


def test_the_same_object_under_an_archived_key_keeps_it(lake: DirectoryLake) -> None:
    lake.write(DONE + RAW.key, b"first")
    lake.write(IN + RAW.key, b"first")
    assert [each.raw for each in backlog.read_pending(lake, [RAW.key])] == [(RAW.key, b"first")]
    archive(lake, [RAW.key])
    assert raw_files(lake) == {f"processed/{RAW.key}": b"first"}


def test_pending_objects_are_listed_in_order_at_any_depth(lake: DirectoryLake) -> None:
    for key in ("z.csv", "a/b/c/d.json", "a.json"):
        lake.write(IN + key, key.encode())
    lake.write(DONE + "done.json", b"")
    assert [item[:2] for item in backlog.list_pending(lake)] == [
        ("a.json", 6),
        ("a/b/c/d.json", 12),
        ("z.csv", 5),
    ]


def test_pending_objects_are_read_in_the_order_asked_for_without_those_that_are_gone(
    lake: DirectoryLake,
) -> None:
    keys = [f"{number}.json" for number in range(40)]
    for key in keys:
        lake.write(IN + key, key.encode())
    asked = [*reversed(keys), "gone.json"]
    assert [each.raw for each in backlog.read_pending(lake, asked)] == [
        (key, key.encode()) for key in reversed(keys)
    ]


def test_archiving_twice_is_archiving_once(lake: DirectoryLake) -> None:
    backlog.land(lake, RAW)
    archive(lake, [RAW.key])
    archive(lake, [RAW.key])
    assert raw_files(lake) == {f"processed/{RAW.key}": b"first"}


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([], []),
        ([4, 4, 2], [[0, 1, 2]]),
        ([4, 4, 3], [[0, 1], [2]]),
        ([11, 1], [[0], [1]]),
        ([1, 11, 1], [[0], [1], [2]]),
        ([0, 0, 10, 0], [[0, 1, 2, 3]]),
    ],
)
def test_a_batch_holds_at_most_so_many_bytes_but_never_nothing(
    sizes: list[int], batches: list[list[int]]
) -> None:
    items = [Item(str(number), size) for number, size in enumerate(sizes)]
    assert list(in_batches(items, limit=10)) == [[str(number) for number in batch] for batch in batches]


def test_a_batch_holds_as_much_as_is_read_at_once() -> None:
    items = [Item(str(number), BATCH_BYTES // 4) for number in range(9)]
    assert [len(batch) for batch in in_batches(items)] == [4, 4, 1]


def test_an_error_among_many_is_not_swallowed(lake: DirectoryLake) -> None:
    (lake.root / "raw_data/processed").mkdir(parents=True)
    (lake.root / "raw_data/processed/in-the-way").write_bytes(b"")
    lake.write(IN + "in-the-way/a.json", b"first")
    with pytest.raises(LakeError, match="in-the-way") as caught:
        backlog.archive(lake, [Pending("in-the-way/a.json", "in-the-way/a.json", "version", b"first")])
    assert not isinstance(caught.value, LakeConflict)
    assert lake.read(IN + "in-the-way/a.json") is not None


def test_a_reason_never_lies_over_a_raw_object_that_is_called_like_one(lake: DirectoryLake) -> None:
    contents = {"x.json": b"one", "x.json.reason.json": b"two", f"{'n' * 250}.json": b"three"}
    for key, content in contents.items():
        lake.write(TO_PROCESSED + key, content)
    backlog.quarantine(lake, [SetAside(key, "because") for key in contents])
    found = [stored.content for item in lake.list(QUARANTINE) if (stored := lake.read(item.key))]
    assert {b"one", b"two", b"three"} <= set(found)
    assert len(found) == 6


def test_the_archive_is_listed_in_order_without_what_is_no_raw_object(lake: DirectoryLake) -> None:
    for key in ("z.csv", "a/b.json", ".DS_Store", "a/Thumbs.db", "a.json.reason.json"):
        lake.write(DONE + key, key.encode())
    lake.write(DONE + "folder", b"")
    assert backlog.list_processed(lake) == [Item("a/b.json", 8), Item("z.csv", 5)]


def test_listed_objects_are_read_and_left_where_they_are(lake: DirectoryLake) -> None:
    lake.write(IN + RAW.key, b"another")
    lake.write(DONE + RAW.key, b"first")
    before = raw_files(lake)
    assert backlog.read_as_listed(lake, IN, [RAW.key]) == [(RAW.key, b"another")]
    assert raw_files(lake) == before
    with pytest.raises(LakeConflict, match=r"gone\.json was moved by somebody else"):
        backlog.read_as_listed(lake, DONE, [RAW.key, "gone.json"])


def test_what_is_larger_than_any_chart_is_refused_by_its_listed_size(lake: DirectoryLake) -> None:
    lake.write(IN + "a.json", b"{}")
    for content in (b"first", b"another"):
        big = lake.root / IN / "big.json"
        big.write_bytes(content)
        os.truncate(big, LARGEST + 1)
        large = backlog.too_large(backlog.list_pending(lake))
        [refused] = backlog.quarantine_unread(lake, large)
        assert refused.key == "big.json"
        assert "8,388,609 bytes, but no chart has more" in refused.reason
    assert [item.key for item in backlog.list_pending(lake)] == ["a.json"]
    kept = [item for item in lake.list(OUT) if not item.key.endswith(".reason.json")]
    assert [item.size for item in kept] == [LARGEST + 1] * 2
    assert all(lake.version(f"{item.key}.reason.json") for item in kept)


def test_refusing_what_somebody_else_took_meanwhile_refuses_nothing(lake: DirectoryLake) -> None:
    assert backlog.quarantine_unread(lake, [Item("gone.json", LARGEST + 1)]) == []
    assert raw_files(lake) == {}


def test_what_cannot_be_read_is_told_and_the_others_are_read(lake: DirectoryLake) -> None:
    lake.write(IN + "a.json", b"{}")
    os.mkfifo(lake.root / IN / "pipe.json")
    strays: list[LakeError] = []
    keys = [item.key for item in backlog.list_pending(lake)]
    assert [each.raw for each in backlog.read_pending(lake, keys, strays)] == [("a.json", b"{}")]
    assert [str(stray) for stray in strays] == [
        f"cannot read {lake.root}/{IN}pipe.json: it is not a regular file. "
        "Look at that path, and put a file there."
    ]
    with pytest.raises(OutOfReach):
        backlog.read_pending(lake, keys)


def test_what_is_listed_under_another_name_than_its_own_is_told(lake: DirectoryLake) -> None:
    class Renaming(DirectoryLake):
        def read(self, key: str) -> Stored | None:
            return None if key.endswith("odd.json") else super().read(key)

    renaming = Renaming(lake.root)
    lake.write(IN + "odd.json", b"{}")
    strays: list[LakeError] = []
    assert backlog.read_pending(renaming, ["odd.json", "gone.json"], strays) == []
    assert [stray.what for stray in strays] == [f"{lake.root}/{IN}odd.json is listed but not found"]


def test_a_chart_that_is_called_like_a_reason_is_archived_under_a_name_that_counts(
    lake: DirectoryLake,
) -> None:
    lake.write(IN + "x.json.reason.json", b"{}")
    [key] = [each.key for each in backlog.read_pending(lake, ["x.json.reason.json"])]
    archive(lake, ["x.json.reason.json"])
    assert [item.key for item in backlog.list_processed(lake)] == [key]


@pytest.mark.parametrize(("there", "key"), [("a", "a/b.json"), ("a/b.json", "a")])
def test_a_key_whose_place_is_taken_by_a_file_or_a_folder_holds_up_nothing(
    lake: DirectoryLake, there: str, key: str
) -> None:
    for folder in (DONE, OUT):
        lake.write(folder + there, b"there")
    for content in (b"chart", b"no chart"):
        lake.write(IN + key, content)
        raws = backlog.read_pending(lake, [key])
        free = raws[0].key
        assert free.endswith(f"/{key}")
        if content == b"chart":
            archive(lake, [key])
        else:
            backlog.quarantine(lake, [SetAside(free, "no chart")], raws)
    lake.write(IN + key, b"large")
    backlog.quarantine_unread(lake, backlog.list_pending(lake))
    assert backlog.list_pending(lake) == []
    kept = {content for name, content in raw_files(lake).items() if not name.endswith(".reason.json")}
    assert kept == {b"there", b"chart", b"no chart", b"large"}


def test_what_has_changed_since_it_was_read_stays_and_is_named(lake: DirectoryLake) -> None:
    """And the archive and quarantine have what was read."""
    for key in ("good.json", "bad.json"):
        lake.write(IN + key, b"first")
    raws = backlog.read_pending(lake, ["good.json", "bad.json"])
    for key in ("good.json", "bad.json"):
        lake.write(IN + key, b"other")
    backlog.archive(lake, raws[:1])
    changed = backlog.remove_archived(lake, raws[:1])
    changed += backlog.quarantine(lake, [SetAside("bad.json", "no chart")], raws[1:])
    place = f"{lake.root}/{IN}"
    says = "has changed since it was read; the next run processes it"
    assert changed == [f"{place}good.json {says}", f"{place}bad.json {says}"]
    assert [lake.read(key) is not None for key in (IN + "good.json", IN + "bad.json")] == [True, True]
    found = raw_files(lake)
    assert found["processed/good.json"] == found["quarantine/bad.json"] == b"first"


@pytest.mark.parametrize("refused", [[], [SetAside("a.json", "no chart")]])
def test_what_an_import_landed_and_somebody_replaced_is_taken_for_nothing_else(
    lake: DirectoryLake, refused: list[SetAside]
) -> None:
    """Its content is not in memory any more: it is read again, and has to be the same."""
    version = lake.replace(IN + "a.json", b"first", None)
    raws = [Pending("a.json", "a.json", version)]
    lake.write(IN + "a.json", b"other")
    if refused:
        assert "has changed" in backlog.quarantine(lake, refused, raws)[0]
    else:
        with pytest.raises(LakeConflict, match="has changed since it was read"):
            backlog.archive(lake, raws)
    assert raw_files(lake) == {"to_processed/a.json": b"other"}


def test_an_archived_key_is_never_overwritten_by_other_content(lake: DirectoryLake) -> None:
    lake.write(IN + "a.json", b"first")
    raws = backlog.read_pending(lake, ["a.json"])
    lake.write(DONE + "a.json", b"another run was quicker")
    with pytest.raises(LakeConflict, match="was written by somebody else"):
        backlog.archive(lake, raws)
    [again] = backlog.read_pending(lake, ["a.json"])
    assert again.key != "a.json"
    archive(lake, ["a.json"])
    assert sorted(raw_files(lake).values()) == [b"another run was quicker", b"first"]


def test_a_link_whose_target_is_taken_first_is_taken_as_it_was_read(lake: DirectoryLake) -> None:
    lake.write(f"{TO_PROCESSED}a.json", b"{}")
    (lake.root / TO_PROCESSED / "link.json").symlink_to("a.json")
    raws = backlog.read_pending(lake, ["a.json", "link.json"])
    backlog.archive(lake, raws)
    for raw in raws:
        assert backlog.remove_archived(lake, [raw]) == []
    assert backlog.list_pending(lake) == []
    assert [item.key for item in backlog.list_processed(lake)] == ["a.json", "link.json"]
