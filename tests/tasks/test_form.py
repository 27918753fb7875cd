"""The dashboard's form: Prefect reads descriptions from the docstring alone."""

from typing import Annotated

from prefect.utilities.callables import parameter_docstrings
from pydantic import Field

from flows.form import explained


@explained
def bake(
    cakes: Annotated[int, Field(description="How many: at least one", ge=1)],
    oven: str = "left",
) -> tuple[int, str]:
    """Bake."""
    return cakes, oven


def test_descriptions_are_where_prefect_looks() -> None:
    assert parameter_docstrings(bake.__doc__) == {"cakes": "How many: at least one"}
    assert (bake.__doc__ or "").startswith("Bake.\n")


def test_the_function_is_the_same() -> None:
    assert bake(2) == (2, "left")
