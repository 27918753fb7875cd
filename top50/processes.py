"""Python processes that do the same work side by side.

Not concurrent.futures: its processes import the main module again, which is a flow and so all of
Prefect: a second and 100 MB for each.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import IO, Generic, Self, TypeVar, cast

from top50.errors import WorkerUnavailable

_In = TypeVar("_In")
_Out = TypeVar("_Out")

_LENGTH = 8
_PROJECT = str(Path(__file__).parents[1])
# Where the project is not installed, as in a clone, its own folder has to be named.
_RUN = """
import runpy, sys
_, project, *sys.argv = sys.argv
if project not in sys.path:
    sys.path.insert(0, project)
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
_ONE_THREAD = {"POLARS_MAX_THREADS": "1"}  # the cores are taken by the other processes


class Processes:
    """Processes beside this one, each of which takes the next piece of work when it has done one."""

    def __init__(self, others: int, *modules: str, here: bool = True) -> None:
        """Start the others; they import these modules at once, while it is found out what there is to do.

        here: whether this process works, too.
        """
        self._others = [_start(modules) for _ in range(others)]
        self._here = here

    def __enter__(self) -> Self:
        """Processes that end with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them: at once when something went wrong."""
        for process in self._others:
            if error is not None:
                process.kill()
            with suppress(BrokenPipeError):
                process.__exit__(None, None, None)  # closes its input, which ends it, and waits

    def map(
        self, work: Callable[[_In], _Out], items: Iterable[_In], longest: float | None = None
    ) -> Iterator[_Out]:
        """Yield what comes of each item, in order; what one raises is raised here.

        longest: seconds that an item may take; None: any time.
        Raises WorkerUnavailable when a process ends without an answer, TimeoutError when one takes too long.
        """
        todo: _ToDo[_In, _Out] = _ToDo(list(items))
        threads = [Thread(target=todo.do_all, args=(partial(_ask, each, work),)) for each in self._others]
        for thread in threads:
            thread.start()
        try:
            for done in todo.done:
                while self._here and not done.done() and todo.do_one(work):
                    pass
                yield done.result(longest)
        finally:
            todo.drop()
        for thread in threads:
            thread.join()


class _ToDo(Generic[_In, _Out]):
    """Pieces of work, each of which somebody takes, and what comes of them."""

    def __init__(self, items: list[_In]) -> None:
        self.done: list[Future[_Out]] = [Future() for _ in items]
        self._left = deque(zip(items, self.done, strict=True))

    def do_one(self, work: Callable[[_In], _Out]) -> bool:
        """Take the next piece, if there is one, and do it."""
        try:
            item, done = self._left.popleft()
        except IndexError:
            return False
        try:
            done.set_result(work(item))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
            done.set_exception(error)
        return True

    def do_all(self, work: Callable[[_In], _Out]) -> None:
        """Take pieces until there are no more."""
        while self.do_one(work):
            pass

    def drop(self) -> None:
        """Leave the rest undone."""
        self._left.clear()


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this project, and imports nothing from the current folder."""
    return [sys.executable, "-P", "-c", _RUN, _PROJECT, module, *arguments]


def _start(modules: Iterable[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own names
        python("top50.worker", *modules),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_ONE_THREAD},
    )


def _ask(process: "subprocess.Popen[bytes]", work: Callable[[_In], _Out], item: _In) -> _Out:
    if process.stdin is None or process.stdout is None:
        raise TypeError("a process without pipes")
    try:
        send(process.stdin, (work, item))
        answer, error = receive(process.stdout)
    except (BrokenPipeError, EOFError):
        raise WorkerUnavailable(
            f"a process beside the run's own ended with code {process.wait()}",
            "Run it again; if it stays, look whether the machine is short of memory.",
        ) from None
    if isinstance(error, BaseException):
        raise error
    return cast("_Out", answer)


def send(stream: IO[bytes], message: object) -> None:
    """Write a message."""
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(content).to_bytes(_LENGTH, "little") + content)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[object, object]:
    """Read a message, a pair; raises EOFError when there is no more."""
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        raise EOFError
    content = stream.read(int.from_bytes(length, "little"))
    first, second = pickle.loads(content)  # noqa: S301 - our own, through a pipe of our own
    return first, second
