"""`/simulator/…`: what people at a terminal do to a running simulator. No token, no faults, not counted."""

from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from top50.simulator.answers import Answer, Call, RefusedError, error, json_answer
from top50.simulator.calendars import parse_instant, timestamp
from top50.simulator.csv_files import chart_of, csv_file, refresh_after
from top50.simulator.faults import Fault
from top50.simulator.state import State
from top50.simulator.strange import Strange

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Content = TypeVar("Content")


def refuse_foreign(call: Call) -> None:
    """Raise RefusedError for a page of another origin, also one whose name has come to mean this machine.

    Any page in a browser here can send requests to this port.
    """
    host = call.headers.get("host", "")
    origin = call.headers.get("origin")
    if urlsplit(f"//{host}").hostname not in LOOPBACK or origin not in (None, f"http://{host}"):
        raise RefusedError(error(403, "the control answers no page of another origin"))


def clock(state: State, call: Call) -> Answer:
    """`GET`, or `POST {"now": "2026-11-20T12:00:00Z"}`."""
    if call.method == "POST":
        text = _content(call, dict[str, str]).get("now", "")
        try:
            state.set_now(parse_instant(text))
        except ValueError as problem:
            raise RefusedError(error(400, str(problem))) from problem
    now: datetime = state.clock()
    return json_answer({"now": timestamp(now)})


def faults(state: State, call: Call) -> Answer:
    """`GET` what waits, `POST [{"kind": …}, …]` to add, `DELETE` to behave again."""
    if call.method == "POST":
        state.add_faults(_content(call, list[Fault]))
    if call.method == "DELETE":
        state.clear_faults()
    return json_answer(state.faults)


def strange_rows(state: State, call: Call) -> Answer:
    """`POST {"3": "episode"}`: what stands at these ranks of every chart, all others being honest."""
    try:
        state.set_strange(_content(call, dict[int, Strange]))
    except ValueError as problem:
        raise RefusedError(error(400, str(problem))) from problem
    return json_answer(state.strange)


def requests(state: State, _: Call) -> Answer:
    """`GET`: what was asked so far, the oldest first."""
    return json_answer([asked._asdict() for asked in state.requests])


def chart_file(state: State, call: Call) -> Answer:
    """`GET` the official CSV of this name: `curl -O`. 404: no chart is called so, or not yet."""
    found = chart_of(call.parts["name"])
    if found is None or refresh_after(found.chart, found.day) > state.clock():
        raise RefusedError(error(404, f"no chart is called {call.parts['name']} by now"))
    _, content = csv_file(found, state.seed)
    return Answer(content, content_type="text/csv; charset=utf-8")


def _content(call: Call, kind: type[Content]) -> Content:
    try:
        return msgspec.json.decode(call.body, type=kind)
    except msgspec.DecodeError as problem:
        raise RefusedError(error(400, str(problem))) from problem
