"""Rows and blocks are read as one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.errors import LedgerCorrupt
from uptally.ledger.block import Columns
from uptally.ledger.chain import append_block
from uptally.ledger.observations import Observations, runs
from uptally.ledger.rows import StoredObservation
from uptally.ledger.schema import JUDGED_AND_SEALED, TABLES
from uptally.model.observation import Outcome
from uptally.units.time import DAY_MS, HOUR_MS

KEY = (1, 1)

INSTANTS = st.integers(-3, 60).map(lambda quarter: quarter * DAY_MS // 4) | st.integers(0, 20)
"""Close together, or some days apart."""


def row(at_ms: int, outcome: Outcome = Outcome.UP, sequence: int = 0) -> StoredObservation:
    return (at_ms, 1, sequence, 0, 20_000, int(outcome), 0, 1_000, 500)


@contextmanager
def ledger(rows: list[StoredObservation], blocks: list[list[StoredObservation]]) -> Iterator[Observations]:
    """A ledger that has some observations as rows, and others as blocks."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(TABLES + JUDGED_AND_SEALED)
        connection.execute("INSERT INTO endpoints VALUES (1, 'web')")
        connection.execute("INSERT INTO locations VALUES (1, 'local')")
        connection.execute("INSERT INTO cadences VALUES (1, 1000, 500)")
        values = [(*KEY, *each[:7], 1) for each in rows]
        connection.executemany("INSERT INTO observations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        for block in blocks:
            append_block(connection, KEY, Columns(*zip(*block, strict=True)))
        yield Observations(connection)


@st.composite
def stored(draw: st.DrawFn) -> tuple[list[StoredObservation], list[list[StoredObservation]]]:
    """Observations as rows, and as blocks of a day each that may overlap."""
    given_rows = draw(
        st.lists(
            st.builds(row, INSTANTS, st.sampled_from([Outcome.UP, Outcome.DOWN, Outcome.MISSED]), st.integers(0, 2)),
            unique_by=lambda each: each[:3],
            max_size=25,
        )
    )
    rows: list[StoredObservation] = []
    blocks: dict[tuple[int, int], list[StoredObservation]] = {}
    for each in sorted(given_rows):
        home = draw(st.integers(0, 3))
        (blocks.setdefault((each[0] // DAY_MS, home), []) if home else rows).append(each)
    return rows, list(blocks.values())


@given(stored(), INSTANTS, INSTANTS)
def test_whoever_reads_a_stretch_need_not_know_what_is_sealed(
    held: tuple[list[StoredObservation], list[list[StoredObservation]]], one_ms: int, other_ms: int
) -> None:
    rows, blocks = held
    everything = sorted([*rows, *(each for block in blocks for each in block)])
    start_ms, end_ms = sorted((one_ms, other_ms))
    with ledger(rows, blocks) as observations:
        expected = [each for each in everything if start_ms <= each[0] < end_ms]
        assert list(observations.between(KEY, start_ms, end_ms)) == expected
        sealed = [each for block in blocks for each in block if start_ms <= each[0] < end_ms]
        assert sorted(observations.sealed(KEY, start_ms, end_ms)) == sorted(sealed)
        assert list(observations.between((1, 2), start_ms, end_ms)) == []


@given(stored(), INSTANTS)
def test_what_speaks_is_read_from_an_instant_on_in_either_direction(
    held: tuple[list[StoredObservation], list[list[StoredObservation]]], at_ms: int
) -> None:
    rows, blocks = held
    everything = [*rows, *(each for block in blocks for each in block)]
    speaking = sorted(each for each in everything if each[5] != Outcome.MISSED)
    with ledger(rows, blocks) as observations:
        assert list(observations.speaking_before(KEY, at_ms)) == [each for each in speaking if each[0] < at_ms][::-1]
        assert list(observations.speaking_from(KEY, at_ms)) == [each for each in speaking if each[0] >= at_ms]


@given(stored())
def test_what_is_sealed_is_found_by_its_instant(
    held: tuple[list[StoredObservation], list[list[StoredObservation]]],
) -> None:
    rows, blocks = held
    with ledger(rows, blocks) as observations:
        for at_ms in {each[0] for each in [*rows, *(each for block in blocks for each in block)]}:
            expected = [each for block in blocks for each in block if each[0] == at_ms]
            assert sorted(observations.sealed(KEY, at_ms, at_ms + 1)) == sorted(expected)


@given(stored(), st.lists(st.tuples(INSTANTS, st.just(1), st.integers(0, 2)), max_size=5))
def test_observations_are_found_by_their_places(
    held: tuple[list[StoredObservation], list[list[StoredObservation]]], asked: list[tuple[int, int, int]]
) -> None:
    rows, blocks = held
    everything = {each[:3]: each for each in [*rows, *(each for block in blocks for each in block)]}
    with ledger(rows, blocks) as observations:
        assert observations.at(KEY, asked) == {place: everything[place] for place in asked if place in everything}


def test_block_that_does_not_hold_is_not_read() -> None:
    with ledger([], [[row(0), row(10)]]) as observations:
        observations._connection.execute("DROP TRIGGER blocks_are_only_dropped")
        observations._connection.execute("UPDATE blocks SET bytes = CAST(bytes || x'00' AS BLOB)")
        with pytest.raises(LedgerCorrupt, match="block 1 does not hold"):
            list(observations.between(KEY, 0, 5))


def test_instants_that_lie_within_an_hour_of_each_other_are_one_run() -> None:
    assert list(runs([])) == []
    assert list(runs([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS + 1, 9 * HOUR_MS])) == [
        (0, 2 * HOUR_MS),
        (3 * HOUR_MS + 1, 3 * HOUR_MS + 1),
        (9 * HOUR_MS, 9 * HOUR_MS),
    ]
