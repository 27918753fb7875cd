"""A proxy before an AWS stand-in that keeps every request whole: who was asked for what, bodies included."""

from tests.servers.http_requests import Request
from tests.servers.proxy import recording

__all__ = ["Request", "recording"]
