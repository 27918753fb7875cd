"""Which row wins. Every rule takes the greatest of a total order: order, batches, repeats do not matter."""

from collections.abc import Callable, Collection, Iterable

import polars as pl

from top50.charts import CHARTS_CSV
from top50.tables.parquet import ARTIST_IDS, SAYS_CHART
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS

_CHART = ["chart", "chart_date"]
_OBJECT = [*_CHART, "raw_key"]

# Whether a song's row comes from a track object of the Web API.
IS_FULL = pl.any_horizontal(pl.col("duration_ms", "album_id").is_not_null())

# One number for both: rows are sorted by it in a third of the time.
_DATE_AND_RANK = pl.col("chart_date").to_physical().cast(pl.Int64) * 2**32 + pl.col("rank")


def merge_albums(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per album: one with a name before one without, then the latest; ties by content."""
    return _best_rows(rows, ALBUM.key, _has_text("name"))


def merge_artists(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per artist: one with a name before one without, then the latest; ties by content."""
    return _best_rows(rows, ARTIST.key, _has_text("artist_name"))


def merge_songs(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per song (with `artist_ids`): one with a name, then the fullest, then the latest."""
    # A track object before a line of the charts page, which has the artists' ids, before one of a CSV.
    fullness = pl.when(IS_FULL).then(2).when(pl.col("artist_id").is_not_null()).then(1).otherwise(0)
    return _best_rows(rows, SONGS.key, 3 * _has_text("song_name") + fullness)


def _has_text(column: str) -> pl.Expr:
    """Whether a name is more than blanks, as Python's isspace() defines them: columns.py does so, too."""
    return pl.col(column).str.contains(r"[^\s\x1c-\x1f]")


# Table → how its rows are merged; song_artists are derived from the songs.
MERGES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    ARTIST.name: merge_artists,
    ALBUM.name: merge_albums,
    SONGS.name: merge_songs,
}


def merge_charts(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one raw object's rows per chart and date.

    The official CSV comes first, then an object that names its chart, then the latest.
    """
    # The rows of a raw object are adjacent, ordered by rank: where that ends, the next object starts.
    goes_on = [pl.col(name) == pl.col(name).shift() for name in _OBJECT]
    further = pl.all_horizontal(*goes_on, pl.col("rank") > pl.col("rank").shift())
    starts = rows.select(starts=~further.fill_null(value=False)).to_series()
    objects = rows.filter(starts).with_row_index("object", offset=1)
    if _several(objects).height:
        rows = _rows_of_best(objects, rows.with_columns(object=starts.cum_sum())).select(rows.columns)
    rows = rows.sort(_DATE_AND_RANK)
    return rows.sort("chart", maintain_order=True) if objects["chart"].n_unique() > 1 else rows


def _rows_of_best(objects: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the best raw object of each chart and date; `object` numbers both alike."""
    cells = pl.col([name for name in rows.columns if name not in ("raw_key", "object", SAYS_CHART)])
    text = pl.concat_str(cells.to_physical().cast(pl.String).fill_null(""), separator="\x1f")
    says_chart = [pl.col(SAYS_CHART)] if SAYS_CHART in rows.columns else []
    best = _best(objects, pl.col("source") == CHARTS_CSV, *says_chart, pl.col("observed_at"))
    if _several(best).height and not best.select(_OBJECT).is_duplicated().any():
        best = _best(best, text)  # of its first row; not for an object in two parts, which has two first rows
    tied, rows = _several(best), _rows_of(best, rows)
    if tied.is_empty():
        return rows
    # Of objects that are as good, the one whose rows are the greatest text wins; ties by its key.
    equal = _rows_of(tied, rows).unique([*CHART_ENTRIES.key, "raw_key"])  # the same object twice
    texts = (
        equal.select(*_OBJECT, "rank", text=text)
        .sort("rank")
        .group_by(_OBJECT, maintain_order=True)
        .agg(pl.col("text").str.join("\x1e"))
    )
    greatest = texts.sort("text", "raw_key").unique(_CHART, keep="last", maintain_order=True)
    return pl.concat([_rows_of(tied, rows, invert=True), equal.join(greatest, on=_OBJECT, how="semi")])


def _several(objects: pl.DataFrame) -> pl.DataFrame:
    """Return the objects that share their chart and date with another."""
    return objects.filter(objects.select(_CHART).is_duplicated())


def _best(objects: pl.DataFrame, *qualities: pl.Expr) -> pl.DataFrame:
    """Keep for each chart and date the best objects, by one quality after the other."""
    for quality in qualities:
        objects = objects.filter(quality == quality.max().over(_CHART))
    return objects


def _rows_of(objects: pl.DataFrame, rows: pl.DataFrame, *, invert: bool = False) -> pl.DataFrame:
    """Return the rows of these objects, or of all others."""
    is_among = rows["object"].is_in(objects["object"].implode())
    return rows.filter(is_among != invert)


def concat_charts(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Concatenate chart entries of which only some have the column `says_chart`."""
    rows = pl.concat(parts, how="diagonal")
    return rows.with_columns(pl.col(SAYS_CHART).fill_null(value=True)) if SAYS_CHART in rows.columns else rows


def with_says_chart(entries: pl.DataFrame, unnamed: Collection[str]) -> pl.DataFrame:
    """Add `says_chart`, false for entries whose raw key is among `unnamed`; without any, add nothing."""
    if not unnamed:
        return entries
    return entries.with_columns((~pl.col("raw_key").is_in(list(unnamed))).alias(SAYS_CHART))


def unnamed_in(entries: pl.DataFrame) -> frozenset[str]:
    """Return the raw keys of entries whose object does not name its chart."""
    if SAYS_CHART not in entries.columns:
        return frozenset()
    return frozenset(entries.filter(~pl.col(SAYS_CHART))["raw_key"])


def _best_rows(rows: pl.DataFrame, key: list[str], worth: pl.Expr) -> pl.DataFrame:
    for quality in (worth, pl.col("updated_at")):
        rows = rows.filter(quality == quality.max().over(key))
    return rows.sort(key + [name for name in rows.columns if name not in key]).unique(
        key, keep="last", maintain_order=True
    )


def with_artist_ids(songs: pl.DataFrame, song_artists: pl.DataFrame) -> pl.DataFrame:
    """Add the column `artist_ids` to songs; a position without an artist is an empty string."""
    ids = (
        song_artists.sort("song_id", "position")
        .group_by("song_id", maintain_order=True)
        .agg("position", "artist_id")
    )
    joined = []
    for positions, artists in zip(ids["position"], ids["artist_id"], strict=True):
        at = dict(zip(positions, artists, strict=True))
        joined.append(",".join(at.get(position, "") for position in range(1, max(at) + 1)))
    named = ids.select("song_id", pl.Series(ARTIST_IDS, joined, dtype=pl.String))
    return songs.join(named, on="song_id", how="left").with_columns(pl.col(ARTIST_IDS).fill_null(""))


def split_artist_ids(songs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Undo `with_artist_ids`: return songs and song_artists."""
    exploded = (
        songs.select("song_id", artist_id=pl.col(ARTIST_IDS).str.split(","))
        .with_columns(position=pl.int_ranges(1, pl.col("artist_id").list.len() + 1, dtype=pl.Int32))
        .explode("artist_id", "position")
        .filter(pl.col("artist_id") != "")
    )
    return songs.drop(ARTIST_IDS), exploded.select(SONG_ARTISTS.columns).sort(SONG_ARTISTS.key)
