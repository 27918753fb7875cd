"""HTTP that takes credentials to no other host than the one that was asked."""

from urllib.parse import urljoin, urlsplit

import requests

from top50.errors import SourceError
from top50.sources.bounded import BoundedSession


class OneHostSession(BoundedSession):
    """Follows no redirect to another host, port or scheme; raises SourceError instead.

    requests drops the Authorization header on such a way, but repeats the body of a POST (307, 308), and
    with it a refresh token.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where the answer sends us on to; None when it is no redirect."""
        target = super().get_redirect_target(resp)
        ours, theirs = urlsplit(resp.url), urlsplit(urljoin(resp.url, target or ""))
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            resp.close()
            raise SourceError(
                f"{ours.hostname} sends us on to {theirs.scheme}://{theirs.hostname}, which was not asked",
                "Check that address; if it is right, do not trust what answers there.",
                resp.status_code,
            )
        return target
