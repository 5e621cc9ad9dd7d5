"""Months are closed by themselves, in a process that may die and stands back, and each of them once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.ledgers import make_ledger, observed
from tests.daemon.closers_killed import kill_while_closing
from tests.daemon.processes import Daemon, wait_until
from tests.daemon.test_publish import children_of
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon import child, closer
from uptally.daemon.closer import Closer
from uptally.ledger import Reader
from uptally.model.observation import Outcome, Reason
from uptally.model.settings import ClosingSettings, Settings
from uptally.rules.record.closings import BY_ITSELF, CLOSE, RecordedClosing, recorded_closings
from uptally.units.time import DAY_MS, SECOND_MS

OCTOBER_MS, NOVEMBER_MS = 1_790_805_600_000, 1_793_487_600_000  # 2026-10-01 and 2026-11-01 in Berlin


class Clock(SystemClock):
    """A wall clock that says what it is told."""

    def __init__(self, wall_ms: int) -> None:
        self.now_ms = wall_ms

    def wall_ms(self) -> int:
        return self.now_ms


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A ledger with a minute of October."""
    monkeypatch.setattr(closer, "LOOK_S", 0.01)
    monkeypatch.setattr(closer, "RETRY_S", (0.05,))
    seen = [observed("website", OCTOBER_MS + number * SECOND_MS) for number in range(60)]
    make_ledger(tmp_path, [*seen, observed("website", OCTOBER_MS + 60_000, Outcome.DOWN, Reason.CONNECT_REFUSED)])
    return load(tmp_path / "probes.yaml", environment={})


@asynccontextmanager
async def running(settings: Settings, now_ms: int = NOVEMBER_MS + 3 * DAY_MS) -> AsyncIterator[tuple[Closer, Clock]]:
    clock = Clock(now_ms)
    made = Closer(lambda: settings, clock=clock)
    task = asyncio.create_task(made.run())
    try:
        yield made, clock
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert not children_of(os.getpid())


async def until(is_so: object) -> None:
    assert callable(is_so)
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


def closings(settings: Settings) -> list[RecordedClosing]:
    with Reader.open(settings.store.path) as reader:
        return [each for month in recorded_closings(reader.acts(CLOSE)).values() for each in month]


async def test_month_is_closed_once_its_grace_is_over_and_not_before(settings: Settings) -> None:
    async with running(settings, NOVEMBER_MS + 3 * DAY_MS - 1) as (made, clock):
        await until(lambda: made._seen)
        assert closings(settings) == []
        clock.now_ms += 1
        await until(lambda: closings(settings))
        [found] = closings(settings)
        assert (found.closing.month, found.by, found.closing.revision) == ("2026-10", BY_ITSELF, 1)


async def test_what_is_closed_is_not_closed_again_by_a_daemon_that_was_restarted(settings: Settings) -> None:
    for _ in range(2):
        async with running(settings) as (made, _clock):
            await until(lambda: made._seen)
            assert len(closings(settings)) == 1


async def test_nothing_is_closed_by_itself_where_only_people_close(settings: Settings) -> None:
    only_people = replace(settings, closing=ClosingSettings(is_automatic=False))
    async with running(only_people) as (made, _):
        await asyncio.sleep(0.1)
        assert (made._seen, closings(settings)) == (None, [])


async def test_month_that_could_not_be_closed_is_a_warning_said_once_and_closed_when_it_can_be(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(settings.store.path)) as connection, connection:
        connection.execute("INSERT INTO acts SELECT 1, 0, 'note', 'x', '{}', 'of nothing'")
    async with running(settings) as (made, _):
        await until(lambda: made.is_failing)
        await asyncio.sleep(0.3)
        assert closings(settings) == []
        with closing(sqlite3.connect(settings.store.path)) as connection, connection:
            connection.execute("DROP TRIGGER acts_are_never_deleted")
            connection.execute("DELETE FROM acts")
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'acts'")
        await until(lambda: closings(settings))
        await until(lambda: not made.is_failing)
    said = [each.getMessage() for each in caplog.records if "could not be closed" in each.getMessage()]
    assert len(said) == 1, said
    assert "2026-10" in said[0]


async def test_process_that_dies_is_started_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = child.start, 0

    async def dying(module: str) -> asyncio.subprocess.Process:
        nonlocal started
        process = await start(module)
        started += 1
        if started == 1:
            process.kill()
            await process.wait()
        return process

    monkeypatch.setattr(child, "start", dying)
    async with running(settings) as (made, _):
        await until(lambda: made.is_failing)
        await until(lambda: closings(settings))
    assert started == 2


async def test_month_of_which_nothing_is_known_is_left_and_no_failure(settings: Settings) -> None:
    async with running(settings, NOVEMBER_MS + 40 * DAY_MS) as (made, _):
        await until(lambda: made._seen)
        assert not made.is_failing
    # November is over by that clock, though not by that of the process.
    assert [each.closing.month for each in closings(settings)] == ["2026-10"]


def test_daemon_closes_what_is_due_when_it_starts_and_goes_on_probing(settings: Settings, tmp_path: Path) -> None:
    with Daemon(tmp_path) as daemon:
        wait_until(lambda: "2026-10 is closed, with 3 rows" in daemon.log.read_text(), "a closing")
        assert daemon.stop() == 0
    [found] = closings(settings)
    assert found.by == BY_ITSELF


def test_closer_that_is_killed_at_any_instant_leaves_the_month_closed_or_not(tmp_path: Path) -> None:
    assert sum(kill_while_closing(tmp_path, seed=1, kills=10)) == 10
