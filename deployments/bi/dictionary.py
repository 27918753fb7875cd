"""Write docs/data-dictionary.md from the definitions of the tables and views, or check that it is current."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS, View
from top50.lake.directory import DirectoryLake
from top50.tables import TABLES, Table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


@dataclass(frozen=True)
class Relation:
    """Rows of `many` that refer by `column` to the one row of `one` whose `key` it is."""

    one: str
    key: str
    many: str
    column: str
    meaning: str


RELATIONS = (
    Relation("songs", "song_id", "chart_entries", "song_id", "the song on that rank"),
    Relation("songs", "song_id", "song_artists", "song_id", "the song that the artist is named on"),
    Relation("artist", "artist_id", "song_artists", "artist_id", "the artist who is named"),
    Relation(
        "artist", "artist_id", "songs", "artist_id", "the first artist; null for a song known by name only"
    ),
    Relation("album", "album_id", "songs", "album_id", "the album; null for a song known by name only"),
)
"""The star."""

VIEW_KEYS = {
    "song_identity": "song_id",
    "top_50": "chart, chart_date, rank",
    "chart_movement": "chart, chart_date, rank",
    "dropped_out": "chart, chart_date, song_key",
    "artist_ranking": "chart, artist_id",
    "album_ranking": "chart, album_id",
    "current_top_50": "chart, rank",
    "chart_dates": "chart, chart_date",
}

_SONGS_MAY_LACK = {"artist_names", "artist_id", "album_id", "album_name", "release_date", "image_url", "url"}
_ENTRIES_MAY_LACK = {"duration_ms", "explicit", "streams", "popularity"}
_HISTORY_MAY_LACK = {"previous_rank", "rank_change", "reported_previous_rank", "reported_peak_rank"}
_DETAILS = _SONGS_MAY_LACK | _ENTRIES_MAY_LACK
_HISTORY = _HISTORY_MAY_LACK | {"reported_weeks_on_chart"}

MAY_BE_NULL: Mapping[str, set[str]] = {
    "top_50": _DETAILS,
    "chart_movement": _HISTORY,
    "artist_ranking": {"streams"},
    "album_ranking": {"artist_names", "streams"},
    "current_top_50": _DETAILS | _HISTORY,
    "chart_dates": {"source", "observed_at"},
}
"""SQL does not say it of views; a test looks whether it is true."""

_ATHENA = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp"}

Types = dict[str, dict[str, str]]


def page() -> str:
    """Return the text of the data dictionary, the same for the same definitions."""
    types = _types()
    parts = [*_head(), *_star()]
    for table in TABLES.values():
        parts += _of_table(table, types[table.name])
    for view in VIEWS.values():
        parts += _of_view(view, types[view.name])
    return "\n".join(parts) + "\n"


def _types() -> Types:
    """Describe every table and view of an empty catalog: relation → column → DuckDB's type."""
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        refresh_duckdb(DirectoryLake(Path(folder)))
        with duckdb.connect(str(Path(folder, CATALOG)), read_only=True) as catalog:
            return {
                name: {column: kind for column, kind, *_ in catalog.execute(f"DESCRIBE {name}").fetchall()}
                for name in (*TABLES, *VIEWS)
            }


def _head() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Made by `python -m deployments.bi.dictionary` from `top50/tables.py` and `top50/catalog/views.py`."
    yield "Change those, not this page."
    yield ""
    yield "Types stand as Athena and as DuckDB name them. Timestamps are UTC, without a time zone."
    yield "A view is a query: its rows are always those of the tables."


def _star() -> Iterator[str]:
    yield from ("", "## The star", "", "```mermaid", "erDiagram")
    for relation in RELATIONS:
        yield f"    {relation.one} ||--o{{ {relation.many} : {relation.column}"
    for table in TABLES.values():
        yield from _entity(table)
    yield "```"
    yield from ("", "| one | many | by | meaning |", "|---|---|---|---|")
    for each in RELATIONS:
        yield f"| `{each.one}.{each.key}` | `{each.many}.{each.column}` | {each.column} | {each.meaning} |"
    yield from (
        "",
        "A view needs none of these joins; views of one chart meet by `chart`, `chart_date` and `rank`,",
    )
    yield "views of one song by `song_key`."


def _entity(table: Table) -> Iterator[str]:
    yield f"    {table.name} {{"
    refers = {each.column for each in RELATIONS if each.many == table.name}
    for name, dtype in table.types.items():
        marks = ", ".join(
            mark for mark, is_so in (("PK", name in table.key), ("FK", name in refers)) if is_so
        )
        yield f"        {dtype.base_type().__name__.lower()} {name} {marks}".rstrip()
    yield "    }"


def _of_table(table: Table, types: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## Table `{table.name}`", "", (table.schema.__doc__ or "").strip(), "")
    yield f"Key: {', '.join(table.key)}."
    if table.partitions:
        yield f"Partitions: {', '.join(table.partitions)}; they stand in the path, not in the files."
    nullable = {name for name, column in table.schema.columns().items() if column.nullable}
    yield from _columns(types, nullable, table.comments)


def _of_view(view: View, types: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## View `{view.name}`", "", view.comment, "", f"Key: {VIEW_KEYS[view.name]}.")
    yield from _columns(types, MAY_BE_NULL.get(view.name, set()), view.columns)


def _columns(types: Mapping[str, str], nullable: set[str], comments: Mapping[str, str]) -> Iterator[str]:
    yield from ("", "| column | Athena | DuckDB | null | meaning |", "|---|---|---|---|---|")
    for name, kind in types.items():
        athena, null = _ATHENA.get(kind, kind.lower()), "yes" if name in nullable else "no"
        meaning = comments[name].replace("|", r"\|")
        yield f"| `{name}` | {athena} | {kind} | {null} | {meaning} |"


def main() -> None:
    """Do it from the command line; with --check the exit code is 1 when the page is not current."""
    parser = argparse.ArgumentParser(prog="python -m deployments.bi.dictionary", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say whether it is current")
    text = page()
    if not parser.parse_args().check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"✗ {PAGE.name} is not current: run python -m deployments.bi.dictionary")


if __name__ == "__main__":
    main()
