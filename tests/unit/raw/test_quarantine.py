"""What lies in quarantine: listed with its reason, found by key or pattern, put back without loss."""

import re
from pathlib import Path

import pytest

from deployments.quarantine import main
from tests.unit.builders import files
from tests.unit.commands import Ended, run
from top50.errors import LakeError
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.printed_commands import module_command
from top50.raw import RawObject, SetAside, backlog
from top50.raw.quarantine import (
    as_pattern,
    find_quarantined,
    list_quarantine,
    put_back,
    quarantine_table,
    read_reasons,
)


def refuse(lake: DirectoryLake, key: str, reason: str = "no chart", content: bytes = b"{}") -> None:
    lake.write(TO_PROCESSED + key, content)
    backlog.quarantine(lake, [SetAside(key, reason)])


def raws(lake: DirectoryLake) -> dict[str, bytes]:
    return {key.removeprefix("raw_data/"): content for key, content in files(lake.root, "raw_data").items()}


def test_a_reason_that_cannot_be_read_hides_no_other(lake: DirectoryLake) -> None:
    refuse(lake, "a.json", "no chart")
    refuse(lake, "b.json")
    reason = lake.root / QUARANTINE / "b.json.reason.json"
    reason.unlink()
    reason.symlink_to(reason.name)
    readable, unreadable = read_reasons(lake, ["a.json", "b.json"])
    assert readable == "no chart"
    assert unreadable.startswith("its reason cannot be read: cannot read ")


def test_the_table_says_what_is_there_and_why_and_how_it_gets_out(lake: DirectoryLake) -> None:
    refuse(lake, "a b/x.json", "it is `no` <b>chart</b>")
    [row] = quarantine_table(lake)
    assert row.pop("since")
    assert row == {
        "key": "`a b/x.json`",
        "reason": "`it is 'no' <b>chart</b>`",
        "bytes": 2,
        "put back": f"`{module_command('flows.process_pending', '--requeue', 'a b/x.json')}`",
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (b'{"reason": "fine"}', "fine"),
        (b'{"reason": "two\\n\\u001b[31mlines"}', "two [31mlines"),
        (b"{}", "it has no reason file"),
        (b"[" * 5000, "its reason cannot be read"),
        (b'{"reason": 5}', "its reason cannot be read"),
        (b"\xff", "its reason cannot be read"),
        (None, "it has no reason file"),
    ],
)
def test_a_reason_that_somebody_spoilt_is_no_error(
    lake: DirectoryLake, reason: bytes | None, told: str
) -> None:
    lake.write(f"{QUARANTINE}x.json", b"{}")
    if reason is not None:
        lake.write(f"{QUARANTINE}x.json.reason.json", reason)
    assert read_reasons(lake, [each.key for each in list_quarantine(lake)]) == [told]


def test_put_back_leaves_no_reason_and_no_folder(lake: DirectoryLake) -> None:
    refuse(lake, "a/x.json")
    assert put_back(lake, "a/x.json") == "a/x.json"
    assert raws(lake) == {"to_processed/a/x.json": b"{}"}
    assert not (lake.root / "raw_data/quarantine/a").exists()


def test_put_back_overwrites_nothing_that_is_pending_under_its_key(lake: DirectoryLake) -> None:
    refuse(lake, "x.json", content=b"refused")
    lake.write(f"{TO_PROCESSED}x.json", b"mended")
    free = put_back(lake, "x.json")
    assert raws(lake) == {"to_processed/x.json": b"mended", f"to_processed/{free}": b"refused"}


def test_landing_again_what_was_refused_leaves_no_stale_reason(lake: DirectoryLake) -> None:
    refuse(lake, "x.json")
    assert backlog.land(lake, RawObject("x.json", b"{}")) == "requeued"
    assert raws(lake) == {"to_processed/x.json": b"{}"}


def test_put_back_that_was_stopped_half_way_is_done_by_the_next(lake: DirectoryLake) -> None:
    refuse(lake, "x.json")
    lake.remove(f"{QUARANTINE}x.json.reason.json")
    assert find_quarantined(lake, ["x.json"]) == ["x.json"]
    put_back(lake, "x.json")
    assert raws(lake) == {"to_processed/x.json": b"{}"}


def test_keys_are_meant_by_name_or_pattern_each_once(lake: DirectoryLake) -> None:
    for key in ("a/1.json", "a/2.json", "b.csv", "[x].json"):
        refuse(lake, key)
    assert find_quarantined(lake, ["a/*", "a/1.json"]) == ["a/1.json", "a/2.json"]
    assert find_quarantined(lake, ["[x].json"]) == ["[x].json"]


@pytest.mark.parametrize("folder", [TO_PROCESSED, PROCESSED])
def test_what_a_killed_run_has_put_back_is_no_error(lake: DirectoryLake, folder: str) -> None:
    lake.write(f"{folder}x.json", b"{}")
    assert find_quarantined(lake, ["x.json"]) == []


@pytest.mark.parametrize("key", ["y.json", "../processed/x.json", "z*", "x.json.reason.json", ""])
def test_an_unknown_key_moves_nothing(lake: DirectoryLake, key: str) -> None:
    refuse(lake, "x.json")
    with pytest.raises(LakeError, match=f"no object in quarantine matches {re.escape(repr(key))}"):
        find_quarantined(lake, ["x.json", key])


@pytest.mark.parametrize(
    "key", ["line\nbreak.json", "[a]\x1b.json", "caf\udce9.json", "t`ick.json", "é [1].json"]
)
def test_a_key_that_cannot_be_typed_is_meant_by_a_pattern_that_can(lake: DirectoryLake, key: str) -> None:
    refuse(lake, key)
    refuse(lake, "another.json")
    assert as_pattern(key).isprintable()
    assert find_quarantined(lake, [as_pattern(key)]) == [key]


def listed(lake: Path) -> Ended:
    return run(main, {"TOP50_LAKE": str(lake)})


def test_the_command_lists_it_and_nothing_in_a_key_acts_on_the_terminal(lake: DirectoryLake) -> None:
    refuse(lake, "\x1b[31m\u202ered\n.json")
    ended = listed(lake.root)
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout
    assert "  why:   no chart\n" in shown
    assert "--requeue '?[[]31m?red?.json'\n" in shown
    assert not {mark for mark in shown if not mark.isprintable()} - {"\n"}


def test_the_command_says_when_there_is_nothing_and_when_there_is_no_lake(lake: DirectoryLake) -> None:
    assert listed(lake.root).stdout.startswith("Nothing is in quarantine")
    missing = listed(lake.root / "missing")
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1
