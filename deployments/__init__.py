"""What production needs besides the code."""

import sys

import top50.command  # noqa: F401 - first: it hears Ctrl-C while the rest is imported

# These import Prefect at once, the other commands when they need it.
if {f"deployments.{name}" for name in ("deploy", "undeploy", "login")} & set(sys.orig_argv):
    from tasks.prefect_settings import check_prefect_settings

    check_prefect_settings()
