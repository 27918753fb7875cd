"""Top 50 without an orchestrator: everything that does not need Prefect."""

import logging

import top50.command  # noqa: F401 - first: from here on Ctrl-C ends the import in one line

# At DEBUG these log secrets, tokens and signatures. They are silenced one by one, so that a
# level set on their parent loggers does not turn them on.
_SECRETIVE = ("spotipy.client", "spotipy.oauth2", "spotipy.util", "botocore.auth", "botocore.endpoint")
for _name in _SECRETIVE:
    logging.getLogger(_name).setLevel(logging.CRITICAL)
