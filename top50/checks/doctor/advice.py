"""Which source suits this user, and the exact lines for `.env`."""

from collections.abc import Iterator

from top50.charts import CHARTS_CSV, CHARTS_PAGE, PUBLIC_ARCHIVE, SIMULATOR
from top50.checks.doctor.context import Observations
from top50.settings import Settings
from top50.text import one_line

_WITHOUT_DOWNLOADS = (
    f"Two sources need neither an app nor a weekly download: TOP50_SOURCE={PUBLIC_ARCHIVE}, a copy of the "
    "playlist in git that one volunteer maintains (the weekly chart is there on Saturday), and "
    f"TOP50_SOURCE={CHARTS_PAGE}; Spotify neither documents nor promises them, so the choice is yours. "
    "The page gives no plays, peaks or weeks."
)


def advise(settings: Settings, observed: Observations) -> list[str]:
    """Return the recommended source with its reason, then what to write into `.env` if that differs."""
    source, reason = _recommend(settings, observed)
    readable = observed.own_playlist == "readable"
    uses_own = readable or (observed.own_playlist == "login" and observed.app != "extended")
    remarks = list(_remarks(settings, observed, source))
    if settings.source == source and (uses_own or not settings.reads_users_playlist):
        lines = [f"TOP50_SOURCE={source} is right for you: {reason}. Nothing needs changing in .env."]
    else:
        lines = [f"Recommended is TOP50_SOURCE={source}: {reason}. Write into .env:", ""]
        lines += _env_lines(settings, source, settings.playlist if uses_own else "")
        remarks = ["", *remarks] if remarks else []
    return [one_line(line) for line in [*lines, *remarks]]


def _recommend(settings: Settings, observed: Observations) -> tuple[str, str]:
    """Return a source and the reason for it: the first that applies."""
    page = settings.source == CHARTS_PAGE and observed.page
    archive = settings.source == PUBLIC_ARCHIVE and observed.archive
    login, development = observed.own_playlist == "login", observed.app == "development"
    simulator = settings.source == SIMULATOR
    choices = (
        (observed.own_playlist == "readable", "playlist", "your app may read your playlist"),
        (observed.app == "extended", "playlist", "your app may read the chart's own playlist"),
        (login, "playlist", "after make login your app may read a playlist of yours"),
        (page, CHARTS_PAGE, "the page answers, and you have chosen it"),
        (archive, PUBLIC_ARCHIVE, "the archive answers, and you have chosen it"),
        (
            development,
            CHARTS_CSV,
            "your app may not read the chart's own playlist, and a CSV needs no app",
        ),
        (simulator, SIMULATOR, "it needs nothing from Spotify, and its charts are invented"),
        (True, CHARTS_CSV, "it needs nothing from Spotify, and what your app may read is unknown"),
    )
    return next((source, reason) for applies, source, reason in choices if applies)


def _env_lines(settings: Settings, source: str, playlist: str | None) -> Iterator[str]:
    yield f"TOP50_SOURCE={source}"
    if source == "playlist" and settings.playlist:
        yield f"TOP50_PLAYLIST={playlist}"
    if settings.source == SIMULATOR:  # a lake never mixes simulated and real charts
        yield "TOP50_LAKE=" + (f"{settings.lake.rstrip('/')}/real" if settings.is_s3 else "./real-lake")
    if settings.spotify_client_id:
        yield f"SPOTIPY_CLIENT_ID={settings.spotify_client_id}"
        if settings.spotify_client_secret is None:
            yield "SPOTIPY_CLIENT_SECRET=…"


def _remarks(settings: Settings, observed: Observations, source: str) -> Iterator[str]:
    if observed.own_playlist == "login":
        yield (f"Run make login, then make doctor again. TOP50_SOURCE={CHARTS_CSV} needs no login.")
    if observed.app_unknown and settings.spotify_client_id:
        yield f"Your app could not be examined: {observed.app_unknown} After that run make doctor again."
    if source == SIMULATOR:
        yield (
            f"For the real chart without an app: TOP50_SOURCE={CHARTS_CSV}, with a TOP50_LAKE of its own. "
            "With an app: set SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET, and run make doctor again."
        )
    if source == CHARTS_CSV:
        yield (
            "Each week, download the chart's CSV from charts.spotify.com into "
            "raw_data/to_processed/ of the lake."
        )
        yield _WITHOUT_DOWNLOADS
    if source == PUBLIC_ARCHIVE:
        yield "Let it run on Saturday, 06:00 UTC (cron 0 6 * * 6): on Friday it still has last week's chart."
    if source in (CHARTS_PAGE, PUBLIC_ARCHIVE):
        yield f"If it closes one day, use TOP50_SOURCE={CHARTS_CSV}."
