"""Work in other Python processes, to use every core or to give back the memory that it takes; and in threads.

Not concurrent.futures: its processes import the main module again, which is a flow and so all of Prefect,
a second and 100 MB for each. Not loky 3.7: its idle workers stay when this process is killed, and where
neither psutil nor pgrep is installed, as in slim images, it cannot end a worker at all
(loky/backend/utils.py: `process.kill()` of a Popen that has no such method).
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from operator import call
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol, TypeVar

from top50.errors import WorkerUnavailable

_In = TypeVar("_In")
_Out = TypeVar("_Out")

# Where the project is not installed, as in a clone, Python finds it by its folder alone.
_PROGRAM = f"""
import sys
project = {str(Path(__file__).parents[1])!r}
if project not in sys.path:
    sys.path.insert(0, project)
from top50.parallel import serve
serve(*sys.argv[1:])
"""


class Map(Protocol):
    """Like `map`: does the same work to all items, wherever that is; the results come in the items' order."""

    def __call__(self, work: Callable[[_In], _Out], items: Iterable[_In], /) -> Iterable[_Out]:
        """Return the result of each item; raise what the work raised."""


def cores() -> int:
    """Return how many cores this process may use: by its affinity and, in a container, by its CPU limit."""
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no cgroup v2, or "max": no limit
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        count = min(count, max(1, int(quota) // int(period)))
    return count


@contextmanager
def processes(count: int, *modules: str, here: bool = False, seconds: float | None = None) -> Iterator[Map]:
    """Start processes that end with the block, and yield a `map` whose work they share.

    modules: what each imports at once, while this process finds out what there is to do.
    here: whether this process takes its share, too, in a thread.
    seconds: how long one `map` may take. An error ends the processes at once, in the middle of their work.
    The `map` raises WorkerUnavailable when a process ends without an answer, and TimeoutError.
    """
    started = [_start(modules) for _ in range(count)]
    idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
    for worker in [*started, None] if here else started:
        idle.put(worker)

    def do(work: Callable[[_In], _Out], item: _In) -> _Out:
        worker = idle.get()
        try:
            return _ask(worker, work, item) if worker else work(item)
        finally:
            idle.put(worker)

    def share(work: Callable[[_In], _Out], items: Iterable[_In], /) -> Iterable[_Out]:
        return threads.map(partial(do, work), items, timeout=seconds)

    try:
        with ThreadPoolExecutor(count + here) as threads:  # each waits for the answer of one process
            try:
                yield share
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                for process in started:
                    process.kill()
                raise
    finally:
        for process in started:
            with suppress(BrokenPipeError):
                process.__exit__(None, None, None)  # closes its input, which ends it, and waits


def in_another_process(work: Callable[..., _Out], *arguments: object, seconds: float | None = None) -> _Out:
    """Return the result of work in another process, so that this one keeps none of the memory it takes.

    Raises what the work raises, WorkerUnavailable when the process ends without an answer, and TimeoutError.
    """
    with processes(1, seconds=seconds) as share:
        [result] = share(call, [partial(work, *arguments)])
    return result


def in_threads(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
    """Do the same to several items in eight threads of this process; return the results in order."""
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(work, items))


def _start(modules: Iterable[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own names
        [sys.executable, "-P", "-c", _PROGRAM, *modules],  # -P: nothing is imported from the current folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},  # the other processes use the other cores
    )


def _ask(process: "subprocess.Popen[bytes]", work: Callable[[_In], _Out], item: _In) -> _Out:
    if process.stdin is None or process.stdout is None:
        raise TypeError("a process without pipes")
    try:
        process.stdin.write(pickle.dumps((work, item)))
        process.stdin.flush()
        result: _Out
        result, error = pickle.load(process.stdout)  # noqa: S301 - from a process of our own
    except (BrokenPipeError, EOFError, pickle.UnpicklingError):
        raise WorkerUnavailable(
            f"a process that worked for this run ended with code {process.wait()}",
            "Run it again; if it stays, look whether the machine is short of memory.",
        ) from None
    if isinstance(error, BaseException):
        raise error
    return result


def serve(*modules: str) -> None:
    """Do the work that comes on standard input, and send back its results until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the flow, and that ends this process
    gc.set_threshold(50_000)  # decoding makes many objects and hardly any garbage
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a print does not get between the answers
    for module in modules:
        import_module(module)
    while True:
        try:
            work, item = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
        except EOFError:
            os._exit(0)  # nothing is left to do, and tidying up would keep the flow waiting: 0.1 s
        try:
            answer = pickle.dumps((work(item), None))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the work came from
            error.add_note(traceback.format_exc())
            answer = pickle.dumps((None, error))
        try:
            answers.write(answer)
            answers.flush()
        except BrokenPipeError:  # the process that wanted it was killed
            os._exit(0)
