"""`make run` builds .venv: with a Python that fits, with uv or pip, and never leaves a broken one."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deployments import install

ROOT = Path(install.__file__).parents[1]
SHELL = shutil.which("sh") or "sh"
MAKE = shutil.which("make") or "make"


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder on the PATH for commands that a test makes up."""
    (tmp_path / "commands").mkdir()
    for name in ("sh", "dirname", "cat"):
        (tmp_path / "commands" / name).symlink_to(shutil.which(name) or name)
    return tmp_path / "commands"


def command(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!{SHELL}\n{script}\n")
    file.chmod(0o755)


OLD = 'test "$1" = --version && echo Python 3.10.13; exit 1'
FITS = 'test "$1" = -c && exit 0; echo "$0 runs $2 $3"'


def find_python(path: Path, python: str = "") -> subprocess.CompletedProcess[str]:
    script = [SHELL, str(ROOT / "deployments/install.sh"), "--new", ".venv"]
    variables = {"PATH": str(path), "PYTHON": python}
    return subprocess.run(script, env=variables, capture_output=True, text=True, check=False)


def test_a_newer_python_beside_an_old_python3_is_found(commands: Path) -> None:
    command(commands, "python3", OLD)
    command(commands, "python3.13", "exit 127")  # as pyenv has it for a version that is not chosen
    command(commands, "python3.12", FITS)
    assert find_python(commands).stdout == f"{commands}/python3.12 runs --new .venv\n"


def test_an_old_python_is_refused_in_one_line(commands: Path) -> None:
    command(commands, "python3", OLD)
    refused = find_python(commands)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "✗ Top 50 needs Python 3.11, 3.12 or 3.13; python3 is Python 3.10.13. "
        "Install one of them, or name it: make PYTHON=/path/to/python3.12 run\n"
    )


def test_the_python_that_is_named_is_taken_or_refused(commands: Path) -> None:
    command(commands, "python3", FITS)
    command(commands, "my python", OLD)
    assert find_python(commands, str(commands / "python3")).returncode == 0
    assert f"{commands}/my python is Python 3.10.13" in find_python(commands, f"{commands}/my python").stderr
    assert "nowhere is not there" in find_python(commands, "nowhere").stderr


def test_the_pythons_that_are_taken_are_those_of_the_project() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    least, end = re.findall(r"3\.(\d+)", wanted)
    assert f"(3, {least}) <= sys.version_info < (3, {end})" in (ROOT / "deployments/install.sh").read_text()


@pytest.mark.parametrize("broken", ["no python", "another folder", "never finished"])
def test_an_environment_that_is_broken_is_built_anew(tmp_path: Path, broken: str) -> None:
    for name in ("Makefile", "requirements.lock", "requirements-install.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/installed").write_text(f"{tmp_path}\n")
    question = [MAKE, "--question", ".venv/installed"]
    assert subprocess.run(question, cwd=tmp_path, check=False).returncode == 0
    if broken == "no python":
        (tmp_path / ".venv/bin/python").unlink()
        (tmp_path / ".venv/bin/python").symlink_to("/nowhere/python3")
    elif broken == "another folder":
        (tmp_path / ".venv/installed").write_text("/home/me/before\n")
    else:
        (tmp_path / ".venv/installed").unlink()
    assert subprocess.run(question, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_a_new_environment_keeps_nothing_of_the_old_one(
    tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/usr/bin/python3.10")
    (tmp_path / ".venv/installed").touch()
    command(commands, "uv", f'echo "$@" >> {tmp_path}/asked')
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    install.create(tmp_path / ".venv", tmp_path / ".venv/bin/python")
    assert not (tmp_path / ".venv/installed").exists()
    version = subprocess.run(
        [tmp_path / ".venv/bin/python", "-V"], capture_output=True, text=True, check=True
    )
    assert version.stdout.split()[1] == sys.version.split()[0]
    assert "--require-hashes" in (tmp_path / "asked").read_text()


def test_pip_installs_what_uv_cannot(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command(tmp_path, "uv", "exit 2")
    command(tmp_path, "python", 'echo "$@"')
    install.install(tmp_path / "python", "-r", "some.lock")
    shown = capfd.readouterr().out
    assert "uv cannot install some.lock here, pip does" in shown
    assert shown.endswith("-m pip install --quiet --no-input --disable-pip-version-check -r some.lock\n")


def test_a_folder_that_cannot_be_written_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match=r"✗ cannot create .*file/.venv: .* Correct that"):
        install.create(tmp_path / "file/.venv", tmp_path / "file/.venv/bin/python")


def test_what_nobody_can_install_ends_in_one_line(tmp_path: Path) -> None:
    command(tmp_path, "python", "exit 1")
    with pytest.raises(SystemExit, match="✗ the packages could not be installed"):
        install.install(tmp_path / "python", "-r", "some.lock")


def test_uv_asks_the_indexes_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://a.example/simple\nextra-index-url =\n  https://b.example\n  https://c.example\n"
        "cert = /etc/corporate.pem\n[install]\nfind-links = /one /two\ntrusted-host = c.example\n"
    )
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://wins.example/simple")
    asked = install.uv_settings(sys.executable)
    assert asked["UV_DEFAULT_INDEX"] == "https://wins.example/simple"
    assert asked["UV_EXTRA_INDEX_URL"] == "https://b.example https://c.example"
    assert asked["SSL_CERT_FILE"] == "/etc/corporate.pem"
    assert asked["UV_FIND_LINKS"] == "/one,/two"
    assert asked["UV_INSECURE_HOST"] == "c.example"
