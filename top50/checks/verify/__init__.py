"""A whole lake, checked from outside: one line a check, or one for each problem. Nothing is written."""

from collections.abc import Callable, Iterator

from top50.checks.finding import Finding, failures_or_ok, shortened
from top50.checks.verify.archive import check_archive
from top50.checks.verify.catalog import check_catalog
from top50.checks.verify.contents import Contents
from top50.checks.verify.listing import Listing
from top50.errors import Top50Error
from top50.lake import Lake
from top50.settings import Settings

__all__ = ["Finding", "verify"]


def verify(
    lake: Lake, settings: Settings, report: Callable[[Finding], object], *, quick: bool = False
) -> list[Finding]:
    """Run every check and return all findings; `report` gets each at once.

    quick: leave out what reads every raw object: whether the tables represent each, and whether a rebuild
    would give the same bytes. Raises LakeError, LakeUnavailable when the lake cannot be read.
    """
    findings = []
    for finding in _findings(lake, settings, quick=quick):
        findings.append(finding)
        report(finding)
    return findings


def _findings(lake: Lake, settings: Settings, *, quick: bool) -> Iterator[Finding]:
    listing = Listing.of(lake)
    yield Finding("lake", "ok", f"{lake.address} has {listing}")
    yield from failures_or_ok("layout", listing.misplaced(), "every object is where it belongs")
    yield from shortened([Finding("strays", "note", *stray, needed=False) for stray in listing.strays()])
    contents = Contents.of(lake, listing.table_files)
    count = f"all {len(listing.table_files)} table files"
    yield from failures_or_ok("types", contents.unreadable, f"{count} have their table's columns and types")
    yield from failures_or_ok("keys", contents.broken_keys(), "rows are sorted, unique and in the right file")
    yield from failures_or_ok("references", contents.broken_references(), "every referenced id exists")
    yield from failures_or_ok("ranks", contents.broken_charts(settings.size), f"from 1 to {settings.size}")
    yield from failures_or_ok(
        "raw keys", listing.missing(contents.raw_keys), "every chart has its raw object"
    )
    yield from failures_or_ok("raw objects", listing.duplicates(lake), "each is in only one folder")
    yield from failures_or_ok("quarantine", listing.unpaired(), "every object has its reason")
    yield from check_catalog(lake, settings, readable=not contents.unreadable)
    if quick:
        yield Finding("archive", "note", "not read (--quick)", needed=False)
        return
    try:
        yield from check_archive(lake, settings, listing, contents)
    except Top50Error as error:
        yield Finding.from_error("archive", error)
