"""docs/reliability.md: what was tried, what came of it, when, on what, and how to try it again."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.bench.results import Part, newest, write_page
from tests.torture.parts import PARTS
from tests.torture.tally import Tally

DOCUMENT = "reliability.md"

TITLES = {
    "crashes": "Crashes",
    "faults": "Faults",
    "races": "Races",
    "moments": "Uploads at the wrong moment",
    "orchestrator": "The orchestrator fails",
    "bad_input": "Bad input",
    "strange_tables": "Damaged and strange table files",
    "folders": "Users' folders",
    "odd_environments": "Surroundings",
}
"""In the order of the document; a part without a title is called by its name."""

_METHODS = {
    "crashes": "The process is killed at every step of a run on the disk, before every request and after it; "
    "what readers see is looked at then, and what is left after the next run.",
    "faults": "In a weekly run every request fails once in every way. A run of three charts and a backlog "
    "run repeat the same requests for each chart and object, and a run that finds no catalog for each table "
    "and view: there every request fails once in one of the ways, in turn. Lasting faults begin at every "
    "request, each in one of the ways; those of a backlog run at its raw objects.",
    "races": "All start at the same time; the lake must be that of one after the other.",
    "moments": "Before every call of a run to its lake, on S3 before every request, somebody puts another "
    "file under the same name, or another run takes it. What was uploaded last must be in one place, and "
    "the archive must give the tables.",
    "orchestrator": "The Prefect server goes away at points all over a run, workers and runs are killed, "
    "runs are cancelled; the next run must complete, and nothing may hold the place of the work queue.",
    "bad_input": "What cannot be read must be in quarantine with its reason, what can be must be in the "
    "tables; no other object is held up, and memory stays bounded.",
    "strange_tables": "Table files are changed byte by byte, cut, lengthened and taken away, and other files "
    "are put among them. Whoever reads or publishes must give the right rows or end with a line that names "
    "the file; no lost table is begun anew, nothing else is read or removed, and a rebuild, the remedy that "
    "the line names, must give every byte back.",
    "folders": "Copies, clutter, halves of downloads, links, files that may not be read, odd names, "
    "corrected and broken files, each kind by itself and mixed at random, lie in the backlog or where an "
    "import looks. Each content must be in the archive once, in quarantine with its reason, or where it was, "
    "and what could not be taken must be named.",
    "odd_environments": "A run has a home or disk that cannot be written, another encoding, a spoilt `.env`, "
    "a wrong address, too little memory, a planted module, or somebody presses Ctrl-C. It must complete, or "
    "end with one line and its exit code; the same command must then complete in good surroundings.",
}

_HEAD = """| what | place | points | survived | lost | doubled | unclear | seconds |
|---|---|--:|--:|--:|--:|--:|--:|"""

_INTRODUCTION = """# Reliability

Written by `make torture`, not by hand. Nothing lost, nothing doubled: that promise is held
against crashes, faults, races, bad input and strange files here, and what came of every point that was tried
is counted.

- **survived**: afterwards the lake is, byte for byte, the lake of runs that nobody disturbed: the tables,
  each raw object in exactly one place, the catalog, the pages, and nothing besides. No reader ever saw an
  entry without its song, or half a file.
- **lost**: something was nowhere any more, or a reader saw half of something.
- **doubled**: a raw object in two places, or rows twice.
- **unclear**: a run that did not end with one clear line, or something left behind.
- **seconds**: much of it is tried side by side, so that all of it takes less than their sum.

A run that says that the Prefect server does not answer is started once more, except where the orchestrator
is what fails: four runs at a time lock the database of its SQLite now and then."""


def write_document(parts: Mapping[str, Part[Tally]], folder: Path) -> Path:
    """Write reliability.md into a folder; return its path."""
    is_whole = set(parts) >= set(PARTS)
    head = "\n\n".join([_INTRODUCTION, table([_sum(parts)])] if is_whole else [_INTRODUCTION])
    sections = {
        TITLES.get(name, name): _section(name, parts[name]) if name in parts else ""
        for name in dict.fromkeys([*TITLES, *parts])
    }
    sections["The machine"] = newest(parts)
    return write_page(folder / DOCUMENT, head, sections)


def _section(name: str, part: Part[Tally]) -> str:
    quick = " --quick" if part.quick else ""
    command = f"python -m tests.torture --only {name}{quick} --write-docs"
    failures = [f"- {tally.what}: {each}" for tally in part.results for each in tally.failures]
    bad = ["\n".join(["What did not survive:", "", *map(_plain, failures)])] if failures else []
    sample = " **A sample, which shows that the machinery works.**" if part.quick else ""
    run = f"Run {part.at:%Y-%m-%d %H:%M} UTC.{sample} Again: `{command}`."
    return "\n\n".join([*filter(None, [_METHODS.get(name)]), table(part.results), *bad, run])


def table(tallies: Iterable[Tally]) -> str:
    """Return a table with a row for each tally."""
    return "\n".join([_HEAD, *map(_row, tallies)])


def _row(tally: Tally) -> str:
    bad = [f"**{count}**" if count else "0" for count in (tally.lost, tally.doubled, tally.unclear)]
    counts = [f"{tally.points:,}", f"{tally.survived:,}", *bad, f"{tally.seconds:,.0f}"]
    return f"| {' | '.join([_plain(tally.what), tally.place or '–', *counts])} |"


def _sum(parts: Mapping[str, Part[Tally]]) -> Tally:
    whole = Tally("All of it", "")
    for tally in (tally for part in parts.values() for tally in part.results):
        for name in ("survived", "lost", "doubled", "unclear", "seconds"):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
    return whole


def _plain(text: str) -> str:
    """Return what was seen as text: it may quote anything."""
    folded = " ".join(text.split())
    return "".join(f"\\{each}" if each in "\\`*_<>|[]" else each for each in folded if each.isprintable())
