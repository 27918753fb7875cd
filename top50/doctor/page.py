"""A diagnosis as a page of the dashboard."""

from top50.doctor import Diagnosis
from top50.errors import one_line


def diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """Return the findings and the advice; what other people wrote is shown as text, as it is."""
    found = [f"- {_code(str(finding))}" for finding in diagnosis.findings]
    advice = [_code(line) for line in diagnosis.advice if line]
    parts = ["# Doctor", _code(diagnosis.message), "## Found", "\n".join(found)]
    return "\n\n".join(parts + (["## Advice", *advice] if advice else [])) + "\n"


def _code(text: str) -> str:
    """Show text as text: nothing in it acts as Markdown or HTML."""
    return f"`{one_line(text).replace('`', chr(39))}`"
