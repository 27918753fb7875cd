"""The lines and bars of the pages, as SVG paths."""

from math import log

# A sparkline's size in pixels, and the rank at its bottom. From 1 to 2 it is as far as from 25 to 50: else
# the first ten would all be flat lines at the top.
_WIDTH, _HEIGHT, _MARGIN = 84, 28, 4
_DEEPEST = 50

# The size of the line of all plays, and of the bars of new songs.
_LINE_WIDTH, _LINE_HEIGHT = 1000, 120


def sparkline(ranks: list[int | None]) -> str:
    """Return the SVG path of ranks over time: 1 at the top, logarithmic, a gap where there was none."""
    step = (_WIDTH - 2 * _MARGIN) / max(1, len(ranks) - 1)
    path, joined = [], False
    for number, rank in enumerate(ranks):
        if rank is not None:
            depth = log(min(rank, _DEEPEST)) / log(_DEEPEST)
            x, y = _MARGIN + number * step, _MARGIN + depth * (_HEIGHT - 2 * _MARGIN)
            # A line of no length shows as a dot: a song that was there once, between two gaps.
            path.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}" + ("" if joined else "h0"))
        joined = rank is not None
    return "".join(path)


def plays_line(plays: list[int | None]) -> str:
    """Return the SVG path of plays over time, the most at the top; `` for fewer than two dates with plays."""
    known = [count for count in plays if count is not None]
    if len(known) < 2:
        return ""
    least, span = min(known), max(max(known) - min(known), 1)
    step = _LINE_WIDTH / (len(plays) - 1)
    path, joined = [], False
    for number, count in enumerate(plays):
        if count is not None:
            y = _LINE_HEIGHT * (1 - (count - least) / span)
            path.append(f"{'L' if joined else 'M'}{number * step:.1f} {y:.1f}" + ("" if joined else "h0"))
        joined = count is not None
    return "".join(path)


def bars(counts: list[int | None]) -> str:
    """Return the SVG path of a bar a date, none for an unknown count; `` for fewer than two known ones."""
    known = [count for count in counts if count is not None]
    if len(known) < 2:
        return ""
    step, most = _LINE_WIDTH / len(counts), max(1, *known)
    return "".join(
        f"M{number * step:.1f} {_LINE_HEIGHT}v-{_LINE_HEIGHT * count / most:.1f}"
        f"h{step * 0.8:.1f}V{_LINE_HEIGHT}z"
        for number, count in enumerate(counts)
        if count is not None
    )
