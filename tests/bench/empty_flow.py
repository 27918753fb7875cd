"""A flow that does nothing: what Prefect itself takes."""

from prefect import flow


@flow(name="empty")
def empty() -> None:
    """Do nothing."""


if __name__ == "__main__":
    empty()
