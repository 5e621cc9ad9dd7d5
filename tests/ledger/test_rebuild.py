"""What is derived can be made anew from the observations, sealed or not, and only what differed is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.made import Clock, observed, seal_everything
from uptally.errors import LedgerCorrupt
from uptally.ledger import Reader
from uptally.ledger.chain import horizon_ms
from uptally.ledger.sealing import Sealer
from uptally.ledger.storage import Storage
from uptally.model.observation import Kind, Outcome, Reason
from uptally.units.time import DAY_MS, HOUR_MS

BEGIN_MS = 1_790_035_200_000
SECOND_MS = 1_000


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Two hours of an endpoint with outages and blips, which are over and sealed."""
    clock = Clock(BEGIN_MS)
    opened = Storage(tmp_path / "ledger.db", location="local", clock=clock, version="1")
    batch = []
    for second in range(0, 7_200, 10):
        is_down = second // 600 % 3 == 1
        batch.append(
            observed(
                BEGIN_MS + second * SECOND_MS,
                Outcome.DOWN if is_down else Outcome.UP,
                duration_us=10_000 + second,
                interval_ms=10 * SECOND_MS,
            )
        )
    at_ms = BEGIN_MS + 100 * SECOND_MS
    silent = observed(at_ms + 1, Outcome.DOWN, reason=Reason.RESPONSE_TIMEOUT, duration_us=500_000)
    refuting = observed(at_ms + 502, kind=Kind.RECHECK)
    batch += [each._replace(interval_ms=10 * SECOND_MS) for each in (silent, refuting)]
    opened.commit(sorted(batch, key=lambda each: each.at_ms))
    opened.transact(seal_everything)
    clock.now_ms = BEGIN_MS + 3 * HOUR_MS
    while opened.has_due():
        opened.work_a_little()
    yield opened
    opened.close(is_clean=False, is_trusted=True)


def derived(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [
        connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
        for table in ("turns", "blips", "latency_hours", "latency_days")
    ]


def test_ledger_that_is_as_it_should_be_stays_so(storage: Storage) -> None:
    before = derived(storage.connection)
    assert all(before)
    assert storage.transact(Storage.rebuild) == []
    assert derived(storage.connection) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE turns SET down_ms = down_ms + 1 WHERE start_ms > 1790036000000", "turn 3 of web at local is"),
        ("DELETE FROM turns", "turn 1 of web at local is None"),
        (
            "INSERT INTO turns SELECT 1, 1, 5, state, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '0', 0 FROM turns LIMIT 1",
            "turn 1",
        ),
        ("DELETE FROM blips", "blip 1 of web at local is None"),
        ("DELETE FROM latency_hours", "the latencies of web at local in 2 hours, the first at 2026-09-22T00:00:00"),
        ("UPDATE latency_hours SET sketch = x'0101' WHERE hour = 497232", "the latencies of web at local in 1 hour"),
        ("INSERT INTO latency_hours VALUES (1, 1, 5, x'0101')", "the latencies of web at local in 1 hour"),
        ("DELETE FROM latency_days", "the latencies of web at local in 1 day, the first at 2026-09-22T00:00:00"),
        ("UPDATE latency_days SET sketch = x'0101'", "the latencies of web at local in 1 day"),
        ("INSERT INTO latency_days VALUES (1, 1, 5, x'0101')", "the latencies of web at local in 1 day"),
    ],
)
def test_what_differs_is_said_and_mended(storage: Storage, damage: str, said: str) -> None:
    before = derived(storage.connection)
    assert storage.connection.execute(damage).rowcount
    (difference,) = storage.transact(Storage.rebuild)
    assert difference.startswith(said)
    assert derived(storage.connection) == before


def test_ledger_goes_on_after_it(storage: Storage) -> None:
    storage.connection.execute("DELETE FROM turns")
    storage.transact(Storage.rebuild)
    storage.commit([observed(BEGIN_MS + 7_200 * SECOND_MS, Outcome.DOWN, interval_ms=10 * SECOND_MS)])
    with Reader.open(storage.path) as reader:
        reader.check_turns()


def test_nothing_is_made_of_a_block_that_does_not_hold(storage: Storage) -> None:
    storage.connection.execute("DELETE FROM blips")
    storage.connection.execute("DROP TRIGGER blocks_are_only_dropped")
    storage.connection.execute("UPDATE blocks SET bytes = x'01' WHERE number = 1")
    before = derived(storage.connection)
    with pytest.raises(LedgerCorrupt, match="block 1 does not hold"):
        storage.transact(Storage.rebuild)
    assert derived(storage.connection) == before


def test_what_follows_from_dropped_observations_stays(storage: Storage) -> None:
    later_ms = BEGIN_MS + 40 * DAY_MS
    storage.commit(
        [
            observed(later_ms + second * SECOND_MS, Outcome.DOWN if second % 600 > 500 else Outcome.UP)
            for second in range(7_200)
        ]
    )
    storage.transact(seal_everything)
    sealer = Sealer(storage.connection, keep_ms=30 * DAY_MS)
    while sealer.is_due(later_ms + 3 * HOUR_MS):
        storage.transact(lambda storage: sealer.work(later_ms + 3 * HOUR_MS, settle=storage.fold.settle))
    assert horizon_ms(storage.connection, (1, 1)) == BEGIN_MS + 7_190 * SECOND_MS + 1
    before = derived(storage.connection)
    assert storage.transact(Storage.rebuild) == []
    storage.connection.execute("DELETE FROM turns WHERE start_ms > ?", (later_ms + 600 * SECOND_MS,))
    assert len(storage.transact(Storage.rebuild)) == 1
    assert derived(storage.connection)[0] == before[0]
