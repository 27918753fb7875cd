"""What flows can be told besides the settings, for the dashboard's form and the command line alike."""

from typing import Annotated

from pydantic import Field

from top50.charts import ChartName, SourceName
from top50.settings import CatalogName, Settings


def _said(setting: str) -> str:
    return f"{Settings.model_fields[setting].description} (default: TOP50_{setting.upper()})"


ChartOption = Annotated[ChartName | None, Field(description=_said("chart"))]
SizeOption = Annotated[int | None, Field(description=_said("size"), ge=1, le=200)]
SourceOption = Annotated[SourceName | None, Field(description=_said("source"))]
PlaylistOption = Annotated[str | None, Field(description=_said("playlist"), min_length=1)]
LakeOption = Annotated[str | None, Field(description=_said("lake"), min_length=1)]
CatalogOption = Annotated[CatalogName | None, Field(description=_said("catalog"))]
FileOption = Annotated[
    str | None, Field(description="A chart's CSV on this machine, with source charts-csv", min_length=1)
]
LimitOption = Annotated[int | None, Field(description="How many songs to ask for (default: all)", ge=1)]
CheckOption = Annotated[bool, Field(description="Only compare: write nothing, fail if something differs")]
DryRunOption = Annotated[bool, Field(description="Only say what would be taken and what not, and why")]
DaskOption = Annotated[
    str | None,
    Field(description="A Dask scheduler whose workers build the tables, as tls://host:8786", min_length=1),
]
RequeueOption = Annotated[
    list[str] | None,
    Field(description="Keys in quarantine, or patterns of them, to be put back and processed again"),
]
PathsOption = Annotated[
    list[str],
    Field(description="A file, a folder, a pattern (old/**/*.csv) or s3://bucket/prefix", min_length=1),
]
