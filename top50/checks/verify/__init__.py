"""A lake checked from outside: one line a check, or one for each thing that is wrong. Nothing is written."""

from collections.abc import Callable, Iterator

from top50.checks.finding import Finding
from top50.checks.verify.archive import Archive
from top50.checks.verify.catalog import check_catalog
from top50.checks.verify.contents import Contents
from top50.checks.verify.listing import Listing
from top50.checks.verify.told import notes, told
from top50.errors import Top50Error
from top50.lake import Lake
from top50.settings import Settings

__all__ = ["Finding", "verify"]


def verify(
    lake: Lake, settings: Settings, tell: Callable[[Finding], object], *, quick: bool = False
) -> list[Finding]:
    """Check everything; `tell` is given each finding as soon as it is known.

    quick: leave out what reads every raw object, that is whether each is represented and whether a
    rebuild would give the same bytes. Raises LakeError, LakeUnavailable when the lake cannot be read.
    """
    found = []
    for finding in _findings(lake, settings, quick=quick):
        found.append(finding)
        tell(finding)
    return found


def _findings(lake: Lake, settings: Settings, *, quick: bool) -> Iterator[Finding]:
    listing = Listing.of(lake)
    yield Finding("lake", "ok", f"{lake.address} has {listing}")
    yield from told("layout", listing.misplaced(), "nothing lies where it does not belong")
    yield from notes("strays", listing.strays())
    contents = Contents.of(lake, listing.table_files)
    yield from told("types", contents.mistyped, f"all {len(listing.table_files)} table files are of one form")
    yield from told("keys", contents.broken_keys(), "rows are in order, each key once, in the right file")
    yield from told("references", contents.broken_references(), "every id that is named is there")
    yield from told("ranks", contents.broken_charts(settings.size), f"all are within 1 to {settings.size}")
    yield from told("raw keys", listing.lost(contents.raw_keys), "every chart's raw object is there")
    yield from told("raw objects", listing.doubled(lake), "each is in exactly one folder")
    yield from told("quarantine", listing.unexplained(), "each object has its reason")
    yield from check_catalog(lake, settings, readable=not contents.mistyped)
    if quick:
        yield Finding("archive", "note", "not read (--quick)", needed=False)
        return
    try:
        yield from Archive(lake, settings, listing, contents).check()
    except Top50Error as error:
        yield Finding.of("archive", error)
