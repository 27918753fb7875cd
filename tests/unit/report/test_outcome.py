"""What a run did, in one line."""

import polars as pl

from top50.files import Published
from top50.report.outcome import Outcome
from top50.snapshot import SetAside

from ..builders import build, chart


def written(table: str, rows: int, added: int, changed: bool = True) -> Published:
    return Published(table, f"transformed_data/{table}/{table}.parquet", rows, added, changed)


def after_a_batch(**landed: str) -> Outcome:
    outcome = Outcome("global-weekly", dict(landed))  # type: ignore[arg-type]
    outcome.add_built(["a.json"], build(chart()).tables["chart_entries"], [])
    outcome.add_published(
        [written("chart_entries", 50, 50), written("songs", 50, 8), written("album", 9, -1)]
    )
    return outcome


NO_ENTRIES = pl.DataFrame(schema={"chart": pl.String, "chart_date": pl.Date})


def test_a_new_chart_is_told_with_what_it_added() -> None:
    assert after_a_batch().message == (
        "global-weekly 2026-11-19 from 1 raw object: +50 entries, +8 songs, -1 albums, +0 artists"
    )


def test_batches_are_told_together() -> None:
    outcome = after_a_batch()
    before = chart(added_at="2026-11-13T12:00:00Z", key="b.json")
    outcome.add_built(["b.json", "c.json"], build(before).tables["chart_entries"], [])
    outcome.add_published([written("chart_entries", 100, 50), written("songs", 50, 0, changed=False)])
    assert outcome.message.startswith("2 charts from 3 raw objects: +100 entries, +8 songs")
    assert outcome.published["transformed_data/songs/songs.parquet"].changed


def test_nothing_new_is_told_from_nothing_pending() -> None:
    assert (
        Outcome("global-weekly", {"a.json": "processed"}).message
        == "global-weekly: nothing new, the lake has it already"
    )
    assert Outcome("global-weekly").message == "nothing was pending"


def test_rows_and_objects_set_aside_are_counted() -> None:
    outcome = after_a_batch()
    aside = [
        SetAside("a.json", "an episode", 3),
        SetAside("a.json", "an episode", 4),
        SetAside("x.json", "empty"),
    ]
    outcome.add_built([], NO_ENTRIES, aside)
    assert outcome.message.endswith("; 1 object in quarantine; 2 rows without a song")
    assert outcome.failures == []


def test_a_chart_that_fails_its_checks_or_what_was_fetched_fails_the_run() -> None:
    outcome = after_a_batch(**{"fetched.json": "new"})
    stray = SetAside("stray.json", "no chart")
    rejected, fetched = (
        SetAside("bad.json", "only 40", fails_check=True),
        SetAside("fetched.json", "an\nerror"),
    )
    outcome.add_built([], NO_ENTRIES, [stray, rejected, fetched, SetAside("a.json", "an episode", 3)])
    assert outcome.refused == [stray, rejected, fetched]
    assert outcome.failures == [rejected, fetched]
    assert outcome.message == "bad.json went to quarantine (and 1 more): only 40"
