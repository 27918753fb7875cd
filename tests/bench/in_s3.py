"""`flows.rebuild` of a lake on SeaweedFS, beside obstore alone that lists and gets the same raw objects."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.bench.alone import THREADS
from tests.bench.archives import PROCESSES, REBUILD, archive, runner
from tests.bench.figures import Duel, Figure, alternate
from tests.bench.rebuilding import LESS, ROUNDS, seconds_of
from tests.bench.runs import EMPTY, Run, Runner
from tests.bench.scale import Scale
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.seaweedfs import S3Server, running_s3

GETTING = f"obstore list and get, {PROCESSES} × {THREADS} at a time"

_CONNECTIONS = 10
"""How many a boto3 client keeps open."""


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Rebuild the largest archive from S3, in turn with the getting."""
    (folder / "s3").mkdir()
    with running_s3(folder / "s3") as s3, running_prefect_server(folder / "prefect") as server:
        count = _upload(s3, scale, folder)
        plain = Runner(folder, s3.endpoint_environment())
        contenders = {
            REBUILD: partial(_rebuilt, server, s3, folder),
            EMPTY: partial(runner(server, f"s3://{s3.bucket}", folder, s3.endpoint_environment()).run, EMPTY),
            GETTING: partial(plain.run, "tests.bench.alone", "get", s3.bucket, str(PROCESSES)),
        }
        runs = alternate(contenders, ROUNDS)
    seconds = seconds_of(runs)
    return [
        Duel(seconds, ours, GETTING).times_faster(f"{ours}, from S3, {count:,} snapshots", "≥ 0.6 ×")
        for ours in (REBUILD, LESS)
    ]


def _upload(s3: S3Server, scale: Scale, folder: Path) -> int:
    files, client = archive(scale.archives[-1], folder), s3.client()

    def upload(file: Path) -> None:
        key = str(file.relative_to(files.root))
        client.put_object(Bucket=s3.bucket, Key=key, Body=file.read_bytes())

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        return len(list(pool.map(upload, files.raw.rglob("*.json"))))


def _rebuilt(server: PrefectServer, s3: S3Server, folder: Path) -> Run:
    client = s3.client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=s3.bucket, Prefix="transformed_data/")
    for page in pages:
        for item in page.get("Contents", ()):
            client.delete_object(Bucket=s3.bucket, Key=item["Key"])
    return runner(server, f"s3://{s3.bucket}", folder, s3.endpoint_environment()).run(REBUILD)
