"""A sample of the bad input, and that the machinery sees what it is there to see."""

from pathlib import Path

import pytest

from tests.servers.seaweedfs import S3Server
from tests.torture import bad_input, bad_keys, bad_sizes
from tests.torture.bad_input import in_lake, in_memory, s3_lakes, wrong_reason
from tests.torture.good import good
from tests.torture.in_lake import put, wrong_ends
from tests.torture.scale import QUICK
from tests.torture.spoilt import spoilt
from tests.torture.tally import all_survived
from top50.lake import PROCESSED, QUARANTINE
from top50.lake.directory import DirectoryLake


def test_what_is_bad_is_refused_truly_or_taken_rightly_and_holds_up_nothing(
    tmp_path: Path, s3_server: S3Server
) -> None:
    tallies = [in_memory(QUICK.objects), bad_keys.on_disk(tmp_path / "keys")]
    tallies.append(in_lake(DirectoryLake(tmp_path / "lake", create=True), "directory", 60))
    with s3_lakes(s3_server) as new_lake:
        tallies += [bad_keys.on_s3(new_lake(), s3_server), in_lake(new_lake(), "SeaweedFS", 30)]
    tallies += bad_sizes.torture(QUICK, tmp_path / "sizes")
    assert all_survived(tallies), [failure for tally in tallies for failure in tally.failures]
    assert tallies[0].points == QUICK.objects


def test_the_same_seed_spoils_alike_and_in_every_way() -> None:
    one, two = (list(spoilt(QUICK.objects, 7)) for _ in range(2))
    assert one == two
    assert len({each.how for each in one}) > 25
    assert len({each.key for each in one}) == QUICK.objects


def test_an_error_of_another_kind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(bad_input, "read_snapshot", explode)
    assert in_memory(4).unclear == 4


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 2000, "no JSON", "gzip\x1b[31m, not JSON"])
def test_a_reason_that_is_untrue_or_no_short_plain_line_is_found(reason: str) -> None:
    assert wrong_reason(reason, "gzip, not")
    assert not wrong_reason("gzip, not JSON or CSV", "gzip, not")


def test_what_is_lost_held_up_doubled_or_without_reason_is_found(tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path, create=True)
    [(key, content)] = good(1)
    raws = [("lost.json", b"1"), ("twice.json", b"2"), ("pending.json", b"3"), ("silent.json", b"4")]
    put(lake, [raws[2]])
    lake.write(f"{PROCESSED}twice.json", b"2")
    lake.write(f"{QUARANTINE}twice.json", b"2")
    lake.write(f"{QUARANTINE}twice.json.reason.json", b'{"reason": "x"}')
    lake.write(f"{QUARANTINE}silent.json", b"4")
    assert wrong_ends(lake, raws, [(key, content)]) == {
        key: "held up: not processed",
        "lost.json": "lost",
        "twice.json": "2 times, and put there 1 times",
        "pending.json": "lost",
        "silent.json": "no reason",
    }
