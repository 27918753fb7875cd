"""Old files, and in the place of each merged archive the raw objects that it is split into."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from top50.errors import RawError
from top50.history.find import Found
from top50.history.split import Head, head_of, split
from top50.memory import return_freed_memory
from top50.parallel import in_another_process
from top50.raw.keys import key_of

# The rows of these raw objects take eight times as much memory for a byte as those of a playlist.
_WEIGHT = 8

_NAMES = (".csv", ".csv.gz", ".tsv", ".txt")


class SplitArchives:
    """Files with the merged archives split. Their raw objects exist until the end of the `with` block."""

    def __init__(self, found: Iterable[Found], expect: Callable[[int], None]) -> None:
        """Take files; `expect` is called with the number of additional files that an archive gives."""
        self._found, self._expect = found, expect
        self._folder = TemporaryDirectory(prefix="top50-")
        # The number of archives so far.
        self.archives = 0
        # What was left out of archives, a line for each archive.
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def __iter__(self) -> Iterator[Found]:
        """Yield the files and raw objects in order; it can be iterated over once."""
        for found in self._found:
            head = _head(found)
            if head is None or found.path is None:
                yield found
            else:
                yield from self._split(found, found.path, head)

    def _split(self, found: Found, path: Path, head: Head) -> Iterator[Found]:
        return_freed_memory()
        self.archives += 1
        folder = Path(self._folder.name) / str(self.archives)
        folder.mkdir()
        try:
            made = in_another_process(split, path, head, folder)
        except RawError as error:
            yield found._replace(problem=str(error))
            return
        if not made.parts:
            why = f"it has only {made.left_out}" if made.left_out else "only a header: no rows"
            yield found._replace(problem=why, is_other=bool(made.others) and not made.unread)
            return
        if made.left_out:
            self.notes.append(f"{path.name}: {made.left_out} left out")
        self._expect(len(made.parts) - 1)
        stem = found.name.rpartition("/")[2].partition(".csv")[0]
        for part in made.parts:
            key = key_of(f"chart={part.chart}/{stem}/{part.month}.json", "")
            name = f"{found.name} ({part.chart} {part.month})"
            size = part.file.stat().st_size
            yield Found(name, key, size, part.file.read_bytes, is_named=True, weight=_WEIGHT)


def _head(found: Found) -> Head | None:
    if found.path is None or not found.name.lower().endswith(_NAMES):
        return None
    try:
        return head_of(found.path)
    except OSError:  # reading it will give the error
        return None
