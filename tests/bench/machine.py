"""What the figures were measured on."""

import os
import platform
from importlib.metadata import version
from typing import Any

_PACKAGES = ("polars", "msgspec", "duckdb", "pandas", "prefect", "obstore", "pyarrow", "spotipy")


def machine() -> dict[str, Any]:
    """Describe the machine, how busy it is, and the versions that matter."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
    }
