"""Rows of hours that are over become blocks, a little at a time, and nothing is lost or held twice."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.contract import ALL
from tests.ledger.made import Clock, histories, imported, observed, seal_everything
from uptally.ledger import Reader
from uptally.ledger.acts import amend_acts, read_acts
from uptally.ledger.chain import verify_blocks
from uptally.ledger.hours import GRACE_MS
from uptally.ledger.imports import import_rows
from uptally.ledger.sealing import AT_ONCE, DROPPED, FEW
from uptally.ledger.storage import Storage
from uptally.model.closing import Closing
from uptally.model.observation import Observation, Outcome
from uptally.rules.record.closings import CLOSE, close, recorded_closings
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window

DAY_BEGIN_MS = 1_790_035_200_000
assert DAY_BEGIN_MS % DAY_MS == 0
KEEP_MS = 30 * DAY_MS


@pytest.fixture
def clock() -> Clock:
    return Clock(DAY_BEGIN_MS)


@pytest.fixture
def storage(tmp_path: Path, clock: Clock) -> Iterator[Storage]:
    opened = Storage(tmp_path / "ledger.db", location="local", clock=clock, version="1", keep_ms=KEEP_MS)
    yield opened
    opened.close(is_clean=True, is_trusted=True)


def every(step_ms: int, begin_ms: int, end_ms: int, slug: str = "web") -> list[Observation]:
    return [observed(at_ms, slug=slug, interval_ms=step_ms) for at_ms in range(begin_ms, end_ms, step_ms)]


def work(storage: Storage) -> None:
    """Do all that is due."""
    while storage.has_due():
        storage.work_a_little()


def blocks(storage: Storage, *, are_kept: bool = True) -> list[tuple[int, int]]:
    """Return start and size of each block."""
    where = "bytes IS NOT NULL" if are_kept else "TRUE"
    return storage.connection.execute(f"SELECT start_ms, size FROM blocks WHERE {where} ORDER BY number").fetchall()


def rows(storage: Storage) -> list[int]:
    """Return the instants that are rows."""
    statement = "SELECT at_ms FROM observations UNION ALL SELECT at_ms FROM recent ORDER BY at_ms"
    return [at_ms for (at_ms,) in storage.connection.execute(statement)]


def instants(storage: Storage, slug: str = "web") -> list[int]:
    with Reader.open(storage.path) as reader:
        reader.check_turns()
        return [each.at_ms for each in reader.observations(slug, location="local", window=ALL)]


def test_hour_is_sealed_a_while_after_its_end(storage: Storage, clock: Clock) -> None:
    observations = every(10_000, DAY_BEGIN_MS, DAY_BEGIN_MS + HOUR_MS + 2 * MINUTE_MS)
    storage.commit(observations)
    clock.now_ms = DAY_BEGIN_MS + HOUR_MS + GRACE_MS - 1
    work(storage)
    assert blocks(storage) == []
    clock.now_ms += 1
    work(storage)
    assert blocks(storage) == [(DAY_BEGIN_MS, 360)]
    assert rows(storage) == [each.at_ms for each in observations if each.at_ms >= DAY_BEGIN_MS + HOUR_MS]
    assert instants(storage) == [each.at_ms for each in observations]


def test_few_observations_wait_for_the_end_of_their_day(storage: Storage, clock: Clock) -> None:
    day = every(30 * MINUTE_MS, DAY_BEGIN_MS, DAY_BEGIN_MS + DAY_MS)
    next_day = every(30 * MINUTE_MS, DAY_BEGIN_MS + DAY_MS, DAY_BEGIN_MS + DAY_MS + HOUR_MS)
    storage.commit([*day, *next_day])
    clock.now_ms = DAY_BEGIN_MS + 20 * HOUR_MS
    work(storage)
    assert blocks(storage) == []
    clock.now_ms = DAY_BEGIN_MS + DAY_MS + HOUR_MS
    work(storage)
    assert blocks(storage) == [(DAY_BEGIN_MS, len(day))]
    assert rows(storage) == [each.at_ms for each in next_day]


def test_block_crosses_no_midnight_and_has_a_largest_size(storage: Storage, clock: Clock) -> None:
    begin_ms = DAY_BEGIN_MS + DAY_MS - HOUR_MS
    storage.commit(every(250, begin_ms, begin_ms + 3 * HOUR_MS))
    clock.now_ms = DAY_BEGIN_MS + 2 * DAY_MS
    work(storage)
    per_hour = HOUR_MS // 250
    assert blocks(storage) == [
        (begin_ms, AT_ONCE),
        (begin_ms + AT_ONCE * 250, per_hour - AT_ONCE),
        (begin_ms + HOUR_MS, AT_ONCE),
        (begin_ms + HOUR_MS + AT_ONCE * 250, AT_ONCE),
        (begin_ms + HOUR_MS + 2 * AT_ONCE * 250, AT_ONCE),
        (begin_ms + HOUR_MS + 3 * AT_ONCE * 250, 2 * per_hour - 3 * AT_ONCE - 1),
    ]
    assert instants(storage) == list(range(begin_ms, begin_ms + 3 * HOUR_MS, 250))


def test_newest_observation_that_speaks_stays_a_row_and_so_does_what_comes_after(storage: Storage) -> None:
    missed = observed(DAY_BEGIN_MS + 3_000, Outcome.MISSED)
    storage.commit([*every(1_000, DAY_BEGIN_MS, DAY_BEGIN_MS + 3_000), missed])
    storage.transact(seal_everything)
    assert blocks(storage) == [(DAY_BEGIN_MS, 2)]
    assert rows(storage) == [DAY_BEGIN_MS + 2_000, DAY_BEGIN_MS + 3_000]
    with Reader.open(storage.path) as reader:
        last = reader.timelines(location="local", since_ms=0)["web"].last
    assert last is not None
    assert last.at_ms == DAY_BEGIN_MS + 2_000


def test_availability_and_the_last_known_state_are_told_without_opening_a_block(storage: Storage) -> None:
    observations = [
        observed(at_ms, Outcome.DOWN if at_ms % 9_000 == 0 else Outcome.UP) for at_ms in range(0, 99_000, 500)
    ]
    storage.commit(observations)
    windows = [Window(0, 99_000), Window(33_333, 66_666)]
    told = []
    for _ in ("rows", "blocks that nobody can open"):
        with Reader.open(storage.path) as reader:
            timelines = reader.timelines(location="local", since_ms=0)
            told.append((timelines, reader.availabilities(windows, location="local", as_of_ms=99_000)))
        storage.transact(seal_everything)
        storage.connection.execute("DROP TRIGGER IF EXISTS blocks_are_only_dropped")
        storage.connection.execute("UPDATE blocks SET bytes = x'00'")
    assert len(blocks(storage)) == 1
    assert told[0] == told[1]


def test_late_observations_form_a_further_block(storage: Storage, clock: Clock) -> None:
    regular = every(1_000, DAY_BEGIN_MS, DAY_BEGIN_MS + HOUR_MS)
    storage.commit([*regular[:100], *regular[110:]])
    clock.now_ms = DAY_BEGIN_MS + 2 * HOUR_MS
    work(storage)
    storage.commit(regular[100:110])
    clock.now_ms = DAY_BEGIN_MS + 2 * DAY_MS
    work(storage)
    assert blocks(storage) == [(DAY_BEGIN_MS, 3_589), (DAY_BEGIN_MS + 100_000, 10)]
    assert instants(storage) == [each.at_ms for each in regular]


def test_observation_that_comes_again_after_its_hour_was_sealed_is_known(storage: Storage) -> None:
    observations = [
        observed(at_ms, Outcome.DOWN if at_ms % 7_000 == 0 else Outcome.UP) for at_ms in range(0, 90_000, 1_000)
    ]
    storage.commit(observations)
    storage.transact(seal_everything)
    before = storage.connection.execute("SELECT * FROM turns").fetchall()
    storage.commit(observations[::-1])
    assert rows(storage) == [89_000]
    assert storage.connection.execute("SELECT * FROM turns").fetchall() == before
    assert instants(storage) == [each.at_ms for each in observations]


def test_each_location_has_blocks_of_its_own(storage: Storage) -> None:
    observations = [observed(at_ms, location=location) for at_ms in range(3) for location in ("local", "mars")]
    storage.commit(observations)
    storage.transact(seal_everything)
    assert blocks(storage) == [(0, 2), (0, 2)]
    with Reader.open(storage.path) as reader:
        assert [each.at_ms for each in reader.observations("web", location="mars", window=ALL)] == [0, 1, 2]


def test_transaction_makes_one_block_at_most(storage: Storage, clock: Clock) -> None:
    storage.commit(
        [each for slug in ("a", "b", "c") for each in every(1_000, DAY_BEGIN_MS, DAY_BEGIN_MS + HOUR_MS, slug)]
    )
    clock.now_ms = DAY_BEGIN_MS + 2 * HOUR_MS
    made = [0]
    while storage.has_due():
        storage.work_a_little()
        made.append(len(blocks(storage)))
    assert made[-1] == 3
    assert max(after - before for before, after in pairwise(made)) == 1


def test_sealing_goes_on_where_a_failed_transaction_left_it(storage: Storage, clock: Clock) -> None:
    storage.commit(every(1_000, DAY_BEGIN_MS, DAY_BEGIN_MS + HOUR_MS))
    clock.now_ms = DAY_BEGIN_MS + 2 * HOUR_MS
    storage.connection.execute(
        "CREATE TEMP TRIGGER full BEFORE DELETE ON observations BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        work(storage)
    assert (blocks(storage), len(instants(storage))) == ([], 3_600)
    storage.connection.execute("DROP TRIGGER full")
    work(storage)
    assert (blocks(storage), len(instants(storage))) == ([(DAY_BEGIN_MS, 3_599)], 3_600)


def test_hours_go_on_being_sealed_after_the_clock_was_set_back(storage: Storage, clock: Clock) -> None:
    clock.now_ms = DAY_BEGIN_MS + 365 * DAY_MS
    work(storage)
    clock.now_ms = DAY_BEGIN_MS + 2 * HOUR_MS
    storage.commit(every(1_000, DAY_BEGIN_MS, DAY_BEGIN_MS + HOUR_MS))
    work(storage)
    assert blocks(storage) == [(DAY_BEGIN_MS, 3_599)]


def test_oldest_blocks_are_dropped_and_what_follows_from_them_is_kept(storage: Storage, clock: Clock) -> None:
    observations = [
        observed(DAY_BEGIN_MS + hour * HOUR_MS, Outcome.DOWN if hour % 30 == 0 else Outcome.UP, interval_ms=HOUR_MS)
        for hour in range(24 * 40)
    ]
    storage.commit(observations)
    storage.transact(seal_everything)
    turns = storage.connection.execute("SELECT * FROM turns").fetchall()
    clock.now_ms = DAY_BEGIN_MS + 40 * DAY_MS
    work(storage)
    assert len(blocks(storage, are_kept=False)) == 40
    assert [start_ms for start_ms, _ in blocks(storage)] == [DAY_BEGIN_MS + day * DAY_MS for day in range(10, 40)]
    assert list(verify_blocks(storage.connection)) == list(range(1, 41))
    assert storage.connection.execute("SELECT * FROM turns").fetchall() == turns
    assert instants(storage) == [each.at_ms for each in observations[240:]]


def test_what_is_older_than_what_was_dropped_is_not_taken_again(storage: Storage, clock: Clock) -> None:
    observations = [observed(DAY_BEGIN_MS + hour * HOUR_MS, interval_ms=HOUR_MS) for hour in range(24 * 40)]
    storage.commit(observations)
    storage.transact(seal_everything)
    clock.now_ms = DAY_BEGIN_MS + 40 * DAY_MS
    work(storage)
    turns = storage.connection.execute("SELECT * FROM turns").fetchall()
    storage.commit([observations[5], observed(observations[7].at_ms + 1, Outcome.DOWN)])
    assert storage.connection.execute("SELECT * FROM turns").fetchall() == turns
    assert instants(storage) == [each.at_ms for each in observations[240:]]


def test_blocks_stay_until_the_months_that_they_back_are_closed(tmp_path: Path, clock: Clock) -> None:
    storage = Storage(
        tmp_path / "ledger.db",
        location="local",
        clock=clock,
        version="1",
        keep_ms=KEEP_MS,
        backed=lambda day_ms: {"2026-09"} if day_ms < DAY_BEGIN_MS + 5 * DAY_MS else {"2026-09", "2026-10"},
    )
    with closing(storage.connection):
        storage.commit([observed(DAY_BEGIN_MS + hour * HOUR_MS, interval_ms=HOUR_MS) for hour in range(24 * 40)])
        storage.transact(seal_everything)
        kept = []
        for month, undecided in ((None, 0), ("2026-09", 1), ("2026-09", 0), ("2026-10", 0)):
            if month:
                record_closing(storage, month, undecided)
            clock.now_ms += 40 * DAY_MS
            work(storage)
            kept.append(len(blocks(storage)))
        assert kept == [40, 40, 35, 35 - DROPPED]
        assert list(verify_blocks(storage.connection)) == list(range(1, 41))


def record_closing(storage: Storage, month: str, undecided: int) -> None:
    revisions = recorded_closings(read_acts(storage.connection, [CLOSE])).get(month, [])
    revision = len(revisions) + 1
    one = Closing(month, revision, 0, "x", "1", 0, "", 0, "", 0, "", "", undecided=undecided)
    act = close(one, {"month": month, "revision": revision, "rows": []}, by="ann")
    storage.transact(lambda each: amend_acts(each.connection, at_ms=0, kinds=[CLOSE], decide=lambda acts: [act]))


def test_clock_that_is_a_year_ahead_costs_no_years_observations(storage: Storage, clock: Clock) -> None:
    storage.commit([observed(DAY_BEGIN_MS + hour * HOUR_MS, interval_ms=HOUR_MS) for hour in range(24 * 60)])
    storage.transact(seal_everything)
    clock.now_ms = DAY_BEGIN_MS + 365 * DAY_MS
    work(storage)
    assert len(blocks(storage)) == 60 - DROPPED


def test_few_are_enough_for_a_block_that_pays(storage: Storage, clock: Clock) -> None:
    step_ms = HOUR_MS // FEW
    storage.commit(every(step_ms, DAY_BEGIN_MS, DAY_BEGIN_MS + 2 * HOUR_MS))
    clock.now_ms = DAY_BEGIN_MS + HOUR_MS + GRACE_MS
    work(storage)
    assert blocks(storage) == [(DAY_BEGIN_MS, FEW)]


@given(
    st.lists(st.tuples(histories(), st.booleans()), max_size=4), st.lists(st.integers(0, 60), unique=True, max_size=9)
)
@settings(max_examples=50, deadline=None)
def test_nothing_that_is_told_depends_on_what_is_sealed(
    batches: list[tuple[list[Observation], bool]], imports: list[int]
) -> None:
    with made_ledger() as plain, made_ledger() as sealing:
        for batch, is_sealed_then in batches:
            assert plain.commit(batch) == sealing.commit(batch)
            if is_sealed_then:
                sealing.transact(seal_everything)
        given_rows = [imported(at_ms, Outcome.DOWN if at_ms % 3 else Outcome.UP) for at_ms in imports]
        assert plain.transact(lambda storage: import_rows(storage.connection, storage.fold, given_rows)) == (
            sealing.transact(lambda storage: import_rows(storage.connection, storage.fold, given_rows))
        )
        sealing.transact(seal_everything)
        assert told(plain) == told(sealing)


@contextmanager
def made_ledger() -> Iterator[Storage]:
    with tempfile.TemporaryDirectory() as folder:
        opened = Storage(Path(folder) / "ledger.db", location="local", clock=Clock(), version="1")
        yield opened
        opened.close(is_clean=False, is_trusted=True)


def told(storage: Storage) -> list[object]:
    """Return all that a reader tells of a ledger."""
    with Reader.open(storage.path) as reader:
        reader.check_turns()
        return [
            reader.slugs(),
            reader.timelines(location="local", since_ms=-1),
            *(list(reader.observations(slug, location="local", window=ALL)) for slug in ("web", "db")),
            *(reader.latency_hours(slug, location="local", window=Window(0, HOUR_MS)) for slug in ("web", "db")),
        ]
