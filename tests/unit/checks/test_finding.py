"""The lines that checks print."""

from top50.checks.finding import Finding


def test_a_finding_is_one_line() -> None:
    finding = Finding("lake", "failed", "two\nlines\x1b[2J!.", "Mend\tit.")
    assert str(finding) == "✗ lake: two lines[2J. Mend it."
