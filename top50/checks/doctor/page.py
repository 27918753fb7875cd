"""A diagnosis as a page of the dashboard."""

from top50.checks.doctor import Diagnosis
from top50.text import as_code


def diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """Return the findings and the advice; what other people wrote is shown as text, as it is."""
    found = [f"- {as_code(str(finding))}" for finding in diagnosis.findings]
    advice = [as_code(line) for line in diagnosis.advice if line]
    parts = ["# Doctor", as_code(diagnosis.message), "## Found", "\n".join(found)]
    return "\n\n".join(parts + (["## Advice", *advice] if advice else [])) + "\n"
