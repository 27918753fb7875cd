"""What `make assets` made is what Altair and vl-convert make now."""

import json

from scripts.page_charts import CHARTS, SCRIPT, script, specifications


def test_the_charts_are_those_of_altair() -> None:
    assert json.loads(CHARTS.read_text()) == json.loads(json.dumps(specifications()))


def test_the_script_is_that_of_vl_convert_with_its_licence() -> None:
    assert SCRIPT.read_text() == script()
    assert SCRIPT.read_text().startswith("/*! Vega 6")
