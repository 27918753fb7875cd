"""Work on the workers of a Dask cluster: batches, and a tree of merges, within one step of the flow.

They are Dask's own tasks and not runs of Prefect tasks, each of which takes a tenth of a second besides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL, temporary_settings

from tasks.aws import aws_session
from tasks.step import RETRIES
from top50.errors import SettingsError, WorkerUnavailable, one_line
from top50.lake import Item, open_lake
from top50.partial import Partial, merge_partials
from top50.pipeline import BATCH_BYTES, TOGETHER, BuildAll, Source, batches_of, build_batch, groups_of
from top50.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, Future

LEAST_BYTES = 64 * 2**20
"""So much is worth a task, whose partial tables travel to the flow."""

MOST_BYTES = 4 * BATCH_BYTES
"""How much one task reads: a worker's memory depends on its rows."""

FEW = 2 * TOGETHER
"""So many partial tables the flow merges itself, sooner than another round of tasks would."""

WORKERS_WITHIN = 45
"""Seconds. Dask itself waits for a worker for ever."""

_SECRETS = {"spotify_client_secret": None}

_Server = Mapping[Any, Any]
"""Where the Prefect server is that knows the blocks, and how it is asked."""

_Out = TypeVar("_Out")


def build_there(settings: Settings, source: Source, server: _Server, keys: Sequence[str]) -> Partial:
    """Open the lake where this runs, and make partial tables of a batch of its raw objects."""
    with temporary_settings(server):
        lake = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    return build_batch(lake, source, keys)


def merge_there(partials: Sequence[Partial]) -> Partial:
    """Merge partial tables into one."""
    return merge_partials(partials)


@contextmanager
def on_dask(address: str, settings: Settings) -> Iterator[BuildAll]:
    """Build on the workers of the cluster whose scheduler is at this address.

    Dask does again what a lost worker had; the lake must be one that every worker can read.
    Raises SettingsError when there is no such cluster, or no Dask here, WorkerUnavailable when it is lost.
    """
    known = settings.model_copy(update=_SECRETS)  # a worker reads raw objects and needs no more
    with _client(address) as client, _told_when_lost(address):

        def build(source: Source, items: Sequence[Item]) -> Iterator[Partial]:
            work = partial(build_there, known, source, _server(settings))
            threads = sum(client.nthreads().values()) or 1  # type: ignore[no-untyped-call]
            made = _submit(client, work, batches_of(items, threads, least=LEAST_BYTES, most=MOST_BYTES))
            while len(made) > FEW:
                made = _submit(client, merge_there, list(groups_of(TOGETHER, made)))
            yield from (each.result() for each in made)

        yield build


def _submit(client: "Client", work: Callable[[Any], _Out], items: Sequence[Any]) -> "list[Future[Any]]":
    """Let workers do the same to each item, and again elsewhere what fails, such as an answer of the lake."""
    return [client.submit(work, item, pure=False, retries=RETRIES) for item in items]


def _server(settings: Settings) -> _Server:
    """Return how a worker finds a block of credentials, if it needs one."""
    asked = (PREFECT_API_URL, PREFECT_API_KEY, PREFECT_API_AUTH_STRING)
    return {setting: setting.value() for setting in asked} if settings.aws_credentials_block else {}


@contextmanager
def _client(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError(
            "--dask needs Dask, which is not installed", "Run pip install 'top50[dask]'."
        ) from None
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


@contextmanager
def _told_when_lost(address: str) -> Iterator[None]:
    """Say in one line what a cluster says that goes away midway, or whose workers die."""
    from distributed import CancelledError  # noqa: PLC0415 - an extra
    from distributed.scheduler import KilledWorker  # noqa: PLC0415 - an extra

    try:
        yield
    except (KilledWorker, CancelledError) as error:
        raise WorkerUnavailable(
            f"the Dask cluster at {address} did not do its work: {one_line(str(error))}",
            "Look at the logs of its workers; short of memory, mostly. Run it again; nothing is lost.",
        ) from None
