"""The official CSVs: of charts.spotify.com today, and as spotifycharts.com wrote them to the end of 2021."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from top50.simulator.calendars import CHARTS, LAST_DAY, Chart
from top50.simulator.labels import label_of
from top50.simulator.standings import Standing, first_day, is_daily, standings
from top50.simulator.tracks import OPEN

HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,{period}_on_chart,streams"
OLD_HEADER = 'Position,"Track Name",Artist,Streams,URL'
OLD_NOTE = (
    ',,,"Note that these figures are generated using a formula that protects against '
    'any artificial inflation of chart positions.",'
)
NAME = re.compile(
    r"regional-(global-(?:weekly|daily))-(2\d{3}-\d\d-\d\d)(?:--(2\d{3}-\d\d-\d\d))?\.csv", re.ASCII
)


class ChartFile(NamedTuple):
    """Which CSV: of the chart that ends on `day`, in the old format or in the new one."""

    chart: Chart
    day: date
    old: bool = False

    @property
    def name(self) -> str:
        """The name under which it is downloaded. Daily charts have the same one in both formats."""
        if self.old and not is_daily(self.chart):
            end = self.day + timedelta(days=1)  # not included
            return f"regional-{self.chart.name}-{end - self.chart.every}--{end}.csv"
        return f"regional-{self.chart.name}-{self.day}.csv"


def csv_file(wanted: ChartFile, seed: int) -> tuple[str, bytes]:
    """The file's name and its content: 200 entries, the most played first."""
    rows = standings(wanted.chart, wanted.day.toordinal(), seed)
    if wanted.old:
        return wanted.name, "".join(f"{line}\n" for line in (OLD_NOTE, OLD_HEADER, *map(_old, rows))).encode()
    header = HEADER.format(period="days" if is_daily(wanted.chart) else "weeks")
    return wanted.name, "".join(f"{line}\r\n" for line in (header, *map(_new, rows))).encode("utf-8-sig")


def chart_of(name: str) -> ChartFile | None:
    """The CSV of this name, a daily one in the new format; None: no chart is called so."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    try:
        day, old = date.fromisoformat(match[3] or match[2]), bool(match[3])
    except ValueError:
        return None
    wanted = ChartFile(CHARTS[match[1]], day - timedelta(days=1 if old else 0), old)
    return wanted if _exists(wanted) and wanted.name == name else None


def _exists(wanted: ChartFile) -> bool:
    if not first_day(wanted.chart) <= wanted.day.toordinal() <= LAST_DAY.toordinal():
        return False
    return not (refresh_after(wanted.chart, wanted.day) - wanted.chart.anchor) % wanted.chart.every


def refresh_after(chart: Chart, day: date) -> datetime:
    """When the chart that ends on `day` is published."""
    return datetime.combine(day + timedelta(days=1), chart.anchor.timetz(), UTC)


def _new(row: Standing) -> str:
    song = row.entry.song
    artists = ", ".join(artist.name for artist in song.artists)
    texts = (f"spotify:track:{row.entry.edition.track_id}", artists, song.name, label_of(song))
    places = f"{row.peak_rank},{row.previous_rank},{row.appearances}"
    return f'{row.rank},{",".join(map(_quoted, texts))},{places},"{row.streams}"'


def _old(row: Standing) -> str:
    song = row.entry.song
    texts = (_quoted_if_needed(song.name), _quoted_if_needed(song.artists[0].name))
    return f"{row.rank},{','.join(texts)},{row.streams},{OPEN}/track/{row.entry.edition.track_id}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted_if_needed(text: str) -> str:
    """As PHP's `fputcsv` does it: a space is a reason, too."""
    return _quoted(text) if re.search(r'[ ,"\\\t\r\n]', text) else text
