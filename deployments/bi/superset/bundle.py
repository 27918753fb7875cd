"""Zip the Superset dashboard, with the address of your catalog filled in."""

import argparse
import json
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from top50.errors import SettingsError

FILES = Path(__file__).with_name("top50")

DATABASE = "databases/Top_50.yaml"

# Nobody who may ask SQL can change the catalog, or read another file of the machine.
_OPTIONS = "?access_mode=read_only&enable_external_access=false"

_AS_IT_COMES = f"sqlalchemy_uri: duckdb:///lake/catalog.duckdb{_OPTIONS}"


def address(catalog: Path) -> str:
    """Return the catalog's SQLAlchemy address, read-only; raises SettingsError where there can be none."""
    path = catalog.expanduser().absolute().as_posix()
    if "?" in path:  # SQLAlchemy takes what follows for options, and knows no way to quote it
        raise SettingsError(f"{path} has a question mark in it", "Copy the catalog to another place.")
    return f"duckdb:///{path}{_OPTIONS}"


def write_bundle(catalog: Path, out: Path) -> list[str]:
    """Write the zip, the same bytes for the same catalog; return the names of its files."""
    texts = {
        file.relative_to(FILES).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(FILES.rglob("*.yaml"))
    }
    # A JSON string is a YAML string, whatever stands in the path.
    ours = f"sqlalchemy_uri: {json.dumps(address(catalog), ensure_ascii=False)}"
    texts[DATABASE] = texts[DATABASE].replace(_AS_IT_COMES, ours)
    with ZipFile(out, "w", ZIP_DEFLATED) as bundle:
        for name, text in texts.items():
            bundle.writestr(ZipInfo(f"top50/{name}"), text)
    return list(texts)


def main() -> None:
    """Do it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.bi.superset.bundle", description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True, help="catalog.duckdb, where Superset finds it")
    parser.add_argument("--out", type=Path, default=Path("top50-superset.zip"), help="the zip to write")
    options = parser.parse_args()
    try:
        names = write_bundle(options.catalog, options.out)
    except (SettingsError, OSError) as error:
        sys.exit(f"✗ {error}")
    sys.stdout.write(f"✓ {options.out}: {len(names)} files, {address(options.catalog)}\n")
    if not options.catalog.expanduser().exists():
        sys.stdout.write("  There is no such file here; it must be there where Superset runs.\n")


if __name__ == "__main__":
    main()
