"""Reads the file `.env`, completely or not at all."""

from io import StringIO
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream

from top50.errors import SettingsError


def load_env_file(file: Path) -> None:
    """Copy a file's settings into the environment, whose own values win; a missing file counts as empty.

    Raises SettingsError with the line number for a line that python-dotenv would skip with a warning: a lake
    that is named there would silently be replaced by the default.
    """
    if not file.is_file():
        return
    try:
        content = file.read_bytes()
    except OSError as error:
        what = f"cannot read {file}: {error.strerror}"
        raise SettingsError(what, "Give this user the right to read it.") from None
    try:
        text = content.decode("utf-8-sig")  # editors on Windows write a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"line {line} of {file} is not UTF-8 text", "Save the file as UTF-8.") from None
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            source = binding.original.string
            # python-dotenv counts from the blank lines before the binding.
            line = binding.original.line + len(source) - len(source.lstrip("\r\n"))
            raise SettingsError(
                f"line {line} of {file} is not NAME=value",
                "Correct it: an opening quote needs a closing one in the same value.",
            )
    load_dotenv(stream=StringIO(text))
