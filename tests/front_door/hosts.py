"""The hosts that the project asks, as a firewall needs to know them."""

from tests.servers.seaweedfs import REGION

GLUE, ATHENA, STS, QUICKSIGHT = (
    f"{service}.{REGION}.amazonaws.com" for service in ("glue", "athena", "sts", "quicksight")
)
CATALOG = {GLUE, ATHENA}
BI = {STS, QUICKSIGHT}  # with TOP50_QUICKSIGHT_DATASETS
PLAYLIST = {"api.spotify.com", "accounts.spotify.com"}
CHARTS_PAGE = {"charts-spotify-com-service.spotify.com"}
PUBLIC_ARCHIVE = {"raw.githubusercontent.com"}

# Besides the host of the bucket.
ALL = CATALOG | BI | PLAYLIST | CHARTS_PAGE | PUBLIC_ARCHIVE
