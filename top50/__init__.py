"""The thinking of Top 50: everything that needs no orchestrator."""

import logging

import top50.command  # noqa: F401 - first: it hears Ctrl-C while the rest is imported

# At DEBUG these log secrets, tokens and signatures. Each has a level of its own, so that it stays
# silent whatever is set on its library's logger or above.
_TALKATIVE = ("spotipy.client", "spotipy.oauth2", "spotipy.util", "botocore.auth", "botocore.endpoint")
for _name in _TALKATIVE:
    logging.getLogger(_name).setLevel(logging.CRITICAL)
