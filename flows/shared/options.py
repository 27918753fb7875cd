"""The options of the flows, for the dashboard's form and the command line alike."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

from cyclopts import Parameter
from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo

from top50.charts import SourceName, charts_named
from top50.settings import CatalogName, Settings


def _described(setting: str) -> str:
    return f"{Settings.model_fields[setting].description} (default: TOP50_{setting.upper()})"


def _check_charts(names: str | None) -> str | None:
    """Raise ValueError for an unknown chart, which is then a wrong option."""
    charts_named(name.strip() for name in (names or "").split(",") if name.strip())
    return names


ChartOption = Annotated[
    str | None, Field(description=_described("chart"), min_length=1), AfterValidator(_check_charts)
]
SizeOption = Annotated[int | None, Field(description=_described("size"), ge=1, le=200)]
SourceOption = Annotated[SourceName | None, Field(description=_described("source"))]
PlaylistOption = Annotated[str | None, Field(description=_described("playlist"), min_length=1)]
LakeOption = Annotated[str | None, Field(description=_described("lake"), min_length=1)]
CatalogOption = Annotated[CatalogName | None, Field(description=_described("catalog"))]
FileOption = Annotated[
    str | None, Field(description="A chart's CSV on this machine, with source charts-csv", min_length=1)
]
LimitOption = Annotated[int | None, Field(description="How many songs to ask for (default: all)", ge=1)]
CheckOption = Annotated[bool, Field(description="Only compare: write nothing, fail if something differs")]
DryRunOption = Annotated[bool, Field(description="Only report what would be taken and what not, and why")]
DaskOption = Annotated[
    str | None,
    Field(description="A Dask scheduler whose workers build the tables, as tls://host:8786", min_length=1),
]
RequeueOption = Annotated[
    list[str] | None,
    Field(description="Keys in quarantine, or patterns of them, to be put back and processed again"),
    Parameter(consume_multiple=(1, None)),
]
PathsOption = Annotated[
    list[str],
    Field(description="A file, a folder, a pattern (old/**/*.csv) or s3://bucket/prefix", min_length=1),
]


def describe_options(function: Callable[..., Any]) -> None:
    """Write the descriptions of the options into the docstring, where Prefect and cyclopts read them."""
    lines = []
    for name, parameter in inspect.signature(function).parameters.items():
        fields = get_args(parameter.annotation) if get_origin(parameter.annotation) is Annotated else ()
        lines += [f"    {name}: {field.description}" for field in fields if isinstance(field, FieldInfo)]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *lines])
