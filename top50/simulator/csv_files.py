"""The official CSVs: of charts.spotify.com today, and as spotifycharts.com wrote them to the end of 2021."""

import csv
import io
import re
from datetime import date, timedelta
from typing import NamedTuple

from top50.simulator.tracks import OPEN
from top50.simulator.world.calendars import CHARTS, LAST_DAY, Chart, first_day, refresh_after
from top50.simulator.world.names import label_name
from top50.simulator.world.ranking import Standing, standings

HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,{period}_on_chart,streams"
OLD_HEADER = 'Position,"Track Name",Artist,Streams,URL'
OLD_NOTE = (
    ',,,"Note that these figures are generated using a formula that protects against '
    'any artificial inflation of chart positions.",'
)
NAME = re.compile(
    r"regional-(\w+-(?:weekly|daily))-(2\d{3}-\d\d-\d\d)(?:--(2\d{3}-\d\d-\d\d))?\.csv", re.ASCII
)


class ChartFile(NamedTuple):
    """Which CSV: of the chart that ends on `day`, in the old format or in the new one."""

    chart: Chart
    day: date
    old: bool = False

    @property
    def name(self) -> str:
        """The name under which it is downloaded. Daily charts have the same one in both formats."""
        if self.old and not self.chart.is_daily:
            end = self.day + timedelta(days=1)  # not included
            return f"regional-{self.chart.name}-{end - self.chart.every}--{end}.csv"
        return f"regional-{self.chart.name}-{self.day}.csv"


def csv_file(wanted: ChartFile, seed: int) -> tuple[str, bytes]:
    """Return the file's name and its content: 200 entries, the most played first."""
    rows = standings(wanted.chart, wanted.day.toordinal(), seed)
    text = io.StringIO()
    if wanted.old:
        text.writelines(f"{line}\n" for line in (OLD_NOTE, OLD_HEADER, *map(_old_line, rows)))
        return wanted.name, text.getvalue().encode()
    text.write(HEADER.format(period="days" if wanted.chart.is_daily else "weeks") + "\r\n")
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(map(_fields, rows))
    return wanted.name, text.getvalue().encode("utf-8-sig")


def chart_of(name: str) -> ChartFile | None:
    """Return the CSV of this name, a daily one in the new format; None when there is no such chart."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    try:
        day, old = date.fromisoformat(match[3] or match[2]), bool(match[3])
    except ValueError:
        return None
    chart = CHARTS.get(match[1])
    if chart is None:
        return None
    wanted = ChartFile(chart, day - timedelta(days=1 if old else 0), old)
    if not first_day(chart) <= wanted.day.toordinal() <= LAST_DAY.toordinal() or wanted.name != name:
        return None
    is_published = not (refresh_after(chart, wanted.day) - chart.anchor) % chart.every
    return wanted if is_published else None


def _fields(row: Standing) -> tuple[int | str, ...]:
    """Return the fields of a line in the new format: text is quoted, as are the streams."""
    song = row.entry.song
    uri = f"spotify:track:{row.entry.edition.track_id}"
    artists = ", ".join(artist.name for artist in song.artists)
    texts = (uri, artists, song.name, label_name(song.artists[0].artist_id))
    return (row.rank, *texts, row.peak_rank, row.previous_rank, row.appearances, str(row.streams))


def _old_line(row: Standing) -> str:
    song = row.entry.song
    texts = (_quoted_if_needed(song.name), _quoted_if_needed(song.artists[0].name))
    return f"{row.rank},{','.join(texts)},{row.streams},{OPEN}/track/{row.entry.edition.track_id}"


def _quoted_if_needed(text: str) -> str:
    """Return a field as PHP's `fputcsv` writes it: a space is a reason for quotes, too."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[ ,"\\\t\r\n]', text) else text
