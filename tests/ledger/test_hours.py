"""Sketches are made of hours that are over, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.made import NOW_MS, Clock, observed, open_ledger
from tests.ledger.waiting import wait_until
from uptally.ledger import Reader
from uptally.ledger.hours import GRACE_MS
from uptally.ledger.storage import SKETCHED_AT_ONCE, Storage
from uptally.model.observation import Observation
from uptally.rules.sketch import Sketch
from uptally.units.time import DAY_MS, HOUR_MS, Window

HOUR_BEGIN_MS = NOW_MS - NOW_MS % HOUR_MS


@pytest.fixture
def clock() -> Clock:
    return Clock(HOUR_BEGIN_MS)


@pytest.fixture
def storage(tmp_path: Path, clock: Clock) -> Iterator[Storage]:
    opened = Storage(tmp_path / "ledger.db", location="local", clock=clock, version="1")
    yield opened
    opened.close(is_clean=True, is_trusted=True)


def sealed(storage: Storage) -> int:
    return int(storage.connection.execute("SELECT count(*) FROM latency_hours").fetchone()[0])


def still_open(storage: Storage) -> int:
    return int(storage.connection.execute("SELECT count(*) FROM open_hours").fetchone()[0])


def many(at_ms: int) -> list[Observation]:
    return [observed(at_ms, slug=f"web-{number}") for number in range(SKETCHED_AT_ONCE * 2 + 1)]


def test_hour_is_sealed_a_while_after_its_end(storage: Storage, clock: Clock) -> None:
    storage.commit([observed(HOUR_BEGIN_MS)])
    clock.now_ms = HOUR_BEGIN_MS + HOUR_MS + GRACE_MS - 1
    storage.commit([observed(clock.now_ms)])
    storage.work_a_little()
    assert (sealed(storage), still_open(storage)) == (0, 2)
    clock.now_ms += 1
    storage.work_a_little()
    assert (sealed(storage), still_open(storage)) == (1, 1)


def test_transaction_makes_only_so_many_sketches(storage: Storage, clock: Clock) -> None:
    storage.commit(many(HOUR_BEGIN_MS))
    clock.now_ms += 2 * HOUR_MS
    found = []
    while storage.has_due():
        storage.work_a_little()
        found.append(sealed(storage))
    assert found[:3] == [SKETCHED_AT_ONCE, SKETCHED_AT_ONCE * 2, SKETCHED_AT_ONCE * 2 + 1]


def test_day_is_the_sum_of_its_hours_however_late_they_come(storage: Storage, clock: Clock) -> None:
    day_ms = HOUR_BEGIN_MS - HOUR_BEGIN_MS % DAY_MS
    answers = [(hour * HOUR_MS, 1_000 * hour + 77) for hour in (*range(0, 24, 5), 3, 15, 3)]
    for number, (after_ms, duration_us) in enumerate(answers):
        storage.commit([observed(day_ms + after_ms + number, duration_us=duration_us)])
        clock.now_ms = day_ms + 2 * DAY_MS
        while storage.has_due():
            storage.work_a_little()
        (held,) = storage.connection.execute("SELECT sketch FROM latency_days").fetchall()
        assert Sketch.decode(held[0]) == Sketch.of(each for _, each in answers[: number + 1])


def test_idle_writer_makes_all_that_are_due(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, clock=Clock(NOW_MS + 2 * HOUR_MS))
    ledger.import_observations([each for hour in range(5) for each in many(NOW_MS - hour * HOUR_MS)])
    with Reader.open(path) as reader:
        wait_until(lambda: reader._connection.execute("SELECT count(*) FROM open_hours").fetchone() == (0,))
        hours = reader.latency_hours("web-3", location="local", window=Window(0, 1 << 60))
    assert [hour[1] for hour in hours] == [1] * 5
    ledger.close()


def test_hours_that_were_open_are_sealed_by_the_next_run(tmp_path: Path, clock: Clock) -> None:
    first = Storage(tmp_path / "ledger.db", location="local", clock=clock, version="1")
    first.commit([observed(HOUR_BEGIN_MS)])
    first.close(is_clean=False, is_trusted=True)
    clock.now_ms += 2 * HOUR_MS
    second = Storage(tmp_path / "ledger.db", location="local", clock=clock, version="1")
    assert second.has_due()
    second.work_a_little()
    assert (sealed(second), still_open(second)) == (1, 0)
    second.close(is_clean=False, is_trusted=True)


def test_failed_transaction_forgets_what_it_noted(storage: Storage, clock: Clock) -> None:
    with pytest.raises(OverflowError):
        storage.commit([observed(HOUR_BEGIN_MS), observed(1 << 70)])
    storage.commit([observed(HOUR_BEGIN_MS + 1)])
    assert still_open(storage) == 1
    with Reader.open(storage.path) as reader:
        reader.check_turns()
