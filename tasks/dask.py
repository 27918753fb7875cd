"""Work on the workers of a Dask cluster: batches, and a tree of merges, within one step of the flow.

They are Dask's own tasks and not runs of Prefect tasks, each of which takes a tenth of a second besides.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tasks.aws import aws_session
from tasks.step import RETRIES
from top50.errors import SettingsError, WorkerUnavailable
from top50.lake import Item, open_lake
from top50.rebuild.batches import (
    BATCH_BYTES,
    MERGE_SIZE,
    Builder,
    Selection,
    batches_of,
    build_batch,
    groups_of,
)
from top50.rebuild.partial_tables import Partial, merge_partials
from top50.security import refuse_open_cluster
from top50.settings import Settings
from top50.text import one_line

if TYPE_CHECKING:
    from distributed import Client, Future

    from top50.aws import AwsSession

# What a task reads at least: its partial tables travel to the flow.
LEAST_BYTES = 64 * 2**20

# What a task reads at most: a worker's memory depends on its rows.
MOST_BYTES = 4 * BATCH_BYTES

# How many partial tables the flow merges itself, sooner than another round of tasks would.
FEW = 2 * MERGE_SIZE

_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|wss?)://)?(?:\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):\d{1,5}/?")

# Seconds to wait for the first worker; Dask itself waits for ever.
WORKERS_WITHIN = 45

_Out = TypeVar("_Out")


def build_there(
    settings: Settings, session: "AwsSession | None", source: Selection, keys: Sequence[str]
) -> Partial:
    """Open the lake on a worker, and make partial tables of a batch of its raw objects.

    session: made where the flow is, so that no worker has to ask Prefect for a block, or gets a key to it.
    """
    return build_batch(open_lake(settings, session), source, keys)


@contextmanager
def on_dask(address: str, settings: Settings) -> Iterator[Builder]:
    """Build on the workers of the cluster whose scheduler is at this address.

    Dask repeats what a lost worker had; the lake must be one that every worker can read.
    Raises SettingsError when there is no such cluster, no Dask here, or an unencrypted connection to another
    machine; WorkerUnavailable when the cluster is lost.
    """
    refuse_open_cluster(address, allow_http=settings.allow_http)
    session = aws_session(settings) if settings.is_s3 else None
    # A worker only reads raw objects.
    without_secret = settings.model_copy(update={"spotify_client_secret": None})
    with _client(address) as client:
        from distributed import CancelledError  # noqa: PLC0415 - an extra
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - an extra

        def build(source: Selection, items: Sequence[Item]) -> Iterator[Partial]:
            work = partial(build_there, without_secret, session, source)
            threads = sum(client.nthreads().values()) or 1  # type: ignore[no-untyped-call]
            made = _submit(client, work, batches_of(items, threads, least=LEAST_BYTES, most=MOST_BYTES))
            while len(made) > FEW:
                made = _submit(client, merge_partials, list(groups_of(MERGE_SIZE, made)))
            yield from (future.result() for future in made)

        try:
            yield build
        except (KilledWorker, CancelledError) as error:  # the cluster went away midway, or its workers died
            raise WorkerUnavailable(
                f"the Dask cluster at {address} did not do its work: {one_line(str(error))}",
                "Look at the logs of its workers; short of memory, mostly. Run it again; nothing is lost.",
            ) from None


def _submit(client: "Client", work: Callable[[Any], _Out], items: Sequence[Any]) -> "list[Future[Any]]":
    """Let workers do the same to each item; what fails, a request to the lake say, is retried elsewhere."""
    return [client.submit(work, item, pure=False, retries=RETRIES) for item in items]


@contextmanager
def _client(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError(
            "--dask needs Dask, which is not installed", "Run pip install 'top50[dask]'."
        ) from None
    if not _ADDRESS.fullmatch(address):  # a client that was given none complains at the end of the process
        raise SettingsError(
            f"{one_line(address)} is not an address of a Dask scheduler", "Write --dask like tcp://host:8786."
        )
    try:
        client = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise SettingsError(
            f"no Dask scheduler answers at {address}: {error}",
            "Start one (dask scheduler), or correct --dask.",
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WITHIN)
        except TimeoutError:
            raise SettingsError(
                f"the Dask scheduler at {address} has had no worker for {WORKERS_WITHIN} s",
                f"Start one (dask worker {address}), and run it again.",
            ) from None
        yield client
