"""When is a chart refused? The checks that a chart of any source passes before its rows are taken."""

from collections import Counter
from collections.abc import Iterable, Iterator

from top50.errors import ChartRejected
from top50.raw import SetAside
from top50.read.snapshot import Entry, Snapshot, Wanted

# Ranks of an official chart; a playlist has the first 50.
OFFICIAL_LENGTH = 200

# Artists of one song. Real songs have 8 at most; one song with 10,000 took gigabytes of memory in the views.
MOST_ARTISTS = 100

# Charts of small markets end where too few plays are left; a file that ends at more plays was cut. Spotify
# publishes no limit: this one is above what the last song of a small market has in a week.
_FEW_STREAMS = 10_000

_REMEDY = "Fetch it again, or correct the object and put it back."


def take_entries(
    snapshot: Snapshot,
    entries: Iterable[Entry | SetAside],
    wanted: Wanted,
    longest: int = OFFICIAL_LENGTH,
) -> None:
    """Put the wanted ranks of an official chart into a snapshot, and check it. Raises ChartRejected.

    entries: in the order of the source; an unreadable one is a SetAside with its position as its rank.
    longest: how many ranks the source has when all are there.
    """
    checked = list(_set_wrong_ranks_aside(snapshot.key, list(entries), longest))
    if snapshot.chart and snapshot.chart.region.code != "global":
        longest = _last_rank(checked, longest)
    for entry in checked:
        if (entry.rank or 0) > wanted.size:
            continue
        if isinstance(entry, SetAside):
            snapshot.set_aside.append(entry)
        elif entry.song_id:
            snapshot.entries.append(entry)
        else:
            snapshot.set_aside.append(SetAside(snapshot.key, "its line has no song id", entry.rank))
    check_chart(snapshot, wanted, longest)


def _last_rank(entries: list[Entry | SetAside], longest: int) -> int:
    """Return where a market's chart ends: at its last rank if few played the songs there, else `longest`."""
    ranked = sorted(
        (entry for entry in entries if 1 <= (entry.rank or 0) <= longest), key=lambda entry: entry.rank or 0
    )
    # Two, because a file may be cut within the last number.
    last = [entry.streams if isinstance(entry, Entry) else None for entry in ranked[-2:]]
    if last and all(streams is not None and streams < _FEW_STREAMS for streams in last):
        return ranked[-1].rank or longest
    return longest


def _set_wrong_ranks_aside(
    key: str, entries: list[Entry | SetAside], longest: int
) -> Iterator[Entry | SetAside]:
    """Yield the entries; one with an impossible or repeated rank is set aside if its place lacks a rank.

    If no rank is missing there, it is a line too many, which `check_chart` refuses. Lines may come in any
    order, and keep their ranks.
    """
    ranks = [entry.rank or 0 for entry in entries]
    times = Counter(ranks)
    for rank, before, after, entry in zip(ranks, [0, *ranks], [*ranks[1:], None], entries, strict=False):
        place = before + 1  # the rank that this entry has in a chart in order
        is_in_order = before < rank and (after is None or rank < after)
        # no other entry has its rank, and the next one does not go on from its place: the order is another
        is_alone = times[rank] == 1 and after not in (None, place + 1)
        is_right = 1 <= rank <= longest and (is_in_order or is_alone)
        # another entry has the rank of its place, so that none is missing there
        is_surplus = place in times or place > longest or (after is not None and after <= place)
        if is_right or is_surplus:
            yield entry
        else:
            yield SetAside(key, f"its rank is {rank}, which is out of range or another line's", place)


def check_chart(snapshot: Snapshot, wanted: Wanted, longest: int) -> None:
    """Raise ChartRejected for a wrong date, a rank that is repeated or below 1, or fewer than 90 % of ranks.

    Songs with too many artists are set aside first. longest: as in `take_entries`.
    """
    set_crowded_songs_aside(snapshot)
    if snapshot.chart is None or snapshot.chart_date is None:
        return
    snapshot.chart.check_date(snapshot.chart_date, wanted.today)
    ranks = [entry.rank for entry in snapshot.entries]
    repeated = sorted(rank for rank, times in Counter(ranks).items() if times > 1)
    if repeated:
        raise ChartRejected(f"rank {repeated[0]} occurs more than once", _REMEDY)
    if ranks and min(ranks) < 1:
        raise ChartRejected(f"rank {min(ranks)} is out of range: ranks start at 1", _REMEDY)
    expected = min(wanted.size, longest)
    if len(ranks) < 0.9 * expected:
        first = snapshot.set_aside[0] if snapshot.set_aside else None
        why = f"; rank {first.rank}: {first.reason}" if first else ""
        raise ChartRejected(
            f"only {len(ranks)} of {expected} ranks have a song, fewer than 90 %{why}", _REMEDY
        )


def set_crowded_songs_aside(snapshot: Snapshot) -> None:
    """Set aside the songs that have more artists than any real song."""

    def why(entry: Entry) -> str | None:
        count = len(entry.track.artists or ())
        return f"{count:,} artists of one song, more than {MOST_ARTISTS}" if count > MOST_ARTISTS else None

    if len(snapshot.artists) > MOST_ARTISTS:
        snapshot.set_entries_aside(why)
