"""A run as a page of the dashboard."""

from top50.errors import Top50Error
from top50.read.snapshot import SetAside
from top50.report.markdown import as_text
from top50.report.outcome import Outcome, many
from top50.tables.files import Published

_SHOWN = 50
"""How many set-aside rows and objects the page lists; the log has them all."""


def summary_markdown(
    outcome: Outcome, seconds: dict[str, float], lake: str, error: Top50Error | None = None
) -> str:
    """Return the run as a page: result, files, what was set aside and why, how long each step took.

    error: what ended the run before its end; what was done until then is shown all the same.
    """
    parts = [f"# {outcome.chart}", *_result(outcome, error), *_places(outcome, lake)]
    parts += _section("Warnings", [as_text(warning) for warning in outcome.warnings])
    parts += _section("Fetched", [f"{as_text(key)}: {landed}" for key, landed in outcome.landed.items()])
    parts += _section("Published", [_file_line(file) for file in outcome.published.values()])
    parts += _section("Asked Spotify for", _asked_lines(outcome))
    parts += _section("Set aside", [_aside_line(each) for each in outcome.set_aside[:_SHOWN]])
    parts += _section("Left in the backlog", [as_text(stray) for stray in outcome.strays[:_SHOWN]])
    parts += _section("Time", [f"{step}: {spent:.2f} s" for step, spent in seconds.items()])
    return "\n\n".join(part for part in parts if part) + "\n"


def _result(outcome: Outcome, error: Top50Error | None) -> list[str]:
    if error is None:
        return [as_text(outcome.message)]
    return ["## Failed", as_text(error.what), f"What to do: {as_text(error.remedy)}"]


def _places(outcome: Outcome, lake: str) -> list[str]:
    told = {"lake": lake, "catalog": outcome.catalog or "not refreshed"}
    return [
        *[f"{name.capitalize()}: {as_text(text)}{_link(outcome, name)}" for name, text in told.items()],
        *([f"Page:{_link(outcome, 'page')}"] if "page" in outcome.links else []),
    ]


def _link(outcome: Outcome, name: str) -> str:
    return f" [open]({outcome.links[name]})" if name in outcome.links else ""


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "\n".join(f"- {line}" for line in lines)] if lines else []


def _asked_lines(outcome: Outcome) -> list[str]:
    known = sum(answer.known for answer in outcome.asked)
    unknown = [as_text(answer.song_id) for answer in outcome.asked if not answer.known]
    return [
        *([f"{many(known, 'song')}, now complete"] if known else []),
        *(
            [f"{many(len(unknown), 'song')} that Spotify does not know: {', '.join(unknown)}"]
            if unknown
            else []
        ),
        *([f"stopped: {as_text(str(outcome.stopped))}"] if outcome.stopped and outcome.asked else []),
    ]


def _file_line(file: Published) -> str:
    state = f"{file.rows} rows ({file.added:+})" if file.changed else f"{file.rows} rows, unchanged"
    return f"`{file.key}`: {state}"


def _aside_line(each: SetAside) -> str:
    where = "quarantine" if each.is_whole else f"rank {each.rank}" if each.rank else "this date alone"
    return f"{as_text(each.key)} ({where}): {as_text(each.reason)}"


def set_aside_table(outcome: Outcome) -> list[dict[str, str | int]]:
    """Return a row for each rank and object that was set aside: where it is, and why."""
    return [
        {
            "raw_key": as_text(each.key),
            "rank": each.rank or "all",
            "went to": "quarantine" if each.is_whole else "no row",
            "reason": as_text(each.reason),
        }
        for each in outcome.set_aside[:_SHOWN]
    ]
