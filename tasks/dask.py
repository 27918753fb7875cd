"""Work on the workers of a Dask cluster: one task per batch, and a tree of merges."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tasks.aws import aws_session
from tasks.step import step
from top50.errors import SettingsError
from top50.lake import Item, open_lake
from top50.partial import Partial, merge_partials
from top50.pipeline import BATCH_BYTES, TOGETHER, BuildAll, Source, batches_of, build_batch, groups_of
from top50.settings import Settings

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

LEAST_BYTES = 64 * 2**20
"""So much is worth a task run, which takes a tenth of a second besides."""

MOST_BYTES = 4 * BATCH_BYTES
"""How much one task reads: a worker's memory depends on its rows."""

FEW = 2 * TOGETHER
"""So many partial tables the flow merges itself, sooner than another round of tasks would."""

_SECRETS = {"spotify_client_secret": None}


@step("build-batch")
def build_there(settings: Settings, source: Source, keys: Sequence[str]) -> Partial:
    """Open the lake where this runs, and make partial tables of a batch of its raw objects."""
    lake = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    return build_batch(lake, source, keys)


@step("merge-batches")
def merge_there(partials: list[Partial]) -> Partial:
    """Merge partial tables into one."""
    return merge_partials(partials)


@contextmanager
def on_dask(address: str, settings: Settings) -> Iterator[BuildAll]:
    """Build on the workers of the cluster whose scheduler is at this address.

    Dask does again what a lost worker had; the lake must be one that every worker can read.
    Raises SettingsError when there is no such cluster, or no Dask here.
    """
    known = settings.model_copy(update=_SECRETS)  # a worker reads raw objects and needs no more
    with _runner(address) as runner:
        threads = sum(runner.client.nthreads().values()) or 1  # type: ignore[no-untyped-call]

        def build(source: Source, items: Sequence[Item]) -> Iterator[Partial]:
            made = [
                runner.submit(build_there, {"settings": known, "source": source, "keys": keys})
                for keys in batches_of(items, threads, least=LEAST_BYTES, most=MOST_BYTES)
            ]
            while len(made) > FEW:
                made = [runner.submit(merge_there, {"partials": some}) for some in groups_of(TOGETHER, made)]
            yield from (each.result() for each in made)

        yield build


@contextmanager
def _runner(address: str) -> Iterator["DaskTaskRunner"]:
    try:
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError(
            "--dask needs Dask, which is not installed", "Run pip install 'top50[dask]'."
        ) from None
    with DaskTaskRunner(address=address) as runner:
        try:
            _ = runner.client
        except OSError as error:
            raise SettingsError(
                f"no Dask scheduler answers at {address}: {error}",
                "Start one (dask scheduler), or correct --dask.",
            ) from None
        yield runner
