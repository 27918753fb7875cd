"""What is freed goes back to the system."""

import subprocess
import sys

import pytest

CODE = """
from top50.memory import return_freed_memory

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096

blocks = [bytes(20_000_000)]
blocks.clear()  # from here on glibc would keep blocks of this size
return_freed_memory()
before = resident()
blocks = [bytearray(b"x" * 15_000_000) for _ in range(8)]
last = bytearray(b"y" * 100_000)  # at the top of the heap, which then cannot shrink
blocks.clear()
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has this setting")
def test_large_blocks_go_back_as_soon_as_they_are_freed() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000_000
