"""What the documents name is there: links, headings, make targets, modules. The README stays short."""

import re
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deployments/bi/*.md")])
USERS = [file for file in DOCUMENTS if file.name not in ("CHANGELOG.md", "CONTRIBUTING.md")]

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
MAKE = re.compile(r"(?:`|^|&& |\$ |\| )make ([a-z][a-z-]*)", re.MULTILINE)
MODULE = re.compile(r"python -m ((?:flows|deployments|top50|tests)(?:\.\w+)*)")


def anchors(file: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(file: Path) -> Iterator[str]:
    for match in LINK.finditer(file.read_text(encoding="utf-8")):
        target = match[1] or match[2]
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield target


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file: Path) -> None:
    assert list(dead_links(file)) == []


def test_every_make_target_and_module_of_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "\n".join(file.read_text(encoding="utf-8") for file in USERS)
    assert set(MAKE.findall(text)) - targets == set()
    assert {name for name in MODULE.findall(text) if find_spec(name) is None} == set()


def test_the_commands_without_make_are_all_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for target, module in re.findall(r"^([a-z-]+):.*\n\t@\$\(BIN\)/python -m (\S+)", makefile, re.MULTILINE):
        if target != "assets":  # for developers
            assert re.search(rf"^\| `make {target}` .*-m {module}\b", page, re.MULTILINE), target


def test_the_readme_is_a_screen_and_a_half() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 150
    assert len(readme.split()) <= 1100


def test_the_newest_release_of_the_changelog_is_the_projects_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    released = re.findall(
        r"^## (\d\S+) \(", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert released[0] == version
