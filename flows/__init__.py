"""The picture of the pipeline."""

import os

# Before Polars is imported: these tables are small, and a second thread would take a core from the processes
# that build beside this one. Somebody who sets it knows better.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
