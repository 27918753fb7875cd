"""The commands that are not flows, and what production needs besides the code."""

import sys

import top50.command  # noqa: F401 - first: from here on Ctrl-C ends the import in one line

# These commands import Prefect at once, and its import ends in a traceback when it cannot read its settings.
if {f"deployments.{name}" for name in ("deploy", "undeploy", "login")} & set(sys.orig_argv):
    from tasks.prefect_settings import check_prefect_settings

    check_prefect_settings()
