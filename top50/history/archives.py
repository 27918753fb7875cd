"""What was found, and in the place of each merged archive the raw objects that it is cut into."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from top50.errors import RawError
from top50.history.files import Found
from top50.history.keys import key_of
from top50.history.split import Head, Part, head_of, split
from top50.memory import return_freed_memory
from top50.parallel import in_another_process

# A byte of these raw objects holds four times as many rows as one of a playlist.
_WEIGHT = 8

_NAMES = (".csv", ".csv.gz", ".tsv", ".txt")


class Cut:
    """Goes through files once. The raw objects lie in a temporary folder until the `with` block ends."""

    def __init__(self, found: Iterable[Found], expect: Callable[[int], None]) -> None:
        """Take files; `expect` is told of how many more an archive makes."""
        self._found, self._expect = found, expect
        self._folder = TemporaryDirectory(prefix="top50-")
        self.archives = 0
        """How many archives there were so far."""
        self.notes: list[str] = []
        """What was left out of archives, a line each."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def __iter__(self) -> Iterator[Found]:
        """Yield the files and raw objects in order."""
        for each in self._found:
            head = _head(each)
            if head is None or each.path is None:
                yield each
            else:
                yield from self._cut(each, each.path, head)

    def _cut(self, found: Found, path: Path, head: Head) -> Iterator[Found]:
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
            why = f"it holds nothing but {made.left_out}" if made.left_out else "only a header: no rows"
            yield found._replace(problem=why, is_other=bool(made.others) and not made.unread)
            return
        if made.left_out:
            self.notes.append(f"{path.name}: {made.left_out} left out")
        self._expect(len(made.parts) - 1)
        yield from (_found(found, part) for part in made.parts)


def _head(found: Found) -> Head | None:
    if found.path is None or not found.name.lower().endswith(_NAMES):
        return None
    try:
        return head_of(found.path)
    except OSError:  # reading it will say what is wrong
        return None


def _found(archive: Found, part: Part) -> Found:
    stem = archive.name.rpartition("/")[2].partition(".csv")[0]
    key = key_of(f"chart={part.chart}/{stem}/{part.month}.json", "")
    name = f"{archive.name} ({part.chart} {part.month})"
    size = part.file.stat().st_size
    return Found(name, key, size, part.file.read_bytes, is_named=True, weight=_WEIGHT)
