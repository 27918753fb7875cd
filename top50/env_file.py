"""The file `.env`: read whole, or not at all."""

from io import StringIO
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream

from top50.errors import SettingsError


def load_env_file(file: Path) -> None:
    """Put what the file says into the environment, which wins; no file is as good as an empty one.

    Raises SettingsError, naming the line, for what python-dotenv would pass over with a warning: a lake
    that is named there would silently be another one.
    """
    if not file.is_file():
        return
    text = _read(file)
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            raise SettingsError(
                f"line {_line_of(binding.original.string, binding.original.line)} of {file} is no NAME=value",
                "Correct it: a quote that is opened must be closed in the same value.",
            )
    load_dotenv(stream=StringIO(text))


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"cannot read {file}: {error.strerror}", "Give this user the right to read it."
        ) from None
    try:
        return content.decode("utf-8-sig")  # as Windows' editors write it
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"line {line} of {file} is not UTF-8 text", "Save the file as UTF-8.") from None


def _line_of(binding: str, line: int) -> int:
    """Return the line of a binding's first character: it begins with the blank lines before it."""
    return line + len(binding) - len(binding.lstrip("\r\n"))
