"""A flow that does nothing: what Prefect itself takes, started as ours are from the command line."""

from prefect import flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings


@flow(name="empty")
def empty() -> None:
    """Do nothing."""


if __name__ == "__main__":
    with temporary_settings(
        {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    ):  # as flows/shared/temporary_server.py does
        empty()
