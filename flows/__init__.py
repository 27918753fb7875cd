"""The picture of the pipeline."""

import gc
import os

# Before Polars is imported: these tables are small, and a second thread would take a core from the processes
# that build beside this one. Somebody who sets it knows better.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

USUAL_THRESHOLDS = gc.get_threshold()
"""How often Python looks for cycles; so it is again when a flow begins."""

# Imports make half a million objects and hardly any garbage: a search after each 700 is 5 % of the start.
gc.set_threshold(50_000)

from tasks.prefect_settings import check_prefect_settings  # noqa: E402

check_prefect_settings()  # before a flow imports Prefect
