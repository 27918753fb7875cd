"""Write docs/data-dictionary.md from the definitions of the tables and views, or check that it is current."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS
from top50.command import run_command
from top50.errors import Top50Error
from top50.lake.directory import DirectoryLake
from top50.options import command
from top50.tables.schemas import TABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


@dataclass(frozen=True)
class Relation:
    """A foreign key: `column` of the table `many` holds the `key` of one row of the table `one`."""

    one: str
    key: str
    many: str
    column: str
    meaning: str


# The star.
RELATIONS = (
    Relation("songs", "song_id", "chart_entries", "song_id", "the song on that rank"),
    Relation("songs", "song_id", "song_artists", "song_id", "the song that the artist is named on"),
    Relation("artist", "artist_id", "song_artists", "artist_id", "the artist who is named"),
    Relation(
        "artist", "artist_id", "songs", "artist_id", "the first artist; null for a song known by name only"
    ),
    Relation("album", "album_id", "songs", "album_id", "the album; null for a song known by name only"),
)
# SQL does not state the keys of views; a test compares these with the data.
VIEW_KEYS = {
    "song_identity": "song_id",
    "top_50": "chart, chart_date, rank",
    "chart_movement": "chart, chart_date, rank",
    "dropped_out": "chart, chart_date, song_key",
    "artist_ranking": "chart, artist_id",
    "album_ranking": "chart, album_id",
    "label_ranking": "chart, label",
    "song_reach": "period, chart_date, song_key",
    "current_top_50": "chart, rank",
    "chart_dates": "chart, chart_date",
}

_SONGS_MAY_LACK = {"artist_names", "artist_id", "album_id", "album_name", "release_date", "image_url", "url"}
_ENTRIES_MAY_LACK = {"duration_ms", "explicit", "streams", "popularity"}
_HISTORY_MAY_LACK = {"previous_rank", "rank_change", "reported_previous_rank", "reported_peak_rank"}
_DETAILS = _SONGS_MAY_LACK | _ENTRIES_MAY_LACK
_HISTORY = _HISTORY_MAY_LACK | {"reported_weeks_on_chart"}

# Nor does it state which columns may be null.
MAY_BE_NULL: Mapping[str, set[str]] = {
    "top_50": _DETAILS,
    "chart_movement": _HISTORY,
    "artist_ranking": {"streams"},
    "album_ranking": {"artist_names", "streams"},
    "label_ranking": {"streams"},
    "song_reach": {"artist_names", "streams"},
    "current_top_50": _DETAILS | _HISTORY,
    "chart_dates": {"source", "observed_at"},
}

_ATHENA = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp"}


def page() -> str:
    """Return the text of the data dictionary, the same for the same definitions."""
    types = _column_types()
    lines = [
        "# Data dictionary",
        "",
        "Made by `python -m deployments.bi.dictionary` from `top50/tables.py` and `top50/catalog/views.py`.",
        "Change those, not this page.",
        "",
        "Types stand as Athena and as DuckDB name them. Timestamps are UTC, without a time zone.",
        "A view is a query: its rows are always those of the tables.",
        *_star(),
    ]
    for table in TABLES.values():
        lines += ["", f"## Table `{table.name}`", "", (table.schema.__doc__ or "").strip(), ""]
        lines += [f"Key: {', '.join(table.key)}."]
        if table.partitions:
            lines += [f"Partitions: {', '.join(table.partitions)}; they stand in the path, not in the files."]
        nullable = {name for name, column in table.schema.columns().items() if column.nullable}
        lines += _columns(types[table.name], nullable, table.comments)
    for view in VIEWS.values():
        lines += ["", f"## View `{view.name}`", "", view.comment, "", f"Key: {VIEW_KEYS[view.name]}."]
        lines += _columns(types[view.name], MAY_BE_NULL.get(view.name, set()), view.columns)
    return "\n".join(lines) + "\n"


def _column_types() -> dict[str, dict[str, str]]:
    """Return table or view → column → DuckDB's type, as an empty catalog describes them."""
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        refresh_duckdb(DirectoryLake(Path(folder)))
        with duckdb.connect(str(Path(folder, CATALOG)), read_only=True) as catalog:
            return {
                name: {column: kind for column, kind, *_ in catalog.execute(f"DESCRIBE {name}").fetchall()}
                for name in (*TABLES, *VIEWS)
            }


def _star() -> Iterator[str]:
    """Yield the picture of the tables, and the list of their relations."""
    yield from ("", "## The star", "", "```mermaid", "erDiagram")
    for relation in RELATIONS:
        yield f"    {relation.one} ||--o{{ {relation.many} : {relation.column}"
    for table in TABLES.values():
        foreign_keys = {relation.column for relation in RELATIONS if relation.many == table.name}
        yield f"    {table.name} {{"
        for name, dtype in table.types.items():
            marks = ["PK"] * (name in table.key) + ["FK"] * (name in foreign_keys)
            yield f"        {dtype.base_type().__name__.lower()} {name} {', '.join(marks)}".rstrip()
        yield "    }"
    yield "```"
    yield from ("", "| one | many | by | meaning |", "|---|---|---|---|")
    for relation in RELATIONS:
        one, many = f"`{relation.one}.{relation.key}`", f"`{relation.many}.{relation.column}`"
        yield f"| {one} | {many} | {relation.column} | {relation.meaning} |"
    yield ""
    yield "A view needs none of these joins; views of one chart meet by `chart`, `chart_date` and `rank`,"
    yield "views of one song by `song_key`."


def _columns(types: Mapping[str, str], nullable: set[str], comments: Mapping[str, str]) -> Iterator[str]:
    yield from ("", "| column | Athena | DuckDB | null | meaning |", "|---|---|---|---|---|")
    for name, kind in types.items():
        athena, null = _ATHENA.get(kind, kind.lower()), "yes" if name in nullable else "no"
        meaning = comments[name].replace("|", r"\|")
        yield f"| `{name}` | {athena} | {kind} | {null} | {meaning} |"


@command("deployments.bi.dictionary")
def main(*, check: bool = False) -> None:
    """Write docs/data-dictionary.md from the definitions of the tables and views.

    Args:
        check: Write nothing; the exit code is 1 when the page is not current.
    """
    text = page()
    if not check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        raise Top50Error(f"{PAGE.name} is not current", "Run python -m deployments.bi.dictionary.")


if __name__ == "__main__":
    run_command(main)
