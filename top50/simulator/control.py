"""`/simulator/…`: control of a running simulator from a terminal. No token, no faults, not noted."""

from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from top50.simulator.answers import Answer, Call, RefusedError, error, json_answer
from top50.simulator.csv_files import chart_of, csv_file
from top50.simulator.faults import Fault
from top50.simulator.state import Simulator
from top50.simulator.strange_rows import Strange
from top50.simulator.world.calendars import parse_instant, refresh_after, timestamp

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Content = TypeVar("Content")


def refusal(call: Call) -> Answer | None:
    """Return a refusal for a page of another origin, also one whose name now resolves to this machine.

    Any page in a browser here can send requests to this port.
    """
    host, origin = call.headers.get("host", ""), call.headers.get("origin")
    if urlsplit(f"//{host}").hostname in LOOPBACK and origin in (None, f"http://{host}"):
        return None
    return error(403, "the control answers no page of another origin")


def clock(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET` and `POST {"now": "2026-11-20T12:00:00Z"}` with the clock."""
    if call.method == "POST":
        text = _content(call, dict[str, str]).get("now", "")
        try:
            simulator.set_now(parse_instant(text))
        except ValueError as problem:
            raise RefusedError(error(400, str(problem))) from problem
    return json_answer({"now": timestamp(simulator.clock())})


def faults(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET`, `POST [{"kind": …}, …]` (more faults) and `DELETE` with the faults that are left."""
    if call.method == "POST":
        simulator.misbehave(*_content(call, list[Fault]))
    if call.method == "DELETE":
        simulator.behave()
    return json_answer(simulator.faults)


def strange_rows(simulator: Simulator, call: Call) -> Answer:
    """Set the rows at these ranks of every chart, all others being normal: `POST {"3": "episode"}`."""
    try:
        simulator.strange_rows(_content(call, dict[int, Strange]))
    except ValueError as problem:
        raise RefusedError(error(400, str(problem))) from problem
    return json_answer(simulator.strange)


def requests(simulator: Simulator, _: Call) -> Answer:
    """Answer `GET` with all requests so far, the oldest first."""
    return json_answer([request._asdict() for request in simulator.requests])


def chart_file(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET` (`curl -O`) with the official CSV of this name. 404: it does not exist, or not yet."""
    found = chart_of(call.parts["name"])
    if found is None or refresh_after(found.chart, found.day) > simulator.clock():
        raise RefusedError(error(404, f"no chart is called {call.parts['name']} by now"))
    _, content = csv_file(found, simulator.seed)
    return Answer(content, content_type="text/csv; charset=utf-8")


def _content(call: Call, kind: type[Content]) -> Content:
    try:
        return msgspec.json.decode(call.body, type=kind)
    except msgspec.DecodeError as problem:
        raise RefusedError(error(400, str(problem))) from problem
