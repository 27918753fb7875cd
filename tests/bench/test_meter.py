import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import meter
from tests.bench.meter import tree

HOLDS_30_MB = "held = bytearray(30_000_000); import time; time.sleep(0.5)"
"""Long enough for a few samples."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux says it")


def metered(code: str, file: Path, every: str = "0.1") -> dict[str, float | None]:
    command = [sys.executable, "-I", meter.__file__, str(file), every, sys.executable, "-I", "-c", code]
    subprocess.run(command, check=True)
    notes: dict[str, float | None] = json.loads(file.read_bytes())
    return notes


@needs_proc
def test_processes_that_run_at_the_same_time_are_counted_together(tmp_path: Path) -> None:
    child = f"subprocess.Popen([sys.executable, '-I', '-c', {HOLDS_30_MB!r}])"
    notes = metered(
        f"import subprocess, sys; [p.wait() for p in [{child}, {child}]]", tmp_path / "notes.json"
    )
    assert 60 < (notes["tree_mb"] or 0) < 150
    assert 0 < (notes["peak_mib"] or 0) < 60  # the largest of them


def test_cpu_seconds_are_those_of_children_too(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {busy!r}])"
    notes = metered(code, tmp_path / "notes.json")
    assert (notes["cpu_seconds"] or 0) >= 0.3
    assert (notes["seconds"] or 0) >= 0.3


@needs_proc
def test_nobody_looks_where_seconds_count(tmp_path: Path) -> None:
    notes = metered(HOLDS_30_MB, tmp_path / "notes.json", every="0")
    assert notes["tree_mb"] is None
    assert notes["seconds"]


def test_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        metered("raise SystemExit(3)", tmp_path / "notes.json")
    assert failed.value.returncode == 3


@needs_proc
def test_a_tree_is_a_process_and_all_below_it() -> None:
    command = [sys.executable, "-I", "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert tree(process.pid) == [process.pid]
        assert process.stdin
        process.stdin.close()
    assert tree(process.pid) == []
