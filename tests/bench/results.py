"""What tests.bench and tests.torture share as commands: options, results in build/, a page of them."""

import argparse
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from tests.bench.machine import machine

ROOT = Path(__file__).resolve().parents[2]

Result = TypeVar("Result")


class Part(msgspec.Struct, Generic[Result], frozen=True):
    """One part: when and where it was run, how much of it, and what came of it."""

    at: datetime
    machine: dict[str, Any]
    quick: bool
    results: list[Result]

    @property
    def setting(self) -> str:
        """The machine and the versions that matter, in words."""
        seen = self.machine
        versions = ", ".join(f"{name} {version}" for name, version in seen["versions"].items())
        hardware = f"{seen['cpus']} cores ({seen['processor']}), {seen['memory_gib']} GiB of memory"
        return f"{hardware}, {seen['system']}. Python {seen['python']}, {versions}."


def options(program: str, about: str | None, names: Collection[str], page: str) -> argparse.Namespace:
    """Parse a command's options; `only` is the parts to run."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--quick", action="store_true", help="small: shows that it works, not how well")
    only = f"of {', '.join(names)}; the page keeps the others; no name: none, the page is written"
    parser.add_argument("--only", nargs="*", choices=names, default=list(names), metavar="NAME", help=only)
    docs = f"write {page} from what was run, by default to docs/"
    parser.add_argument(
        "--write-docs", type=Path, nargs="?", const=ROOT / "docs", metavar="FOLDER", help=docs
    )
    file = ROOT / "build" / page.replace(".md", ".json")
    parser.add_argument("--results", type=Path, default=file, help=f"where results are, by default {file}")
    return parser.parse_args()


def newest(parts: Mapping[str, Part[Any]]) -> str:
    """Return where the newest part was run; nothing when none was."""
    last = max(parts.values(), key=lambda part: part.at, default=None)
    return last.setting if last else ""


def load(file: Path, kind: type[Result]) -> dict[str, Part[Result]]:
    """Return the parts that were run, by name; none when there is no file, or one of another shape."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Part[kind]])  # type: ignore[valid-type]
    except (FileNotFoundError, msgspec.ValidationError):
        return {}


def save(file: Path, name: str, results: list[Result], kind: type[Result], *, quick: bool) -> None:
    """Put a part into the file in place of its older self; the file is made if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = load(file, kind) | {name: Part(datetime.now(UTC), machine(), quick, results)}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(parts)) + b"\n")


def write_page(file: Path, head: str, sections: Mapping[str, str]) -> Path:
    """Write a page: title → text of each section, in this order; an empty text leaves it as it is there.

    So a part can be run again where the results of the others are not, as in a new clone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    old = dict(re.findall(r"^## (.*)\n\n((?:(?!## ).*\n)*)", before, flags=re.MULTILINE))
    texts = {title: text or old.get(title, "").strip() for title, text in sections.items()}
    written = [f"## {title}\n\n{text}" for title, text in texts.items() if text]
    file.write_text("\n\n".join([head, *written]) + "\n", encoding="utf-8")
    return file
