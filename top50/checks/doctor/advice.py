"""Which source suits this user, and the exact lines for `.env`."""

from collections.abc import Iterator

from top50.charts import CHARTS_CSV, CHARTS_PAGE, PUBLIC_ARCHIVE, SIMULATOR
from top50.checks.finding import Seen
from top50.settings import Settings
from top50.text import one_line

_BY_ITSELF = (
    f"Two sources need no key and nobody each week: TOP50_SOURCE={PUBLIC_ARCHIVE}, a copy of the playlist in "
    "git that one volunteer keeps (the weekly chart is there on Saturday), and "
    f"TOP50_SOURCE={CHARTS_PAGE}; Spotify neither documents nor promises them, so it is for you to choose. "
    "The page gives no plays, peaks or weeks."
)


def advise(settings: Settings, seen: Seen) -> list[str]:
    """Return the recommended source with its reason, then what to write into `.env` if it is not so yet."""
    source, why = _recommend(settings, seen)
    remarks = list(_remarks(settings, seen, source))
    if _is_chosen(settings, seen, source):
        lines = [f"TOP50_SOURCE={source} is right for you: {why}. Nothing needs changing in .env."]
    else:
        wanted = _wanted(settings, seen, source)
        lines = [f"Recommended is TOP50_SOURCE={source}: {why}. Write into .env:", "", *wanted]
        remarks = ["", *remarks] if remarks else []
    return [one_line(line) for line in [*lines, *remarks]]


def _recommend(settings: Settings, seen: Seen) -> tuple[str, str]:
    if seen.own_playlist == "readable":
        return "playlist", "your app may read your playlist"
    if seen.app == "extended":
        return "playlist", "your app may read the chart's own playlist"
    if seen.own_playlist == "login":
        return "playlist", "after make login your app may read a playlist of yours"
    return _without_app(settings, seen)


def _without_app(settings: Settings, seen: Seen) -> tuple[str, str]:
    if settings.source == CHARTS_PAGE and seen.page:
        return CHARTS_PAGE, "the page answers, and you have chosen it"
    if settings.source == PUBLIC_ARCHIVE and seen.archive:
        return PUBLIC_ARCHIVE, "the archive answers, and you have chosen it"
    if seen.app == "development":
        return CHARTS_CSV, "your app may not read the chart's own playlist, and a CSV takes no app"
    if settings.source == SIMULATOR:
        return SIMULATOR, "it needs nothing of Spotify, and its charts are invented"
    return CHARTS_CSV, "it needs nothing of Spotify, and what an app of yours may read is not known"


def _keeps_playlist(seen: Seen) -> bool:
    return seen.own_playlist == "readable" or (seen.own_playlist == "login" and seen.app != "extended")


def _is_chosen(settings: Settings, seen: Seen, source: str) -> bool:
    reads_another = settings.reads_users_playlist and not _keeps_playlist(seen)
    return settings.source == source and not reads_another


def _wanted(settings: Settings, seen: Seen, source: str) -> Iterator[str]:
    yield f"TOP50_SOURCE={source}"
    if source == "playlist" and settings.playlist:
        yield f"TOP50_PLAYLIST={settings.playlist if _keeps_playlist(seen) else ''}"
    if settings.source == SIMULATOR:  # a lake never mixes simulated and real charts
        yield "TOP50_LAKE=" + (f"{settings.lake.rstrip('/')}/real" if settings.is_s3 else "./real-lake")
    if settings.spotify_client_id:
        yield f"SPOTIPY_CLIENT_ID={settings.spotify_client_id}"
        if settings.spotify_client_secret is None:
            yield "SPOTIPY_CLIENT_SECRET=…"


def _remarks(settings: Settings, seen: Seen, source: str) -> Iterator[str]:
    if seen.own_playlist == "login":
        yield f"Run make login, then make doctor again. Without a login there is TOP50_SOURCE={CHARTS_CSV}."
    if seen.unknown and settings.spotify_client_id:
        yield f"Your app could not be examined: {seen.unknown} After that run make doctor again."
    if source == SIMULATOR:
        yield (
            f"For the real chart without an app: TOP50_SOURCE={CHARTS_CSV}, with a TOP50_LAKE of its own. "
            "With one: set SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET, and run make doctor again."
        )
    if source == CHARTS_CSV:
        yield (
            "Each week, download the chart's CSV from charts.spotify.com into "
            "raw_data/to_processed/ of the lake."
        )
        yield _BY_ITSELF
    if source == PUBLIC_ARCHIVE:
        yield "Let it run on Saturday, 06:00 UTC (cron 0 6 * * 6): on Friday it still has last week's chart."
    if source in (CHARTS_PAGE, PUBLIC_ARCHIVE):
        yield f"Should it close, there is TOP50_SOURCE={CHARTS_CSV}."
