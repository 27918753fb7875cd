"""What a run did, in one line."""

from datetime import UTC, date, datetime

import polars as pl

from top50.errors import QuotaExceeded, SettingsError, SourceUnavailable
from top50.raw import SetAside
from top50.report.outcome import Awaited, Outcome
from top50.tables.files import Published

from ..builders import build, chart


def written(table: str, rows: int, added: int, changed: bool = True) -> Published:
    return Published(table, f"transformed_data/{table}/{table}.parquet", rows, added, changed)


def after_a_batch(**landed: str) -> Outcome:
    outcome = Outcome(("global-weekly",), landed=dict(landed))  # type: ignore[arg-type]
    outcome.add_built(["a.json"], build(chart()).tables["chart_entries"], [])
    outcome.add_published(
        [written("chart_entries", 50, 50), written("songs", 50, 8), written("album", 9, -1)]
    )
    return outcome


NO_ENTRIES = pl.DataFrame(schema={"chart": pl.String, "chart_date": pl.Date})


def test_a_new_chart_is_named_with_what_it_added() -> None:
    assert after_a_batch().message == (
        "global-weekly 2026-11-19 from 1 raw object: +50 entries, +8 songs, -1 albums, +0 artists"
    )


def test_batches_are_added_up() -> None:
    outcome = after_a_batch()
    before = chart(added_at="2026-11-13T12:00:00Z", key="b.json")
    outcome.add_built(["b.json", "c.json"], build(before).tables["chart_entries"], [])
    outcome.add_published([written("chart_entries", 100, 50), written("songs", 50, 0, changed=False)])
    assert outcome.message.startswith("2 charts from 3 raw objects: +100 entries, +8 songs")
    assert outcome.published["transformed_data/songs/songs.parquet"].changed


def test_nothing_new_differs_from_nothing_pending() -> None:
    assert (
        Outcome(("global-weekly",), landed={"a.json": "processed"}).message
        == "global-weekly: nothing new, the lake has it already"
    )
    assert Outcome(("global-weekly",)).message == "nothing was pending"


def test_rows_and_objects_set_aside_are_counted() -> None:
    outcome = after_a_batch()
    aside = [
        SetAside("a.json", "an episode", 3),
        SetAside("a.json", "an episode", 4),
        SetAside("x.json", "empty"),
    ]
    outcome.add_built([], NO_ENTRIES, aside)
    refused = "1 object went to quarantine, x.json: empty. See make quarantine"
    assert outcome.message.endswith(f"+0 artists; {refused}; 2 rows without a song")
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
    taken = "global-weekly 2026-11-19 from 1 raw object: +50 entries, +8 songs, -1 albums, +0 artists"
    refused = "3 objects went to quarantine, the first is bad.json: only 40. See make quarantine"
    assert outcome.message == f"{taken}; {refused}; 1 row without a song"


def test_a_run_whose_objects_were_all_refused_fails_and_took_nothing() -> None:
    outcome = Outcome(("global-weekly",), idle="2 files: 2 refused")
    outcome.add_built(
        [], NO_ENTRIES, [SetAside("a.csv", "a login page. Log in."), SetAside("b.csv", "empty")]
    )
    assert len(outcome.failures) == 2
    assert outcome.message == (
        "nothing was processed; 2 objects went to quarantine, the first is a.csv: a login page. Log in. "
        "See make quarantine"
    )


def test_a_week_without_its_chart_says_so_and_what_to_do() -> None:
    missing = Awaited(date(2026, 11, 26), "download it")
    outcome = Outcome(("global-weekly",), missing={"global-weekly": missing})
    assert outcome.has_no_chart
    late = "global-weekly of 2026-11-26 is not available yet: download it"
    assert outcome.message == f"nothing was pending; {late}"
    taken = after_a_batch()
    taken.missing = {"global-weekly": missing}
    assert not taken.has_no_chart
    assert taken.message.endswith(f"+0 artists; {late}")


def test_songs_without_details_are_counted_with_the_reason() -> None:
    outcome = after_a_batch()
    outcome.songs_without_details = 50
    outcome.lookup_stopped = SettingsError("no Spotify app", "A remedy of two lines.")
    assert outcome.message.endswith("; 50 songs lack track details (no Spotify app)")
    outcome.lookup_stopped = QuotaExceeded(
        "429: the day's quota", "Wait.", datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    )
    assert outcome.message.endswith("details (Spotify's quota is used up until 2026-11-28 09:30 UTC)")


def test_charts_that_could_not_be_fetched_are_named_beside_those_that_could() -> None:
    asked = ("global-weekly", "us-weekly", "br-weekly", "de-weekly", "fr-weekly")
    away = SourceUnavailable("Spotify answers 503", "Run it again")
    outcome = Outcome(asked, unfetched=dict.fromkeys(asked[1:], away))
    assert outcome.message == (
        "nothing was pending; could not be fetched: us-weekly, br-weekly, de-weekly and 1 more of 5 charts: "
        "Spotify answers 503. Run it again"
    )


def test_charts_that_are_late_are_named_and_the_run_has_a_chart_while_one_is_there() -> None:
    late = Awaited(date(2026, 11, 26), "run it again later")
    outcome = Outcome(("us-weekly", "br-weekly"), missing={"br-weekly": late})
    assert outcome.has_no_chart is False
    assert outcome.message.endswith("br-weekly of 2026-11-26 is not available yet: run it again later")
    both = Outcome(("us-weekly", "br-weekly"), missing=dict.fromkeys(("us-weekly", "br-weekly"), late))
    assert both.has_no_chart
    assert "us-weekly, br-weekly of 2026-11-26 are not available yet" in both.message
