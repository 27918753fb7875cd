"""A run on the dashboard: its page, and its tables of files and of what was set aside."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from top50.errors import Top50Error
from top50.report.outcome import Outcome
from top50.tables.files import Published
from top50.text import as_code, many

# How many of the rows and objects that were set aside are listed; the log has them all.
_LISTED = 50


def summary_markdown(
    outcome: Outcome, seconds: dict[str, float], lake: str, error: Top50Error | None = None
) -> str:
    """Return a run's page in Markdown: result, places, files, what was set aside and why, and times.

    seconds: step → how long it took. lake: its address. error: what ended the run, if it failed.
    """
    result = [as_code(outcome.message)]
    if error:
        result = ["## Failed", as_code(error.what), f"What to do: {as_code(error.remedy)}"]
    opens = {name: f" [open]({address})" for name, address in outcome.links.items()}
    places = [
        f"Lake: {as_code(lake)}{opens.get('lake', '')}",
        f"Catalog: {as_code(outcome.catalog or 'not refreshed')}{opens.get('catalog', '')}",
        f"Page:{opens['page']}" if "page" in opens else "",
    ]
    set_aside = [
        f"{as_code(item.key)} ({_went_to(item.is_whole, item.rank)}): {as_code(item.reason)}"
        for item in outcome.set_aside[:_LISTED]
    ]
    sections = {
        "Warnings": [as_code(warning) for warning in outcome.warnings],
        "Fetched": [f"{as_code(key)}: {landed}" for key, landed in outcome.landed.items()],
        "Published": [
            f"`{file.key}`: {file.rows} rows" + (f" ({file.added:+})" if file.changed else ", unchanged")
            for file in outcome.published.values()
        ],
        "Looked up at Spotify": _lookup_lines(outcome),
        "Set aside": set_aside,
        "Left in the backlog": [as_code(line) for line in outcome.left_pending[:_LISTED]],
        "Time": [f"{step}: {spent:.2f} s" for step, spent in seconds.items()],
    }
    parts = [f"# {outcome.chart}", *result, *places]
    for title, lines in sections.items():
        parts += [f"## {title}", "\n".join(f"- {line}" for line in lines)] if lines else []
    return "\n\n".join(part for part in parts if part) + "\n"


def _went_to(is_whole: bool, rank: int | None) -> str:
    return "quarantine" if is_whole else f"rank {rank}" if rank else "this date alone"


def _lookup_lines(outcome: Outcome) -> list[str]:
    unknown = [as_code(answer.song_id) for answer in outcome.answers if not answer.found]
    lines = [
        f"{many(outcome.completed, 'song')}, now complete" if outcome.completed else "",
        f"{many(len(unknown), 'song')} that Spotify does not have: {', '.join(unknown)}" if unknown else "",
    ]
    if outcome.lookup_stopped and outcome.answers:
        lines.append(f"stopped: {as_code(str(outcome.lookup_stopped))}")
    return [line for line in lines if line]


def set_aside_table(outcome: Outcome) -> list[dict[str, str | int]]:
    """Return a row for each rank and object that was set aside: where it is, and why."""
    return [
        {
            "raw_key": as_code(item.key),
            "rank": item.rank or "all",
            "went to": "quarantine" if item.is_whole else "no row",
            "reason": as_code(item.reason),
        }
        for item in outcome.set_aside[:_LISTED]
    ]


def quality_table(published: Iterable[Published]) -> list[dict[str, str | int]]:
    """Return a row for each file: its rows, how many are new, and how many values of each column are null.

    The nulls are read from the footers of the files' contents.
    """
    return [
        {
            "table": file.table,
            "part": ", ".join(folder.split("=", 1)[1] for folder in file.key.split("/") if "=" in folder),
            "rows": file.rows,
            "new": file.added,
            "written": "yes" if file.changed else "unchanged",
            "null": ", ".join(f"{column} {nulls}" for column, nulls in _nulls(file.content).items())
            or "none",
        }
        for file in published
    ]


def _nulls(content: bytes) -> dict[str, int]:
    """Return column → number of nulls, for the columns of a Parquet file that have any, in their order."""
    metadata = pq.read_metadata(pa.BufferReader(content))
    nulls: dict[str, int] = {}
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            count = column.statistics.null_count if column.statistics else 0
            nulls[column.path_in_schema] = nulls.get(column.path_in_schema, 0) + count
    return {column: count for column, count in nulls.items() if count}
