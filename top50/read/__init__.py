"""Reading: the bytes of a raw object → a `Snapshot` of one chart and date, or of songs alone.

formats.py: which bytes are understood. chart_checks.py: when a chart is refused. snapshot.py: the result.
One module a format: chart_csv.py, charts_page.py, playlist.py, public_archive.py, merged_archive.py.
A playlist is decoded fast and strictly by spotify_types.py, or else slowly by lenient_playlist.py; other JSON
is opened by lenient_json.py.
"""

from top50.read.formats import read_snapshot, read_snapshots

__all__ = ["read_snapshot", "read_snapshots"]
