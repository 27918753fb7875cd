"""Commands in messages: as they can be copied and run from the current folder."""

import shlex
import shutil
import sys
from pathlib import Path


def command_of(program: str, *arguments: str) -> str:
    """Return a command with this environment's `python` or `prefect`, quoted for a shell.

    For example `.venv/bin/python -m flows.rebuild`, or `python …` if the shell finds the same file.
    """
    own = Path(sys.executable).absolute().with_name(program)
    found = shutil.which(program)
    if not own.exists() or (found and Path(found).absolute() == own):
        name = program
    else:
        name = str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)
    return shlex.join([name, *arguments])


def module_command(module: str, *arguments: str) -> str:
    """Return `python -m module …` in the same way."""
    return command_of("python", "-m", module, *arguments)
