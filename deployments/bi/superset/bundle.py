"""The Superset dashboard as a zip that Superset imports."""

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from top50.command import run_command
from top50.errors import SettingsError
from top50.options import command

FILES = Path(__file__).with_name("top50")

DATABASE = "databases/Top_50.yaml"

# Whoever may run SQL in Superset can neither change the catalog nor read other files of the machine.
_OPTIONS = "?access_mode=read_only&enable_external_access=false"

# The line of DATABASE that the address replaces.
_PLACEHOLDER = f"sqlalchemy_uri: duckdb:///lake/catalog.duckdb{_OPTIONS}"


def address(catalog: Path) -> str:
    """Return the catalog's SQLAlchemy address, read-only; raises SettingsError for a path with a `?`."""
    path = catalog.expanduser().absolute().as_posix()
    if "?" in path:  # options follow it in SQLAlchemy's addresses, and it cannot be quoted
        raise SettingsError(f"{path} has a question mark in it", "Copy the catalog to a path without one.")
    return f"duckdb:///{path}{_OPTIONS}"


def write_bundle(catalog: Path, out: Path) -> list[str]:
    """Write the zip, the same bytes for the same catalog; return the names of its files."""
    texts = {
        file.relative_to(FILES).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(FILES.rglob("*.yaml"))
    }
    # JSON, because it quotes every path in a way that YAML reads.
    line = f"sqlalchemy_uri: {json.dumps(address(catalog), ensure_ascii=False)}"
    texts[DATABASE] = texts[DATABASE].replace(_PLACEHOLDER, line)
    with ZipFile(out, "w", ZIP_DEFLATED) as bundle:
        for name, text in texts.items():
            bundle.writestr(ZipInfo(f"top50/{name}"), text)
    return list(texts)


@command("deployments.bi.superset.bundle")
def main(*, catalog: Path, out: Path = Path("top50-superset.zip")) -> None:
    """Zip the Superset dashboard, with the address of your catalog filled in.

    Args:
        catalog: The path of catalog.duckdb on the machine where Superset runs.
        out: The zip to write.
    """
    try:
        names = write_bundle(catalog, out)
    except OSError as error:
        raise SettingsError(
            f"{out} cannot be written: {error.strerror}", "Name another file: --out=…."
        ) from None
    print(f"✓ {out}: {len(names)} files, {address(catalog)}")
    if not catalog.expanduser().exists():
        print("  There is no such file here; it must be there where Superset runs.")


if __name__ == "__main__":
    run_command(main)
