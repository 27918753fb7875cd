"""The Web API's endpoints, for both kinds of apps."""

from datetime import datetime
from urllib.parse import quote

from top50.simulator.answers import Answer, Call, RefusedError, error
from top50.simulator.playlists import MIRROR, PLAYLISTS, SPOTIFY, View, Window, page, playlist_json
from top50.simulator.state import Holder, Simulator
from top50.simulator.tracks import track_json
from top50.simulator.world.calendars import CHARTS, chart_date, parse_instant
from top50.simulator.world.catalogue import find
from top50.simulator.world.ranking import Entry, popularity, score_of

LARGEST_PAGE = {"tracks": 100, "items": 50}
USUAL_PAGE = {"tracks": 100, "items": 20}


def playlist(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET /v1/playlists/{id}`."""
    holder = _holder(simulator, call)
    view = _view(simulator, call)
    _refuse_charts(view)
    mine = view.playlist.playlist_id == MIRROR and holder == "user"
    songs = simulator.app == "extended" or mine
    doubled = simulator.doubled and simulator.app == "extended"
    return Answer(playlist_json(view, query=_repeated(call), doubled=doubled, songs=songs))


def playlist_items(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET /v1/playlists/{id}/items`."""
    holder = _holder(simulator, call)
    if simulator.app == "development" and holder == "app":
        raise RefusedError(error(401, "Valid user authentication required"))
    view = _view(simulator, call)
    _refuse_charts(view)
    if simulator.app == "development" and view.playlist.playlist_id != MIRROR:
        raise RefusedError(error(403))
    return _page(view, call, "items", ("track", "item") if simulator.app == "extended" else ("item",))


def playlist_tracks(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET /v1/playlists/{id}/tracks`, which development apps no longer have."""
    _holder(simulator, call)
    if simulator.app == "development":
        raise RefusedError(error(403))
    return _page(_view(simulator, call), call, "tracks", ("track",))


def track(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET /v1/tracks/{id}`."""
    _holder(simulator, call)
    found = find(call.parts["id"], simulator.seed)
    if not found:
        raise RefusedError(error(404))
    song, edition = found
    daily = CHARTS["global-daily"]
    day = chart_date(daily, _now(simulator, call)).toordinal()
    entry = Entry(song, edition, popularity(score_of(song, daily, day, simulator.seed)))
    return Answer(track_json(entry, simulator.app, simulator.api_url))


def _holder(simulator: Simulator, call: Call) -> Holder:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError(error(401, "No token provided"))
    holder = simulator.holder_of(token)
    if holder is None:
        raise RefusedError(error(401, "Invalid access token"))
    if holder == "expired":
        raise RefusedError(error(401, "The access token expired"))
    return holder


def _now(simulator: Simulator, call: Call) -> datetime:
    """Return the instant in the caller's header, so that history is read without setting the clock."""
    asked = call.headers.get("simulator-now")
    return parse_instant(asked) if asked else simulator.clock()


def _view(simulator: Simulator, call: Call) -> View:
    found = PLAYLISTS.get(call.parts["id"])
    if not found:
        raise RefusedError(error(404))
    return View(
        found, _now(simulator, call), simulator.seed, simulator.app, simulator.api_url, simulator.strange
    )


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
    """Return the part of the query that the addresses of pages repeat, as Spotify does."""
    kinds = call.query.get("additional_types")
    return f"&additional_types={quote(kinds, safe=',')}" if kinds else ""


def no_such_service(_: Simulator, __: Call) -> Answer:
    """Answer any other path."""
    return error(404, "Service not found")
