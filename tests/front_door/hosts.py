"""The hosts that the project asks; for a firewall, say."""

from tests.servers.seaweedfs import REGION

GLUE, ATHENA, STS, QUICKSIGHT = (
    f"{service}.{REGION}.amazonaws.com" for service in ("glue", "athena", "sts", "quicksight")
)
API, ACCOUNTS = "api.spotify.com", "accounts.spotify.com"
CHARTS = "charts-spotify-com-service.spotify.com"

CATALOG = {GLUE, ATHENA}
PLAYLIST = {API, ACCOUNTS}
