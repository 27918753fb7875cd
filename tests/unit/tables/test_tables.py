"""One definition per table."""

from datetime import date

import dataframely as dy
import polars as pl
import pytest

from tests.unit.builders import build, chart
from top50.tables.schemas import CHART_ENTRIES, SONG_ARTISTS, TABLES

TIME = "timestamp[us, tz=UTC]"
COLUMNS = {
    "album": "album_id string, name string, album_type string?, release_date date32[day]?, "
    "release_date_precision string?, total_tracks int32?, url string?, image_url string?, "
    f"updated_at {TIME}",
    "artist": f"artist_id string, artist_name string, external_url string?, updated_at {TIME}",
    "songs": "song_id string, song_name string, duration_ms int64?, explicit bool?, isrc string?, "
    f"url string?, popularity int32?, song_added {TIME}?, album_id string?, artist_id string?, "
    f"artist_names string?, updated_at {TIME}, image_url string?",
    "song_artists": "song_id string, position int32, artist_id string",
    "chart_entries": "chart_date date32[day], rank int32, song_id string, streams int64?, popularity int32?, "
    "reported_previous_rank int32?, reported_peak_rank int32?, reported_weeks_on_chart int32?, "
    f"source string, raw_key string, observed_at {TIME}, label string?",
}
KEYS = {
    "album": ["album_id"],
    "artist": ["artist_id"],
    "songs": ["song_id"],
    "song_artists": ["song_id", "position"],
    "chart_entries": ["chart", "chart_date", "rank"],
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_and_keys_of_the_contract(name: str) -> None:
    table = TABLES[name]
    columns = [f"{field.name} {field.type}{'?' if field.nullable else ''}" for field in table.arrow_schema]
    assert ", ".join(columns) == COLUMNS[name]
    assert table.key == KEYS[name]


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_a_comment(name: str) -> None:
    assert all(len(comment) > 8 for comment in TABLES[name].comments.values())


def test_a_table_comes_before_those_that_refer_to_it() -> None:
    assert list(TABLES) == ["artist", "album", "song_artists", "songs", "chart_entries"]
    assert CHART_ENTRIES.partitions == ("chart", "year")


@pytest.mark.parametrize(
    "broken",
    [
        pl.col("rank").replace(2, 1),
        pl.col("rank") - 1,
        pl.lit(None, pl.String).alias("song_id"),
        pl.lit(None, pl.Date).alias("chart_date"),
    ],
)
def test_rows_that_break_the_contract_are_not_let_through(broken: pl.Expr) -> None:
    entries = build(chart()).tables["chart_entries"]
    with pytest.raises(dy.exc.ValidationError):
        CHART_ENTRIES.check(entries.with_columns(broken))


def test_checked_rows_are_sorted_by_key() -> None:
    rows = pl.DataFrame({"song_id": ["b", "a", "a"], "position": [1, 2, 1], "artist_id": ["x", "y", "z"]})
    checked = SONG_ARTISTS.check(rows.cast({"position": pl.Int32}))
    assert checked["artist_id"].to_list() == ["z", "y", "x"]
    entries = build(chart(), chart(added_at="2025-12-26T12:00:00Z", key="chart=global-weekly/o.json")).tables
    assert CHART_ENTRIES.check(entries["chart_entries"].reverse())["chart_date"][0] == date(2025, 12, 25)
