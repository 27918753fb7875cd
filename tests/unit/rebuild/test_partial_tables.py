"""Partial tables, merged in any tree, are the tables of all raw objects at once."""

import random
from itertools import chain

import pytest
from polars.testing import assert_frame_equal

from tests.unit.builders import WANTED, Raw, chart, encoded, envelope, track
from tests.unit.history.test_judge import SIMULATED
from top50.rebuild.partial_tables import (
    Partial,
    build_partial,
    dimensions_of,
    merge_entries,
    merge_partials,
    tables_of,
)
from top50.tables.merge import with_artist_ids
from top50.tables.schemas import CHART_ENTRIES
from top50.transform import build_tables

from .test_rebuild import RAWS

SIMULATED_KEY = "chart=global-weekly/simulated.json"


def tree(partials: list[Partial], dice: random.Random) -> Partial:
    """Merge them pair by pair, in no order."""
    while len(partials) > 1:
        dice.shuffle(partials)
        partials = [merge_partials(partials[:2]), *partials[2:]]
    return partials[0]


@pytest.mark.parametrize("seed", range(3))
def test_any_tree_of_any_batches_gives_the_same_tables(seed: int) -> None:
    dice = random.Random(seed)
    raws = dice.sample(RAWS, len(RAWS))
    batches = [raws[:1], raws[1:4], raws[4:], raws[2:3]]  # one is there twice
    partial = tree([build_partial(batch, WANTED) for batch in batches], dice)
    tables = build_tables(RAWS, WANTED).tables
    expected = {**tables, "songs": with_artist_ids(tables["songs"], tables["song_artists"])}
    made = {**dimensions_of(partial), CHART_ENTRIES.name: merge_entries(chain(*partial.entries.values()))}
    for name, rows in expected.items():
        assert_frame_equal(made[name].sort(rows.columns), rows.sort(rows.columns))


def test_artists_without_an_id_at_the_end_are_left_out_as_in_a_file() -> None:
    song = track(1)
    song["artists"] = [song["artists"][0], {"id": None, "name": "nobody"}]
    raw = ("tracks/a.json", encoded(envelope([song], source="tracks", observed_at="2026-01-10T00:00:00Z")))
    [ids] = dimensions_of(build_partial([raw], WANTED))["songs"]["artist_ids"]
    assert ids == song["artists"][0]["id"]


def test_what_is_refused_and_both_kinds_of_charts_have_their_keys() -> None:
    real: Raw = chart(key="chart=global-weekly/b.json")
    simulated = ("chart=global-weekly/a.json", encoded(envelope({"items": []}, source="simulator")))
    partial = merge_partials([build_partial([real, ("z", b"{")], WANTED), build_partial([simulated], WANTED)])
    assert [aside.key for aside in partial.refused] == ["chart=global-weekly/a.json", "z"]
    assert partial.kinds == {False: real[0]}
    assert partial.objects == 1


@pytest.mark.parametrize("simulated", [True, False])
def test_where_a_kind_is_chosen_the_others_are_set_aside(simulated: bool) -> None:
    raws = [RAWS[0], (SIMULATED_KEY, SIMULATED)]
    built = tables_of(build_partial(raws, WANTED, simulated))
    assert [aside.key for aside in built.refused] == [RAWS[0][0] if simulated else SIMULATED_KEY]
    assert "this lake holds" in built.refused[0].reason
    expected = build_tables(raws, WANTED, simulated=simulated)
    assert built.refused == expected.refused
    for name, rows in expected.tables.items():
        assert_frame_equal(built.tables[name], rows)


def test_of_nothing_there_is_nothing() -> None:
    nothing = merge_partials([])
    assert all(rows.is_empty() for rows in dimensions_of(nothing).values())
    assert nothing.entries == {}
    assert merge_partials([nothing, nothing]).objects == 0
