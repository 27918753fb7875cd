"""The envelope of a raw object."""

import json
from datetime import UTC, datetime, timedelta

from top50.raw import envelope


def test_answers_are_kept_byte_for_byte() -> None:
    answers = [b'{ "b":1.0,  "a" : "\\u00fc", "b": 2 }', b"[ null ]"]
    content = envelope(answers, source="playlist", playlist="id", snapshot_id=None)
    assert all(answer in content for answer in answers)
    written = json.loads(content)
    assert {name: written[name] for name in ("top50_envelope", "source", "playlist", "snapshot_id")} == {
        "top50_envelope": 1,
        "source": "playlist",
        "playlist": "id",
        "snapshot_id": None,
    }
    assert datetime.now(UTC) - datetime.fromisoformat(written["observed_at"]) < timedelta(minutes=1)
