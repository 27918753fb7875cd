"""What production needs besides the code."""

import tasks  # noqa: F401 - before Prefect is imported: it says in one line what Prefect would not
