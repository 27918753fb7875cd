"""`snapshot`: the body of a chart playlist, without HTTP."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from top50.simulator import snapshot

from .conftest import NOW, paths

PROGRAM = """
import hashlib
from datetime import UTC, datetime
from top50.simulator import snapshot
print(hashlib.sha256(snapshot("global-weekly", datetime(2026, 11, 22, 9, tzinfo=UTC))).hexdigest())
"""


def some_paths(weeks: int = 4, **options: Any) -> set[tuple[str, str]]:
    bodies = (snapshot("global-weekly", NOW - timedelta(weeks=week), **options) for week in range(weeks))
    return {pair for body in bodies for pair in paths(json.loads(body))}


def digest_in_another_process(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", PROGRAM]
    root = Path(__file__).parents[2]
    output = subprocess.run(command, env=environment, cwd=root, check=True, capture_output=True).stdout
    return output.decode().strip()


def test_the_same_question_has_the_same_answer_whatever_process_and_whatever_was_asked_before() -> None:
    for years in (1, 5, 3):
        snapshot("global-weekly", NOW - timedelta(days=365 * years))
    here = hashlib.sha256(snapshot("global-weekly", NOW)).hexdigest()
    assert digest_in_another_process("1") == here
    assert digest_in_another_process("2") == here


def test_all_rows_were_added_at_the_refresh() -> None:
    rows = json.loads(snapshot("global-weekly", NOW))["tracks"]["items"]
    assert {row["added_at"] for row in rows} == {"2026-11-20T12:00:00Z"}
    assert {row["added_by"]["id"] for row in rows} == {""}


def test_between_two_refreshes_nothing_changes() -> None:
    assert snapshot("global-weekly", NOW) == snapshot("global-weekly", NOW + timedelta(days=4))
    assert snapshot("global-weekly", NOW) != snapshot("global-weekly", NOW + timedelta(days=6))


def test_the_snapshot_id_names_seed_chart_and_refresh() -> None:
    def snapshot_id(chart: str, now: datetime, seed: int) -> str:
        return str(json.loads(snapshot(chart, now, seed=seed))["snapshot_id"])

    week = timedelta(weeks=1)
    asked = [("global-weekly", NOW, 50), ("global-daily", NOW, 50), ("global-weekly", NOW, 51)]
    assert len({snapshot_id(*each) for each in (*asked, ("global-weekly", NOW + week, 50))}) == 4


def test_a_snapshot_is_as_large_as_a_real_one() -> None:
    assert 190_000 <= len(snapshot("global-weekly", NOW)) <= 215_000


def test_it_is_minified_utf8() -> None:
    body = snapshot("global-weekly", NOW)
    assert json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode() == body


@pytest.mark.parametrize("name", ["global-daily-2024-04-22", "global-daily-2024-05-11"])
def test_its_fields_and_types_are_those_of_a_real_answer(name: str, real: Callable[[str], Any]) -> None:
    assert some_paths() == paths(real(f"playlists/{name}.playlist-object.json"))


def test_doubled_fields_and_types_are_those_of_an_answer_of_2026(real: Callable[[str], Any]) -> None:
    preview = {pair for pair in some_paths(doubled=True) if pair[0].endswith(".preview_url")}
    assert some_paths(doubled=True) - preview == paths(real("edge/2026-playlist_1.json")) - preview


def test_a_development_app_sees_items_without_the_fields_that_are_gone() -> None:
    extended = {
        path.replace("tracks.items", "items.items").replace("[].track", "[].item") for path, _ in some_paths()
    }
    seen = {path for path, _ in some_paths(app="development")}
    gone = {path.rsplit(".", 1)[-1] for path in extended - seen if not path.startswith(".tracks")}
    assert {"popularity", "available_markets", "followers"} <= gone
    assert not {path for path in seen if path.endswith(("popularity", "available_markets[]", ".track"))} - {
        ".items.items[].item.track"
    }


def test_addresses_start_with_the_base_url() -> None:
    body = snapshot("global-weekly", NOW, base_url="http://127.0.0.1:9/v1")
    assert b"api.spotify.com" not in body
    assert b'"href":"http://127.0.0.1:9/v1/tracks/0simT' in body


def test_a_chart_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown chart 'global-monthly'"):
        snapshot("global-monthly", NOW)
