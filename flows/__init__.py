"""The picture of the pipeline: one flow a file, and in `shared` what they have in common."""

import os

# Polars reads this once, when it is imported (docs.pola.rs: polars.thread_pool_size). The tables are small:
# a second thread costs a rebuild 8 % more time of a core, and 9 MiB. A user's own value wins.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from tasks.prefect_settings import check_prefect_settings

check_prefect_settings()  # before a flow imports Prefect, which would end in a traceback
