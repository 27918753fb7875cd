"""Install locked packages into a virtual environment, each checked by its hash.

uv does it in seconds; pip takes its place wherever uv cannot be had or fails. Run by the Makefile, before
anything is installed, so this file imports the standard library only.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[1]
PIP_INSTALL = ("install", "--quiet", "--no-input", "--disable-pip-version-check")

# pip's options, and the variables of uv that mean the same: uv reads none of pip's files and variables.
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}


def main() -> None:
    """Install as the command line says; exits with one line where neither uv nor pip succeeds."""
    parser = argparse.ArgumentParser(description="Install locked packages into a virtual environment.")
    parser.add_argument("environment", type=Path, help="folder of the virtual environment")
    parser.add_argument("lock", help="the lock file; every package in it has a hash")
    parser.add_argument("--new", action="store_true", help="create the environment; removes what is there")
    parser.add_argument("--project", action="store_true", help="install this project too, as editable")
    chosen = parser.parse_args()
    python = chosen.environment / "bin/python"
    verb = "building" if chosen.new else "completing"
    show(f"{verb} {chosen.environment} from {chosen.lock}, every package pinned by hash")
    if chosen.new:
        create(chosen.environment, python)
    install(python, "--require-hashes", "-r", chosen.lock)
    if chosen.project:
        install(python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def create(environment: Path, python: Path) -> None:
    """Create an empty environment with pip and uv, from requirements-install.lock.

    uv or pip of this machine installs both of them there, 5 s quicker than ensurepip, which takes its turn
    where there is neither.
    """
    try:
        venv.create(environment, clear=True, symlinks=True)
    except OSError as error:
        sys.exit(f"✗ cannot create {environment}: {error}. Correct that, and try again.")
    packages = ["--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements-install.lock")]
    uv = shutil.which("uv")
    if uv and with_uv(uv, python, packages, pip=sys.executable):
        return
    if run([sys.executable, "-m", "pip", "--python", str(python), *PIP_INSTALL, *packages]):
        return
    if not run([str(python), "-m", "ensurepip"]):
        sys.exit(f"✗ {sys.executable} has no pip. Install it (Debian, Ubuntu: apt-get install python3-venv).")
    run([str(python), "-m", "pip", *PIP_INSTALL, *packages])


def install(python: Path, *packages: str) -> None:
    """Install these with the environment's uv, else with its pip, whose errors are shown."""
    uv = python.with_name("uv")
    if uv.exists() and with_uv(str(uv), python, packages, pip=str(python)):
        return
    show(f"uv cannot install {packages[-1]} here, pip does: a minute or two")
    pip = [str(python), "-m", "pip", *PIP_INSTALL, *packages]
    ended = subprocess.run(pip, stderr=subprocess.PIPE, check=False)  # noqa: S603 - the Makefile's arguments
    if ended.returncode:
        sys.stderr.buffer.write(ended.stderr)
        sys.exit("✗ the packages could not be installed, for the reason above. Correct that, and try again.")


def show(line: str) -> None:
    """Print what is being done, before what is shown next."""
    print(f"→ {line}", flush=True)


def with_uv(uv: str, python: Path, packages: Sequence[str], pip: str) -> bool:
    """Return whether uv installs these for `python`, with the settings of the pip of another Python."""
    return run([uv, "pip", "install", "--quiet", "--python", str(python), *packages], uv_settings(pip))


def run(command: Sequence[str], settings: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Return whether a command succeeds; it prints nothing. The environment wins over these settings."""
    variables = {**settings, **os.environ}
    ended = subprocess.run(command, env=variables, capture_output=True, check=False)  # noqa: S603 - as above
    return ended.returncode == 0


def uv_settings(python: str) -> dict[str, str]:
    """Return what pip's files and variables set, as variables of uv: index, certificate, proxy, …"""
    command = [python, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    options = dict(line.split("=", 1) for line in listing.stdout.splitlines() if "=" in line)
    # As with pip, any index may supply a package: its hash is in the lock.
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for section in ("global", "install", ":env:"):  # the last one wins
        for option, variable in UV_VARIABLES.items():
            if value := options.get(f"{section}.{option}"):
                separator = "," if option == "find-links" else " "
                settings[variable] = separator.join(ast.literal_eval(value).split())
    return settings


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
