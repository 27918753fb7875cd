"""The newest chart as people read it."""

from datetime import date, timedelta

from top50.lake.directory import DirectoryLake
from top50.report.chart import ChartRow, newest_chart

from ..builders import THURSDAY, Json, Raw, artist, chart, published, track


def of_week(weeks_ago: int, *first: Json, chart_name: str = "global-weekly") -> Raw:
    """A chart that starts with these songs; the others are always the same, and always at the same rank."""
    friday = THURSDAY + timedelta(days=1) - timedelta(weeks=weeks_ago)
    songs = [*first, *[track(number) for number in range(100 + len(first), 150)]]
    return chart(songs, f"{friday}T12:00:00Z", f"chart={chart_name}/{friday}.json")


def shown(lake: DirectoryLake, count: int, chart_name: str = "global-weekly") -> list[str]:
    table = newest_chart(lake, chart_name)
    assert table is not None
    return [row.movement for row in table.rows[:count]]


A, B, C, D = (track(number) for number in range(1, 5))


def test_an_empty_lake_has_no_chart(lake: DirectoryLake) -> None:
    assert newest_chart(lake, "global-weekly") is None


def test_a_row_has_rank_song_and_all_artists(lake: DirectoryLake) -> None:
    duo = track(1, name="Duet", artists=[artist(7), artist(8)])
    published(lake, of_week(1, A), of_week(0, B, duo))
    table = newest_chart(lake, "global-weekly")
    assert table is not None
    assert (table.chart, table.chart_date, len(table.rows)) == ("global-weekly", THURSDAY, 50)
    assert table.rows[1] == ChartRow(2, "▼ 1", "Duet", "Artist 7, Artist 8")


def test_songs_climb_fall_stay_come_and_come_back(lake: DirectoryLake) -> None:
    published(lake, of_week(2, A, B, C, D), of_week(1, A, B, C), of_week(0, C, B, A, D, track(5)))
    assert shown(lake, 6) == ["▲ 2", "=", "▼ 2", "back", "new", "="]


def test_movement_is_unknown_when_the_chart_before_is_missing(lake: DirectoryLake) -> None:
    published(lake, of_week(0, A, B))
    assert set(shown(lake, 50)) == {""}
    published(lake, of_week(2, B, A))
    assert set(shown(lake, 50)) == {""}
    published(lake, of_week(1, B, A))
    assert shown(lake, 3) == ["▲ 1", "▼ 1", "="]


def test_another_chart_says_nothing_about_this_one(lake: DirectoryLake) -> None:
    published(lake, of_week(1, B, A, chart_name="global-daily"), of_week(0, A, B))
    assert set(shown(lake, 50)) == {""}


def test_the_daily_chart_moves_by_days(lake: DirectoryLake) -> None:
    def of_day(day: date, *first: Json) -> Raw:
        return chart(
            [*first, *[track(n) for n in range(100, 148)]],
            f"{day}T12:00:00Z",
            f"chart=global-daily/{day}.json",
        )

    published(lake, of_day(THURSDAY, A, B), of_day(THURSDAY - timedelta(days=1), B, A))
    assert shown(lake, 3, "global-daily") == ["▲ 1", "▼ 1", "="]


def test_the_chart_before_may_lie_in_another_year(lake: DirectoryLake) -> None:
    old = chart(
        [B, A, *[track(n) for n in range(102, 150)]], "2025-12-26T12:00:00Z", "chart=global-weekly/1.json"
    )
    new = chart(
        [A, B, *[track(n) for n in range(102, 150)]], "2026-01-02T12:00:00Z", "chart=global-weekly/2.json"
    )
    published(lake, old, new)
    assert shown(lake, 3) == ["▲ 1", "▼ 1", "="]


def test_a_song_under_another_id_is_the_same_song_by_its_isrc(lake: DirectoryLake) -> None:
    reissue = track(9, name="Song 1 - Remastered", artists=[artist(1)], external_ids=A["external_ids"])
    published(lake, of_week(1, B, A), of_week(0, reissue, B))
    assert shown(lake, 2) == ["▲ 1", "▼ 1"]


def test_a_song_under_another_id_is_the_same_song_by_its_names_whatever_their_case(
    lake: DirectoryLake,
) -> None:
    reissue = track(9, name="SONG 1", artists=[artist(1, name="artist 1")])
    namesake = track(8, name="Song 2", artists=[artist(3)])
    published(lake, of_week(2, B, A), of_week(1, A), of_week(0, reissue, namesake, B))
    assert shown(lake, 3) == ["=", "new", "back"]


def test_where_two_ids_of_a_song_were_on_the_chart_the_better_rank_counts(lake: DirectoryLake) -> None:
    single = track(9, external_ids=A["external_ids"])
    published(lake, of_week(1, B, A, single), of_week(0, single, B))
    assert shown(lake, 2) == ["▲ 1", "▼ 1"]
