"""The record of what Glue and Athena were last proven to show: reports/catalog.json.

By it a run finds what an earlier one left undone, or that there is nothing to do. Nothing depends on it:
without it the next run proves all tables again.
"""

from collections.abc import Mapping

import msgspec

from top50.lake.base import Lake

PROOF = "reports/catalog.json"


class ProvenFile(msgspec.Struct, frozen=True):
    """A file as Glue and Athena showed it; `rows` is None when Athena was not asked."""

    version: str
    rows: int | None


class _Proof(msgspec.Struct):
    database: str
    files: dict[str, ProvenFile]


def read_proof(lake: Lake, database: str) -> dict[str, ProvenFile]:
    """Return key → the file as it was proven in this Glue database; raises LakeError."""
    stored = lake.read(PROOF)
    try:
        proof = msgspec.json.decode(stored.content, type=_Proof) if stored else None
    except msgspec.MsgspecError:  # edited by hand, or written by a later release
        return {}
    return proof.files if proof and proof.database == database else {}


def write_proof(lake: Lake, database: str, files: Mapping[str, ProvenFile]) -> None:
    """Record what was proven; raises LakeError."""
    proof = _Proof(database, dict(sorted(files.items())))
    lake.write(PROOF, msgspec.json.format(msgspec.json.encode(proof), indent=1))
