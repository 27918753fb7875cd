"""Everything that can go wrong, as one small tree of exceptions."""

from datetime import datetime
from typing import Any

from top50.text import clipped, one_line

# Characters of `what`: a cause may quote a megabyte of other people's text.
_LONGEST = 600


class Top50Error(Exception):
    """An error with a known cause. `str(error)` is one line: what happened and where, then the remedy."""

    # Whether the same call may succeed a little later without anybody doing anything.
    passing = False

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = clipped(one_line(what), _LONGEST)
        self.remedy = one_line(remedy)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with every attribute, which the default (type and args) would lose."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.remedy}"


class SettingsError(Top50Error):
    """A setting is missing, unknown or contradicts another one."""


class SourceError(Top50Error):
    """The source refuses, and would refuse the same request again. `status`: the HTTP status, or 0."""

    def __init__(self, what: str, remedy: str, status: int = 0) -> None:
        super().__init__(what, remedy)
        self.status = status


class QuotaExceeded(SourceError):
    """Rate limited until `until` (UTC), which is longer than a run waits."""

    def __init__(self, what: str, remedy: str, until: datetime) -> None:
        super().__init__(what, remedy, status=429)
        self.until = until


class SourceUnavailable(SourceError):
    """The source cannot answer right now. `retry_after`: the seconds that it asks us to wait, or 0."""

    passing = True

    def __init__(self, what: str, remedy: str, retry_after: int = 0, status: int = 0) -> None:
        super().__init__(what, remedy, status)
        self.retry_after = retry_after


class ConsentExpired(SourceError):
    """The user's consent has expired, or was given to another app."""


class RawError(Top50Error):
    """A raw object cannot be read as a chart; it goes to quarantine, and the others are processed."""


class NoChart(RawError):
    """A raw object in which the source has no chart: Spotify has none of that market and date."""


class ChartRejected(RawError):
    """A raw object is a chart that fails its checks; it goes to quarantine, and the run fails."""


class LakeError(Top50Error):
    """The lake cannot be used in its present state."""


class OutOfReach(LakeError):
    """One object can be neither read nor moved, because of its name or type; the others are processed."""


class LakeUnavailable(LakeError):
    """The lake cannot answer right now."""

    passing = True


class LakeConflict(LakeError):
    """Somebody else wrote the object between our read and our write."""

    passing = True


class WorkerUnavailable(Top50Error):
    """A worker process or a cluster ended before its work was done."""

    passing = True


class CatalogError(Top50Error):
    """The tables are published, but the catalog does not show them."""


class CatalogUnavailable(CatalogError):
    """The catalog's service cannot answer right now."""

    passing = True


class OrchestratorUnavailable(Top50Error):
    """The Prefect server cannot answer right now."""

    passing = True


class OrchestratorRefused(Top50Error):
    """The Prefect server refuses a request, in its own words: for example, because of a limit of its plan."""


class ReportError(Top50Error):
    """The tables and the catalog are complete, but the page or the summary could not be made."""
