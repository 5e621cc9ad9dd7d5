"""What befalls the monitor is nobody's downtime: scheduler, heartbeat and ledger by virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.flights import OpenDoor, begins, unheard
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import Attempts
from uptally.daemon.heartbeat import Heartbeat
from uptally.daemon.scheduler import Scheduler
from uptally.ledger import Ledger, Reader
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.model.timeline import State
from uptally.rules.schedule import phase_ms
from uptally.rules.timeline import spans_of
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

START_MS = 1_790_000_000_000
WEB = Endpoint("Web", "web", TcpCheck("host", 1), 1_000, 5_000)

Script = Sequence[float | Callable[["World"], object]]


class World:
    """A target that answers or not, a monitor of it, and the clocks that both live by."""

    def __init__(self, ledger_file: Path) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=START_MS)
        self.heartbeat = Heartbeat(self.clock)
        self.is_answering = True
        self.is_refusing = False
        self._file = ledger_file

    async def probe(self, endpoint: Endpoint) -> Attempt:
        at_ms, begin_ns = self.clock.wall_ms(), self.clock.monotonic_ns()
        outcome, reason = Outcome.UP, Reason.NONE
        try:
            # As a client does it: the deadline is a timer, and decides whatever has come in the meantime.
            async with asyncio.timeout(endpoint.timeout_ms / 1_000):
                await asyncio.sleep(0.02 if self.is_answering or self.is_refusing else 3_600)
            if self.is_refusing:
                outcome, reason = Outcome.DOWN, Reason.CONNECT_REFUSED
        except TimeoutError:
            outcome, reason = Outcome.DOWN, Reason.CONNECT_TIMEOUT
        return Attempt(at_ms, (self.clock.monotonic_ns() - begin_ns) // 1_000, outcome, reason)

    def live(self, script: Script) -> list[tuple[str, int, Reason]]:
        """Go through a script of seconds and events; return the state, length and reason of each span of the ledger."""

        async def main(ledger: Ledger) -> None:
            attempts = Attempts(
                location="local",
                boot=ledger.begin_boot(),
                clock=self.clock,
                admission=OpenDoor(),
                probe=begins(self.probe),
                weigh=lambda endpoint, attempt: self.heartbeat.weigh(attempt),
                observe=unheard,
                record=ledger.submit,
            )
            scheduler = Scheduler([WEB], clock=self.clock, attempts=attempts)
            tasks = [asyncio.create_task(self.heartbeat.run()), asyncio.create_task(scheduler.run())]
            for step in script:
                if callable(step):
                    step(self)
                else:
                    await asyncio.sleep(step)
            for task in tasks:
                task.cancel()
            # Attempts in flight come to their end.
            await asyncio.sleep(WEB.timeout_ms / 1_000)
            await scheduler.stop()

        ledger = Ledger.open(self._file, location="local", clock=self.clock, version="test")
        try:
            run_virtually(self.loop, main(ledger))
            ledger.flush(60)
        finally:
            ledger.close()
        return self._spans()

    def _spans(self) -> list[tuple[str, int, Reason]]:
        with Reader.open(self._file) as reader:
            reader.check_turns()
            timeline = reader.timelines(location="local", since_ms=0)["web"]
        assert timeline.last is not None
        whole = Window(START_MS - 10 * HOUR_MS, timeline.last.at_ms)
        spans = spans_of(timeline, whole, as_of_ms=whole.end_ms)
        # Spans tile the time without overlap, whatever the clocks did.
        assert all(span.end_ms > span.start_ms for span in spans)
        assert all(span.end_ms == following.start_ms for span, following in pairwise(spans))
        assert spans[-1].end_ms == whole.end_ms
        return [(span.state.label, span.end_ms - span.start_ms, span.reason) for span in spans]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "ledger.db")


def stalled(duration_ms: int) -> Callable[[World], None]:
    return lambda world: world.clock.stall(duration_ms)


def suspended(duration_ms: int) -> Callable[[World], None]:
    return lambda world: world.clock.suspend(duration_ms)


def stepped(by_ms: int) -> Callable[[World], None]:
    return lambda world: world.clock.step(by_ms)


def hanging(world: World) -> None:
    world.is_answering = False


def refusing(world: World) -> None:
    world.is_refusing = True


def mended(world: World) -> None:
    world.is_answering, world.is_refusing = True, False


def lengths(spans: Sequence[tuple[str, int, Reason]], state: State) -> list[int]:
    return [length_ms for label, length_ms, _ in spans if label == state.label]


def reasons(spans: Sequence[tuple[str, int, Reason]], state: State) -> set[Reason]:
    return {reason for label, _, reason in spans if label == state.label}


BEFORE_AN_ATTEMPT_S = 30 + (phase_ms(WEB.slug, WEB.interval_ms) - 10) / 1_000
"""So long after the start, the next attempt begins 10 ms later and ends 30 ms later."""


@pytest.mark.parametrize(
    "befalls",
    [stalled(8_000), stalled(60_000), suspended(8 * HOUR_MS), stepped(HOUR_MS), stepped(-HOUR_MS)],
    ids=["short stall", "long stall", "suspend", "step forward", "step back"],
)
@pytest.mark.parametrize("offset_ms", [0, 9, 11, 20, 29, 31, 60, 500])
def test_no_disturbance_is_downtime_wherever_it_meets_an_attempt(
    world: World, befalls: Callable[[World], None], offset_ms: int
) -> None:
    spans = world.live([BEFORE_AN_ATTEMPT_S + offset_ms / 1_000, befalls, 30])
    assert lengths(spans, State.DOWN) == []
    assert reasons(spans, State.UNKNOWN) <= {Reason.NOT_OBSERVED, Reason.STALLED, Reason.SUSPENDED}


def test_the_hour_that_a_step_skipped_is_unknown(world: World) -> None:
    spans = world.live([3_600, stepped(HOUR_MS), 3_600])
    assert [(label, round(length_ms, -4)) for label, length_ms, _ in spans] == [
        ("up", HOUR_MS),
        ("unknown", HOUR_MS),
        ("up", HOUR_MS),
    ]


def test_the_hour_that_a_step_shows_twice_counts_once(world: World) -> None:
    spans = world.live([2 * 3_600, stepped(-HOUR_MS), 2 * 3_600])
    assert [(label, round(length_ms, -4)) for label, length_ms, _ in spans] == [("up", 3 * HOUR_MS)]


@pytest.mark.parametrize("fails", [hanging, refusing])
@pytest.mark.parametrize("befalls", [stalled(10_000), suspended(HOUR_MS), stepped(HOUR_MS)])
def test_a_target_that_fails_during_a_disturbance_is_found_at_once_after_it(
    world: World, befalls: Callable[[World], None], fails: Callable[[World], None]
) -> None:
    spans = world.live([60.5, fails, befalls, 60, mended, 30])
    [down_ms] = lengths(spans, State.DOWN)
    # It failed for a minute of the loop's time, of which a hanging one takes a timeout or two to be seen.
    assert 60_000 - 2 * WEB.timeout_ms - 1_000 < down_ms <= 61_000


def test_an_outage_that_is_under_way_before_and_after_a_stall_is_down_throughout_but_for_what_was_not_seen(
    world: World,
) -> None:
    spans = world.live([60.5, refusing, 60, stalled(60_000), 60, mended, 30])
    assert 118_000 < sum(lengths(spans, State.DOWN)) < 182_000
    assert sum(lengths(spans, State.DOWN)) + sum(lengths(spans, State.UNKNOWN)) in range(178_000, 182_000)


def test_a_failure_within_the_hour_that_is_shown_twice_is_unknown_and_down_once_that_hour_is_over(
    world: World,
) -> None:
    spans = world.live([3_600, stepped(-30 * MINUTE_MS), 60, refusing, 60, mended, 1_740, refusing, 60, mended])
    # In the doubled time the good of the first pass stands between the unknown of the second.
    assert sum(lengths(spans, State.DOWN)) in range(58_000, 62_000)
    assert reasons(spans, State.DOWN) == {Reason.CONNECT_REFUSED}
    assert reasons(spans, State.UNKNOWN) == {Reason.CLOCK_STEPPED}


def test_an_outage_before_a_step_back_stays_on_record_and_the_time_still_adds_up(world: World) -> None:
    spans = world.live([600, refusing, 60, mended, 60, stepped(-HOUR_MS // 12), 600])
    assert 25_000 < sum(lengths(spans, State.DOWN)) < 62_000
    assert sum(length_ms for _, length_ms, _ in spans) // 1_000 == 720 + 300 - 1
