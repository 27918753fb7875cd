"""Which songs Spotify is asked for, when the asking ends, and what is kept of the answers."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from tests.unit.builders import archive, build, chart, csv_line, encoded, new_csv, song_id, track
from top50.charts import CHARTS
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.lake.directory import DirectoryLake
from top50.raw import RawObject
from top50.raw.backlog import land
from top50.read.snapshot import Wanted
from top50.sources.songs import PAUSES, UNKNOWN, Answer, Asked, ask_for, newest_date, songs_to_ask, to_raw
from top50.tables.files import bare_songs
from top50.tables.publish import publish

WEEKLY = CHARTS["global-weekly"]
THURSDAY = date(2026, 11, 19)
BUSY = SourceUnavailable("busy", "Wait.", retry_after=1)
QUOTA = QuotaExceeded("too much", "Wait.", datetime(2026, 11, 23, tzinfo=UTC))


def answer(number: int) -> Answer:
    return Answer(song_id(number), encoded(track(number)), found=True)


def asking(script: dict[str, list[Exception]]) -> Callable[[str], Answer]:
    """Answers for every song, after the errors that the script has for it."""

    def ask(wanted: str) -> Answer:
        errors = script.get(wanted, [])
        if errors:
            raise errors.pop(0)
        return answer(int(wanted.removeprefix("song")))

    return ask


def test_a_pause_is_made_where_spotify_wants_one_and_then_it_goes_on() -> None:
    told: list[tuple[str, int]] = []
    asked = ask_for(
        [song_id(1), song_id(2)],
        asking({song_id(2): [BUSY, BUSY]}),
        lambda busy, number: told.append((busy.what, number)),
    )
    assert ([each.song_id for each in asked.found], asked.stopped) == ([song_id(1), song_id(2)], None)
    assert told == [("busy", 1), ("busy", 2)]


@pytest.mark.parametrize("refusals", [[QUOTA], [SourceError("no", "No.")], [BUSY] * (PAUSES + 1)])
def test_a_lasting_refusal_ends_it_and_keeps_what_is_there(refusals: list[Exception]) -> None:
    last = refusals[-1]
    asked = ask_for(
        [song_id(1), song_id(2), song_id(3)], asking({song_id(2): list(refusals)}), lambda *_: None
    )
    assert ([each.song_id for each in asked.found], asked.stopped) == ([song_id(1)], last)


@pytest.mark.parametrize(
    "content", [b"{}", encoded(track(2)), b'{"id": 7}', encoded({"id": song_id(1), "name": "no more"})]
)
def test_an_answer_that_is_not_that_song_in_full_is_none(content: bytes) -> None:
    asked = ask_for([song_id(1)], lambda wanted: Answer(wanted, content, found=True), lambda *_: None)
    assert (asked.found, len(asked.answers)) == ([], 1)


def land_and_archive(lake: DirectoryLake, raws: list[RawObject]) -> None:
    for raw in raws:
        land(lake, raw)
    observed_now = Wanted()
    publish(lake, build(*[(raw.key, raw.content) for raw in raws], wanted=observed_now).tables)
    archive(lake, [raw.key for raw in raws])


def test_what_was_asked_is_whole_and_is_not_asked_again(lake: DirectoryLake) -> None:
    lines = [csv_line(rank) for rank in range(1, 51)]
    publish(lake, build(("regional-global-weekly-2026-11-19.csv", new_csv(lines))).tables)
    assert set(bare_songs(lake)) == {song_id(number) for number in range(1, 51)}
    assert newest_date(lake, WEEKLY) == THURSDAY
    refused = Answer(song_id(3), b'{"error":{"status":404}}', found=False)
    raws = to_raw(Asked([answer(1), answer(2), refused]), WEEKLY, THURSDAY)
    assert sorted(raw.key.rpartition("/")[0] for raw in raws) == [
        "chart=global-weekly/2026-11-19",
        UNKNOWN.rstrip("/"),
    ]
    assert all(encoded(track(number)) in raws[-1].content for number in (1, 2))
    land_and_archive(lake, raws)
    assert songs_to_ask(lake, bare_songs(lake)) == [song_id(number) for number in range(4, 51)]


def test_the_songs_of_the_newest_chart_are_asked_for_first(lake: DirectoryLake) -> None:
    for day, numbers in (("2026-11-19", range(51, 101)), ("2026-11-12", range(1, 51))):
        lines = [csv_line(rank, number) for rank, number in enumerate(numbers, start=1)]
        publish(lake, build((f"regional-global-weekly-{day}.csv", new_csv(lines))).tables)
    assert set(bare_songs(lake)[:50]) == {song_id(number) for number in range(51, 101)}


def test_a_playlist_leaves_nothing_to_ask_for(lake: DirectoryLake) -> None:
    files = publish(lake, build(chart()).tables)
    assert [file.bare for file in files if file.table == "songs"] == [()]
    assert bare_songs(lake) == ()


def test_an_id_that_cannot_be_spotify_s_is_not_asked_for(lake: DirectoryLake) -> None:
    assert songs_to_ask(lake, ["short", song_id(1), "x" * 23]) == [song_id(1)]
