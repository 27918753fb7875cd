"""A diagnosis as a page of the dashboard."""

from top50.checks.doctor import Diagnosis
from top50.report.markdown import as_text


def diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """Return the findings and the advice; what other people wrote is shown as text, as it is."""
    found = [f"- {as_text(str(finding))}" for finding in diagnosis.findings]
    advice = [as_text(line) for line in diagnosis.advice if line]
    parts = ["# Doctor", as_text(diagnosis.message), "## Found", "\n".join(found)]
    return "\n\n".join(parts + (["## Advice", *advice] if advice else [])) + "\n"
