"""What happened, in sentences and tiles made by rules; each is left out where the lake cannot know it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from top50.report.page import words
from top50.report.page.facts import Entry, Facts
from top50.text import many, ordinal

_Quoted = Callable[[Entry], str]
_Rule = Callable[[Facts, _Quoted], str]


@dataclass(frozen=True)
class Tile:
    """A figure of the week: what it is, the figure, and a note."""

    title: str
    figure: str
    note: str = ""


def sentences(facts: Facts, show: Callable[[str], str] = str) -> list[str]:
    """Return what happened: number one, the highest debut, the furthest climb, plays, the price of entry.

    show: returns a song's name as the text that the sentence becomes part of needs it.
    """

    def quoted(song: Entry) -> str:
        return f"“{show(song.song_name or words.UNNAMED)}”"

    rules: tuple[_Rule, ...] = (_number_one, _debut, _climb, _plays, _entry)
    return [sentence for rule in rules if (sentence := rule(facts, quoted))]


def tiles(facts: Facts) -> list[Tile]:
    """Return the figures of the week."""
    return list(_tiles(facts))


def weeks_at_number_one(facts: Facts) -> tuple[int, bool]:
    """Return how many charts in a row the newest number one has been it, and whether the lake knows them all.

    A chart that is missing, or the first one of the lake, ends what it knows.
    """
    count = 1
    for day, before in pairwise(reversed(facts.dates)):
        if before.missing or before.number_one is None:
            return count, False
        if before.number_one != day.number_one:
            return count, True
        count += 1
    return count, False


def _number_one(facts: Facts, quoted: _Quoted) -> str:
    first = facts.entries[0]
    if first.rank != 1:
        return ""
    plays = f" with {words.plays(first.streams)} plays" if first.streams is not None else ""
    count, is_whole = weeks_at_number_one(facts)
    if count > 1:
        span = words.unit(facts.chart)
        run = f"the {ordinal(count)} {span}" if is_whole else f"at least {many(count, span)}"
        return f"{quoted(first)} is number one{plays}, for {run} in a row."
    how = {
        "new": "enters at number one",
        "returned": "returns at number one",
        "same": "stays number one",
        "up": f"is the new number one, up from {first.previous_rank}",
    }
    verb = how.get(first.status, "is number one")
    return f"{quoted(first)} {verb}{',' if plays and 'up' in verb else ''}{plays}."


def _debut(facts: Facts, quoted: _Quoted) -> str:
    new = [entry for entry in facts.entries if entry.status == "new" and entry.rank > 1]
    # A lake that began a while ago cannot know what was on the chart before: to it a song is only new.
    return "".join(
        f"The highest {'debut' if song.by_spotify else 'new song'} is {quoted(song)}, at number {song.rank}."
        for song in new[:1]
    )


def _climb(facts: Facts, quoted: _Quoted) -> str:
    climbed = words.climbers(facts)[:1]
    return "".join(
        f"{quoted(song)} climbs furthest, from {song.previous_rank} to {song.rank}." for song in climbed
    )


def _plays(facts: Facts, quoted: _Quoted) -> str:
    gained, lost = words.gainers(facts)[:1], words.losers(facts)[:1]
    parts = [f"{quoted(song)} gains the most plays, {words.plays(song.gain)} more" for song in gained]
    parts += [f"{quoted(song)} loses the most, {words.plays(-(song.gain or 0))}" for song in lost]
    # A song that was on the chart of 200 only may have gained more: its plays are not in the lake.
    return f"Of the songs on both charts, {'; '.join(parts)}." if parts else ""


def _entry(facts: Facts, _: _Quoted) -> str:
    last = facts.entries[-1]
    if last.streams is None:
        return ""
    return f"It took {words.plays(last.streams)} plays to reach number {last.rank}."


def _tiles(facts: Facts) -> Iterator[Tile]:
    newest, before, span = facts.newest, facts.before, words.unit(facts.chart)
    if newest.streams is not None:
        change = words.percent(newest.streams, before.streams if before else None)
        note = f"{change} in a {span}" if change else ""
        yield Tile(f"plays of the first {min(50, len(facts.entries))}", words.plays(newest.streams), note)
    if facts.all_compared:
        new = [entry for entry in facts.entries if entry.status == "new"]
        highest = f"highest: {new[0].rank}, {new[0].song_name or words.UNNAMED}" if new else ""
        yield Tile("debuts" if any(entry.by_spotify for entry in new) else "new", str(len(new)), highest)
    for song in words.climbers(facts)[:1]:
        note = f"{song.song_name or words.UNNAMED}, {song.previous_rank} → {song.rank}"
        yield Tile("furthest climb", words.movement(song), note)
    if facts.entries[-1].streams is not None:
        last = facts.entries[-1]
        yield Tile("price of entry", words.plays(last.streams), f"plays of number {last.rank}")
    for song in words.residents(facts)[:1]:
        yield Tile("longest here", many(song.weeks_on_chart, span), song.song_name or words.UNNAMED)
