import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.bench import meter

HOLDS_30_MB = "held = bytearray(30_000_000); import time; time.sleep(0.5)"
"""Long enough for a few samples."""

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def metered(code: str, file: Path, every: str = "0.1") -> dict[str, float | None]:
    command = [sys.executable, "-I", meter.__file__, str(file), every, sys.executable, "-I", "-c", code]
    subprocess.run(command, check=True)
    notes: dict[str, float | None] = json.loads(file.read_bytes())
    return notes


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux says it")
def test_processes_that_run_at_the_same_time_are_counted_together(tmp_path: Path) -> None:
    children = ", ".join(f"subprocess.Popen([sys.executable, '-I', '-c', {HOLDS_30_MB!r}])" for _ in range(2))
    code = f"import subprocess, sys; [p.wait() for p in [{children}]]"
    notes = metered(code, tmp_path / "notes.json")
    assert 60 < (notes["tree_mb"] or 0) < 150
    assert 0 < (notes["peak_mib"] or 0) < 60  # the largest of them
    assert metered(HOLDS_30_MB, tmp_path / "notes.json", every="0")["tree_mb"] is None, "nobody looks"


def test_cpu_seconds_are_those_of_children_too(tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {BUSY!r}])"
    notes = metered(code, tmp_path / "notes.json")
    assert (notes["cpu_seconds"] or 0) >= 0.3
    assert (notes["seconds"] or 0) >= 0.3


def test_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        metered("raise SystemExit(3)", tmp_path / "notes.json")
    assert failed.value.returncode == 3
