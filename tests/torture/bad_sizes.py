"""Large, long and deep raw objects through the flow itself, whose memory is measured."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import msgspec

from tests.bench.runs import NEVER, ROOT, metered
from tests.servers.prefect import running_prefect_server
from tests.torture.good import FRIDAY, Raw, good
from tests.torture.in_lake import put, wrong_ends
from tests.torture.scale import Scale
from tests.torture.spoilt import spoilt
from tests.torture.tally import Tally
from tests.unit.builders import NEW_HEADER
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.raw import LARGEST
from top50.simulator import snapshot

LIMIT_MIB = 700
"""Peak of the flow's largest process. Without anything large it is about 250."""

_ENDS = re.compile(r"^[✗⚠] .* went to quarantine, .*: .*", re.MULTILINE)
"""How a run ends that refused something: a chart that fails its checks fails the run."""

HUGE = {
    "huge.json": 200_000_000,
    "huge/regional-global-weekly-2026-11-12.csv": 200_000_000,
    "just.json": LARGEST + 1,
}
"""Bytes of files that are larger than any chart; all but their beginning is a hole."""


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Process large objects and some spoilt ones with `python -m flows.process_pending`."""
    tally, started = Tally("a large or spoilt raw object, through the flow", "directory"), time.perf_counter()
    folder.mkdir()
    lake = DirectoryLake(folder / "lake", create=True)
    raws = [*sized(), *((each.key, each.content) for each in spoilt(scale.objects // 100, 52))]
    charts = good(5)
    put(lake, [*raws, *charts, *((key, b'{"items":[') for key in HUGE)])
    for key, size in HUGE.items():
        os.truncate(lake.root / TO_PROCESSED / key, size)
    with running_prefect_server(folder / "prefect") as server:
        peak, said = _run(folder, {**server.environment(), "TOP50_LAKE": str(lake.root)})
    refused = {item.key.removeprefix(QUARANTINE): item.size for item in lake.list(QUARANTINE)}
    elsewhere = {key for key in HUGE if lake.version(PROCESSED + key) or lake.version(TO_PROCESSED + key)}
    wrong = {key: "not in quarantine as it was" for key, size in HUGE.items() if refused.get(key) != size}
    wrong |= dict.fromkeys(elsewhere, "somewhere else too") | wrong_ends(lake, raws, charts)
    tally.add_all([*(key for key, _ in (*raws, *charts)), *HUGE], wrong)
    tally.add("survived" if _ENDS.search(said) else "unclear", "a clear end", said[-500:])
    tally.add("survived" if peak < LIMIT_MIB else "unclear", "memory", f"{peak:.0f} MiB")
    tally.seconds = time.perf_counter() - started
    return [tally]


def sized() -> list[Raw]:
    """Return what is large and still read: at the limit, by rows, by one name, by its depth."""
    chart = snapshot("global-weekly", FRIDAY)
    tree = msgspec.json.decode(chart)
    row = {"added_at": "2026-11-20T12:00:00Z", "track": {"id": "a", "name": "b"}}
    header, line = f"{NEW_HEADER}\n".encode(), b"1,a,b,c,d,1,1,1,1\n"
    return [
        ("large/rows.json", b'{"items":[' + b",".join([b"{}"] * ((LARGEST - 12) // 3)) + b"]}"),
        ("large/nulls.json", b'{"items":[' + b",".join([b"null"] * ((LARGEST - 12) // 5)) + b"]}"),
        ("large/regional-global-weekly-2026-11-19.csv", header + line * (LARGEST // 18 - 9)),
        ("large/quote.csv", header + b'1,"' + b"x" * (LARGEST - 200)),
        ("large/10000-rows.json", msgspec.json.encode({**tree, "tracks": {"items": [row] * 10_000}})),
        ("large/name.json", chart.replace(b'"name":"', b'"name":"' + b"n" * 1_000_000, 5)),
        ("large/deep.json", b'{"items":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("large/deeper.json", b'{"a":' * (LARGEST // 8)),
    ]


def _run(folder: Path, environment: dict[str, str]) -> tuple[float, str]:
    """Run the flow; return the peak of its largest process in MiB, and what it said."""
    notes = folder / "meter.json"
    command = metered(notes, NEVER, "flows.process_pending")
    outer = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=ROOT, env={**outer, **environment}, capture_output=True, text=True, check=False
    )
    return float(json.loads(notes.read_text())["peak_mib"]), done.stdout + done.stderr
