"""The Web API's endpoints, as an app of either kind meets them."""

from datetime import datetime
from urllib.parse import quote

from top50.simulator.answers import Answer, Call, RefusedError, error
from top50.simulator.calendars import CHARTS, chart_date, parse_instant, refreshed_at
from top50.simulator.catalogue import find
from top50.simulator.playlists import MIRROR, PLAYLISTS, SPOTIFY, View, Window, page, playlist_json
from top50.simulator.ranking import Entry, popularity, score_of
from top50.simulator.state import Holder, State
from top50.simulator.tracks import track_json

LARGEST_PAGE = {"tracks": 100, "items": 50}
USUAL_PAGE = {"tracks": 100, "items": 20}


def playlist(state: State, call: Call) -> Answer:
    """`GET /v1/playlists/{id}`."""
    holder = _holder(state, call)
    view = _view(state, call)
    _refuse_charts(view)
    mine = view.playlist.playlist_id == MIRROR and holder == "user"
    songs = state.app == "extended" or mine
    doubled = state.doubled and state.app == "extended"
    return Answer(playlist_json(view, query=_repeated(call), doubled=doubled, songs=songs))


def playlist_items(state: State, call: Call) -> Answer:
    """`GET /v1/playlists/{id}/items`."""
    holder = _holder(state, call)
    if state.app == "development" and holder == "app":
        raise RefusedError(error(401, "Valid user authentication required"))
    view = _view(state, call)
    _refuse_charts(view)
    if state.app == "development" and view.playlist.playlist_id != MIRROR:
        raise RefusedError(error(403))
    return _page(view, call, "items", ("track", "item") if state.app == "extended" else ("item",))


def playlist_tracks(state: State, call: Call) -> Answer:
    """`GET /v1/playlists/{id}/tracks`, gone for development apps."""
    _holder(state, call)
    if state.app == "development":
        raise RefusedError(error(403))
    return _page(_view(state, call), call, "tracks", ("track",))


def track(state: State, call: Call) -> Answer:
    """`GET /v1/tracks/{id}`."""
    _holder(state, call)
    found = find(call.parts["id"], state.seed)
    if not found:
        raise RefusedError(error(404))
    song, edition = found
    day = chart_date(refreshed_at(CHARTS["global-daily"], _now(state, call))).toordinal()
    entry = Entry(song, edition, popularity(score_of(song, day, state.seed, daily=True)))
    return Answer(track_json(entry, state.app, state.base_url))


def _holder(state: State, call: Call) -> Holder:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError(error(401, "No token provided"))
    holder = state.holder_of(token)
    if holder is None:
        raise RefusedError(error(401, "Invalid access token"))
    if holder == "expired":
        raise RefusedError(error(401, "The access token expired"))
    return holder


def _now(state: State, call: Call) -> datetime:
    """The instant that the caller asks for in a header: history is read without touching the clock."""
    asked = call.headers.get("simulator-now")
    return parse_instant(asked) if asked else state.clock()


def _view(state: State, call: Call) -> View:
    known = PLAYLISTS.get(call.parts["id"])
    if not known:
        raise RefusedError(error(404))
    return View(known, _now(state, call), state.seed, state.app, state.base_url, state.strange)


def _refuse_charts(view: View) -> None:
    if view.app == "development" and view.playlist.owner == SPOTIFY:
        raise RefusedError(error(404))


def _page(view: View, call: Call, path: str, names: tuple[str, ...]) -> Answer:
    limit = _whole_number(call, "limit", USUAL_PAGE[path], 1, LARGEST_PAGE[path])
    offset = _whole_number(call, "offset", 0, 0, 100_000)
    return Answer(page(view, path, names, Window(offset, limit, _repeated(call))))


def _whole_number(call: Call, name: str, usual: int, least: int, most: int) -> int:
    text = call.query.get(name, str(usual))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise RefusedError(error(400, f"Invalid {name}"))
    return int(text)


def _repeated(call: Call) -> str:
    """What the addresses of pages repeat of the question, as Spotify does."""
    kinds = call.query.get("additional_types")
    return f"&additional_types={quote(kinds, safe=',')}" if kinds else ""


def no_such_service(_: State, __: Call) -> Answer:
    """Any other path."""
    return error(404, "Service not found")
