"""The page: one HTML document that loads nothing but covers, from Spotify's hosts."""

import json
from base64 import b64encode
from dataclasses import asdict
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from top50.report.page import headline, words
from top50.report.page.download import chart_csv
from top50.report.page.facts import Entry, Facts, Left
from top50.report.page.svg import bars, plays_line, sparkline
from top50.text import many

_HERE = Path(__file__).parent

# How many chart dates the sparklines and the chart of all ranks go back.
_RECENT = 12

# i.scdn.co has albums' covers, charts-images.scdn.co those of the charts page, the other the playlists'.
_COVER_HOSTS = (".scdn.co", ".spotifycdn.com")
_UNSAFE_IN_SCRIPT = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def page_html(facts: Facts) -> str:
    """Return the page of a chart: the same bytes for the same facts."""
    scripts = [_read("static/vega.js"), _read("page.js")]
    songs: list[Entry | Left] = [*facts.entries, *facts.left]
    return _TEMPLATE.render(
        **_shared(facts),
        ages=words.ages(facts),
        most_plays=max((entry.streams or 0 for entry in facts.entries), default=0),
        has_covers=any(cover_address(song.image_url) for song in songs),
        plays_by_date=plays_line([day.streams for day in facts.dates[-words.THRONE :]]),
        number_ones=words.number_ones(facts),
        new_by_date=bars([day.new for day in facts.dates[-words.THRONE :]]),
        policy=_policy(scripts),
        style=Markup(_read("page.css")),  # noqa: S704 - our own file
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
        charts=Markup(_read("static/charts.json").translate(_UNSAFE_IN_SCRIPT)),  # noqa: S704 - our own file
        data=Markup(json_in_html(_data(facts))),  # noqa: S704 - escaped there
    )


def week_html(facts: Facts) -> str:
    """Return the page of one date of a chart, without script and small enough to mail."""
    return _WEEK.render(**_shared(facts), policy=_policy([]), style=Markup(_read("week.css")))  # noqa: S704 - our own file


def _shared(facts: Facts) -> dict[str, Any]:
    """Return what the pages of the newest date and of any other have in common."""
    seen = facts.newest.observed_at
    recent = [ranks[-_RECENT:] for ranks in facts.ranks.values()]
    return {
        "facts": facts,
        "words": words,
        "headline": headline,
        "many": many,
        "unit": words.unit(facts.chart),
        "observed": f"{words.long_date(seen.date())}, {seen.replace(tzinfo=UTC):%H:%M} UTC" if seen else "",
        "missing": words.gaps(facts.dates[-_RECENT:], words.unit(facts.chart)),
        "has_plays": any(entry.streams is not None for entry in facts.entries),
        "has_peaks": any(words.peak(facts, entry) for entry in facts.entries),
        "has_weeks": any(words.time_on_chart(facts, entry) for entry in facts.entries),
        # Whether any song was on two of the charts that the lines go back.
        "has_lines": any(len(ranks) - ranks.count(None) > 1 for ranks in recent),
        "sparkline": lambda song: sparkline(facts.ranks[song.song_key][-_RECENT:]),
        "table": b64encode(chart_csv(facts)).decode(),
    }


def index_page(**facts: Any) -> str:
    """Return the index of all charts, a page without scripts."""
    style = Markup(_read("page.css"))  # noqa: S704 - our own file
    return _INDEX.render(**facts, policy=_policy([]), style=style)


def json_in_html(data: object) -> str:
    """Return JSON that cannot end, or open, anything in HTML, whatever names are in it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE_IN_SCRIPT)


def cover_address(address: str | None) -> str:
    """Return an address on Spotify's picture hosts, or `` for any other: its host would see every reader."""
    scheme, host = _split(address or "")
    is_cover = scheme == "https" and host.endswith(_COVER_HOSTS) and "\\" not in host  # to a browser a slash
    return (address or "") if is_cover else ""


def spotify_address(address: str | None) -> str:
    """Return an address on open.spotify.com, or `` for any other."""
    return address if address and _split(address) == ("https", "open.spotify.com") else ""


def _split(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """Return a policy that runs our own scripts only, by their hashes: no name that escapes its escaping."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
    hashes = hashes or "'none'"
    covers = " ".join(f"https://*{host}" for host in _COVER_HOSTS)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src {covers} data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(facts: Facts) -> dict[str, Any]:
    """Return the data of the page's script; a song's number is its place on the page, leavers come last."""
    songs: list[Entry | Left] = [*facts.entries, *facts.left]
    return {
        "dates": [day.chart_date.isoformat() for day in facts.dates],
        "days": [words.long_date(day.chart_date) for day in facts.dates],
        "recent": _RECENT,
        "others": facts.others,
        "songs": [
            {
                "rank": song.rank if isinstance(song, Entry) else None,
                "name": song.song_name or words.UNNAMED,
                "artists": song.artist_names or "",
                "image": cover_address(song.image_url),
                "url": spotify_address(song.url),
                "ranks": facts.ranks[song.song_key],
                "plays": facts.plays.get(song.song_key, []),
                "facts": words.song_facts(facts, song),
                "elsewhere": words.elsewhere(facts, song),
            }
            for song in songs
        ],
        "artists": [asdict(artist) for artist in facts.artists],
        "ages": [{"name": name, "songs": songs} for name, songs in words.ages(facts)[0]],
    }


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"cover": cover_address, "spotify": spotify_address, "date": words.long_date}

# Compiled with the imports, which are over before there is a page to make.
_TEMPLATE = _ENVIRONMENT.get_template("page.html.j2")
_INDEX = _ENVIRONMENT.get_template("index.html.j2")
_WEEK = _ENVIRONMENT.get_template("week.html.j2")
