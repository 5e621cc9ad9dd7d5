"""A month in seconds: the scheduler by virtual time, a target with known outages, the real ledger, the real books."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.flights import OpenDoor, begins, unheard
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import Attempts
from uptally.daemon.scheduler import Scheduler
from uptally.ledger import Ledger, Reader
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Kind, Outcome, Reason
from uptally.rules.availability import measure
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import HOUR_MS, Window, month_window

# October in Berlin has a clock change, and 745 hours.
OCTOBER = month_window("2026-10", ZoneInfo("Europe/Berlin"))
INTERVAL_MS = 30_000
ENDPOINT = Endpoint("Web", "web", TcpCheck("host", 1), INTERVAL_MS, 10_000)


def _outages(random: Random) -> list[Window]:
    """Twenty outages of one minute to one hour, in each thirtieth of the month at most one."""
    step_ms = OCTOBER.length_ms // 30
    starts = [OCTOBER.start_ms + index * step_ms for index in sorted(random.sample(range(1, 29), 20))]
    return [
        Window(begin, begin + random.randrange(60_000, HOUR_MS))
        for begin in (start + random.randrange(HOUR_MS) for start in starts)
    ]


async def _live(loop: VirtualLoop, truth: list[Window], ledger: Ledger) -> None:
    """Let the scheduler run through the month."""
    clock = VirtualClock(loop, wall_ms=OCTOBER.start_ms)

    async def probe(endpoint: Endpoint) -> Attempt:
        at_ms = clock.wall_ms()
        is_down = any(outage.start_ms <= at_ms < outage.end_ms for outage in truth)
        await asyncio.sleep(endpoint.timeout_ms / 1_000 if is_down else 0.02)
        duration_us = (clock.wall_ms() - at_ms) * 1_000
        if is_down:
            return Attempt(at_ms, duration_us, Outcome.DOWN, Reason.CONNECT_TIMEOUT)
        return Attempt(at_ms, duration_us, Outcome.UP, Reason.NONE)

    attempts = Attempts(
        location="local",
        boot=ledger.begin_boot(),
        clock=clock,
        admission=OpenDoor(),
        probe=begins(probe),
        weigh=lambda endpoint, attempt: attempt,
        observe=unheard,
        record=ledger.submit,
    )
    scheduler = Scheduler([ENDPOINT], clock=clock, attempts=attempts)
    task = asyncio.create_task(scheduler.run())
    await asyncio.sleep(OCTOBER.length_ms / 1_000)
    task.cancel()
    await scheduler.stop()


def test_a_month_is_probed_without_drift_and_its_outages_are_found_within_their_bounds(tmp_path: Path) -> None:
    random = Random(20261001)
    truth = _outages(random)
    loop = VirtualLoop()
    ledger = Ledger.open(
        tmp_path / "ledger.db", location="local", clock=VirtualClock(loop, wall_ms=OCTOBER.start_ms), version="test"
    )
    try:
        run_virtually(loop, _live(loop, truth, ledger))
        ledger.flush(60)
    finally:
        ledger.close()

    with Reader.open(tmp_path / "ledger.db") as reader:
        reader.check_turns()
        observations = reader.observations("web", location="local", window=OCTOBER)
        begins = [each.at_ms for each in observations if each.kind is Kind.GRID]
        timeline = reader.timelines(location="local", since_ms=OCTOBER.start_ms)["web"]
    assert {later - earlier for earlier, later in pairwise(begins)} == {INTERVAL_MS}
    assert len(begins) == OCTOBER.length_ms // INTERVAL_MS
    spans = spans_of(timeline, OCTOBER, as_of_ms=OCTOBER.end_ms)
    found = outages_of(spans)
    assert len(found) == len(truth)
    for outage, real in zip(found, truth, strict=True):
        assert outage.start_earliest_ms is not None
        assert outage.end_earliest_ms is not None
        assert outage.end_latest_ms is not None
        assert outage.start_earliest_ms <= real.start_ms <= outage.start_latest_ms
        assert outage.end_earliest_ms <= real.end_ms <= outage.end_latest_ms
        assert abs(outage.start_ms - real.start_ms) <= INTERVAL_MS // 2
        assert outage.end_ms is not None
        assert abs(outage.end_ms - real.end_ms) <= INTERVAL_MS // 2
    figures = measure(timeline, OCTOBER, as_of_ms=OCTOBER.end_ms)
    assert figures.unknown_ms == 0
    assert figures.scheduled_ms == spans[-1].end_ms - spans[0].start_ms
