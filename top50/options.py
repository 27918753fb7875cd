"""The options of a command: the parameters of its function, explained by its docstring."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pydantic
from cyclopts import App, CycloptsError, Parameter, ValidationError

from top50.text import one_line

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Function = Callable[..., int | None]


def command(module: str, epilogue: str = "") -> Callable[[Function], Callable[[], int | None]]:
    """Turn a function into the command `python -m module`, which reads its options from the command line.

    The docstring, with its `Args:`, is what --help prints, and the epilogue after it. A wrong option is one
    line and exit code 2.
    """
    app = App(
        name=f"python -m {module}",
        help_epilogue=epilogue,
        help_formatter="plain",  # no boxes: it is also read in a pipe or a file
        version_flags=[],
        group_commands="Options",
        group_parameters="Options",
        default_parameter=Parameter(negative="", show_default=False),
        exit_on_error=False,
        print_error=False,
    )

    def main() -> int | None:
        try:
            chosen, bound, _ = app.parse_args(sys.argv[1:])
        except CycloptsError as error:
            if isinstance(error, ValidationError) and isinstance(error.__context__, pydantic.ValidationError):
                # Without pydantic's own name of the type, and its link.
                error.exception_message = "; ".join(map(_reason, error.__context__.errors())) + "."
            sys.stderr.write(f"✗ {one_line(str(error))} See {app.name[0]} --help.\n")
            sys.exit(2)
        # Called here, because App would end Ctrl-C in silence. It is the function, or what prints the help.
        code: int | None = chosen(*bound.args, **bound.kwargs)
        return code

    def decorate(function: Function) -> Callable[[], int | None]:
        app.default(function)
        return main

    return decorate


def _reason(error: "ErrorDetails") -> str:
    return error["msg"].removeprefix("Value error, ")
