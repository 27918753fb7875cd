"""Everything that can go wrong, in one small tree: what happened, where, and what to do about it."""

from datetime import datetime

_LONGEST = 600
"""Characters of what happened: a cause may quote a megabyte of other people's text."""


class Top50Error(Exception):
    """An end with a known cause.

    `str(error)` is one line: what happened and where, then the remedy.
    """

    passing = False
    """True when the same call may succeed a little later without anybody doing anything."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = clipped(one_line(what), _LONGEST)
        self.remedy = one_line(remedy)

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.remedy}"


class SettingsError(Top50Error):
    """A setting is missing, unknown or contradicts another."""


class SourceError(Top50Error):
    """The source refuses: asking again would get the same answer. `status` is that of HTTP, if it has one."""

    def __init__(self, what: str, remedy: str, status: int = 0) -> None:
        super().__init__(what, remedy)
        self.status = status


class QuotaExceeded(SourceError):
    """The source wants to be left alone for longer than a run waits: until `until`, UTC."""

    def __init__(self, what: str, remedy: str, until: datetime) -> None:
        super().__init__(what, remedy, status=429)
        self.until = until


class SourceUnavailable(SourceError):
    """The source cannot answer right now; `retry_after` is how many seconds it wants to be left alone."""

    passing = True

    def __init__(self, what: str, remedy: str, retry_after: int = 0, status: int = 0) -> None:
        super().__init__(what, remedy, status)
        self.retry_after = retry_after


class ConsentExpired(SourceError):
    """The user's consent has ended, or was given to another app."""


class RawError(Top50Error):
    """A raw object cannot be taken for a chart; it goes to quarantine and the others go on."""


class ChartRejected(RawError):
    """A raw object is a chart, but one that fails its checks; it goes to quarantine and the run fails."""


class LakeError(Top50Error):
    """The lake cannot be used as it is."""


class OutOfReach(LakeError):
    """One object can be neither read nor moved, by its name or its kind; the others go on."""


class LakeUnavailable(LakeError):
    """The lake cannot answer right now."""

    passing = True


class LakeConflict(LakeError):
    """Somebody else wrote the file between our read and our write."""

    passing = True


class WorkerUnavailable(Top50Error):
    """A process beside the run's own, or a cluster, has ended before its work was done."""

    passing = True


class CatalogError(Top50Error):
    """The tables are published, but the catalog does not show them."""


class CatalogUnavailable(CatalogError):
    """The catalog's service cannot answer right now."""

    passing = True


class OrchestratorUnavailable(Top50Error):
    """The server that runs are reported to cannot answer right now."""

    passing = True


class OrchestratorRefused(Top50Error):
    """The server that runs are reported to refuses something, in its own words: its plan has a limit, say."""


class ReportError(Top50Error):
    """The tables and the catalog are complete, but what people look at could not be made."""


def one_line(text: str) -> str:
    """Fold white space and drop what a terminal could act on: causes may quote other people's text."""
    folded = " ".join(text.split())
    return "".join(character for character in folded if character.isprintable())


def clipped(text: str, longest: int) -> str:
    """Leave out the middle of a text that is longer: the beginning says what it is, the end often why."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]} … {text[-half:]}"
