"""The form on the dashboard says what each parameter means."""

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin

from pydantic.fields import FieldInfo

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def explained(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Write the descriptions of the parameters into the docstring, the only place where Prefect looks."""
    lines = [f"    {name}: {text}" for name, text in _descriptions(function)]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *lines])
    return function


def _descriptions(function: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    for name, parameter in inspect.signature(function).parameters.items():
        if get_origin(parameter.annotation) is Annotated:
            _, *said = get_args(parameter.annotation)
            yield from ((name, each.description or "") for each in said if isinstance(each, FieldInfo))
