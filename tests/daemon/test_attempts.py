"""Attempts under way: what is told at once, what has to wait, and what is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import IN_FLIGHT_MAX, Attempts, Weigh
from uptally.daemon.lane import Lane
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Kind, Observation, Outcome, Reason

START_MS = 1_760_000_000_000
WEB = Endpoint("Web", "web", TcpCheck("host", 1), interval_ms=10_000, timeout_ms=5_000)
UP = Attempt(START_MS, 20_000, Outcome.UP, Reason.NONE)
DOWN = Attempt(START_MS, 20_000, Outcome.DOWN, Reason.STATUS)


class Flight:
    """An attempt that ends when the test says so."""

    def __init__(self, ended: Callable[[Attempt], None]) -> None:
        self.ended = ended
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Bench:
    """Attempts at one endpoint by virtual time: each ends as `at_once` before its begin returns, or when told to."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=START_MS)
        self.at_once: Attempt | None = None
        self.flights: list[Flight] = []
        self.is_full = False
        self.is_admitted = asyncio.Event()
        self.waiting = 0
        self.weigh: Weigh = lambda endpoint, attempt: attempt
        self.observed: list[Attempt] = []
        self.recorded: list[Observation] = []
        self.lane = Lane(WEB)
        self.attempts = Attempts(
            location="local",
            boot=7,
            clock=self.clock,
            admission=self,
            probe=self._probe,
            weigh=lambda endpoint, attempt: self.weigh(endpoint, attempt),
            observe=lambda endpoint, attempt: self.observed.append(attempt),
            record=self.recorded.append,
        )

    def admit_now(self, host: str) -> bool:
        return not self.is_full

    async def admit(self, host: str) -> None:
        self.waiting += 1
        try:
            await self.is_admitted.wait()
        finally:
            await asyncio.sleep(0)
            self.waiting -= 1

    def begin(self, kind: Kind = Kind.GRID) -> bool:
        return self.attempts.begin(self.lane, kind, self.clock.monotonic_ns(), self.clock.wall_ms())

    @property
    def told(self) -> list[tuple[int, Outcome, Reason]]:
        """What is on record: sequence, outcome and reason."""
        return [(each.sequence, each.outcome, each.reason) for each in self.recorded]

    def _probe(self, endpoint: Endpoint, ended: Callable[[Attempt], None]) -> Flight:
        flight = Flight(ended)
        self.flights.append(flight)
        if self.at_once is not None:
            ended(self.at_once)
        return flight


@pytest.fixture
def bench() -> Bench:
    return Bench()


def cancelled(sequence: int) -> tuple[int, Outcome, Reason]:
    return sequence, Outcome.UNKNOWN, Reason.CANCELLED


def lost(sequence: int) -> tuple[int, Outcome, Reason]:
    return sequence, Outcome.UNKNOWN, Reason.MONITOR_ERROR


async def doubt_for_long(endpoint: Endpoint, attempt: Attempt) -> Attempt:
    await asyncio.sleep(1_000)
    return attempt


def test_an_attempt_that_ends_before_its_begin_returns_is_over_and_recorded_once(bench: Bench) -> None:
    async def main() -> None:
        bench.at_once = UP
        assert all(bench.begin() for _ in range(2 * IN_FLIGHT_MAX))
        assert bench.lane.in_flight == 0
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [(1 + number, Outcome.UP, Reason.NONE) for number in range(2 * IN_FLIGHT_MAX)]
    assert not any(flight.is_cancelled for flight in bench.flights)


def test_a_failure_that_ends_before_its_begin_returns_is_doubted_and_rechecked(bench: Bench) -> None:
    async def main() -> None:
        bench.at_once, bench.weigh = DOWN, doubt_for_long
        bench.begin()
        await asyncio.sleep(0.6)
        bench.at_once, bench.weigh = UP, lambda endpoint, attempt: attempt
        await asyncio.sleep(10)
        assert bench.told == [(4, Outcome.UP, Reason.NONE)]
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told[1:] == [cancelled(1), cancelled(2), cancelled(3)]
    assert [each.kind for each in bench.recorded] == [Kind.RECHECK, Kind.GRID, Kind.RECHECK, Kind.RECHECK]


@pytest.mark.parametrize("attempt", [UP, DOWN])
def test_what_needs_no_waiting_is_on_record_at_the_moment_at_which_the_attempt_ends(
    bench: Bench, attempt: Attempt
) -> None:
    async def main() -> None:
        bench.begin()
        bench.flights[0].ended(attempt)
        assert bench.told == [(1, attempt.outcome, attempt.reason)]
        assert bench.observed == [attempt]
        assert len(asyncio.all_tasks()) == 1
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())


def test_what_is_doubted_is_recorded_as_it_is_told_in_the_end_and_holds_back_no_other(bench: Bench) -> None:
    async def doubt(endpoint: Endpoint, attempt: Attempt) -> Attempt:
        await asyncio.sleep(3)
        return attempt._replace(outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK)

    async def main() -> None:
        bench.weigh = doubt
        bench.begin()
        bench.flights[0].ended(DOWN)
        bench.weigh = lambda endpoint, attempt: attempt
        bench.begin()
        bench.flights[1].ended(DOWN)
        assert [sequence for sequence, *_ in bench.told] == [2]
        await asyncio.sleep(4)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told[:2] == [(2, Outcome.DOWN, Reason.STATUS), (1, Outcome.UNKNOWN, Reason.OWN_NETWORK)]
    assert [each.outcome for each in bench.observed] == [Outcome.DOWN, Outcome.UNKNOWN]


def test_what_is_cancelled_while_it_waits_for_admission_is_not_recorded_and_has_left_the_line(bench: Bench) -> None:
    async def main() -> None:
        bench.is_full = True
        bench.begin()
        await asyncio.sleep(1)
        bench.begin()
        assert (bench.lane.in_flight, bench.waiting) == (2, 1)
        await bench.attempts.end({bench.lane})
        assert (bench.lane.in_flight, bench.waiting) == (0, 0)
        bench.is_admitted.set()
        await asyncio.sleep(1)

    run_virtually(bench.loop, main())
    assert (bench.told, bench.flights) == ([], [])


def test_what_waited_for_admission_begins_when_it_is_admitted(bench: Bench) -> None:
    async def main() -> None:
        bench.is_full = True
        bench.begin()
        await asyncio.sleep(2)
        assert bench.flights == []
        bench.is_admitted.set()
        await asyncio.sleep(3)
        assert len(bench.flights) == 1
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [cancelled(1)]
    assert bench.recorded[0].at_ms == START_MS + 2_000
    assert bench.flights[0].is_cancelled


def test_what_waited_for_admission_may_end_before_its_begin_returns(bench: Bench) -> None:
    async def main() -> None:
        bench.is_full, bench.at_once = True, UP
        bench.begin()
        bench.is_admitted.set()
        await asyncio.sleep(1)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [(1, Outcome.UP, Reason.NONE)]
    assert bench.lane.in_flight == 0


def test_a_failure_is_cancelled_even_in_the_turn_in_which_its_doubt_begins(bench: Bench) -> None:
    async def main() -> None:
        bench.weigh = doubt_for_long
        bench.begin()
        bench.flights[0].ended(DOWN)
        await bench.attempts.end({bench.lane})
        assert len(asyncio.all_tasks()) == 1
        assert (bench.told, bench.lane.in_flight) == ([cancelled(1)], 0)
        await asyncio.sleep(60)

    run_virtually(bench.loop, main())
    assert len(bench.flights) == 1
    assert bench.told == [cancelled(1)]


def test_only_the_attempts_of_the_lanes_that_end_are_cancelled(bench: Bench) -> None:
    other = Lane(WEB)

    async def main() -> None:
        bench.begin()
        bench.attempts.begin(other, Kind.GRID, 0, START_MS)
        await bench.attempts.end({other})
        assert [flight.is_cancelled for flight in bench.flights] == [False, True]
        bench.flights[0].ended(UP)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [cancelled(1), (1, Outcome.UP, Reason.NONE)]


@pytest.mark.parametrize("faulty", ["_weigh", "_observe", "_record"])
def test_a_bug_that_the_end_of_an_attempt_meets_costs_that_attempt_and_raises_nothing(
    bench: Bench, faulty: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = getattr(bench.attempts, faulty)

    def stumble(*arguments: object) -> None:
        monkeypatch.setattr(bench.attempts, faulty, right)
        raise RuntimeError("stumbled")

    async def main() -> None:
        monkeypatch.setattr(bench.attempts, faulty, stumble)
        for number in range(2):
            bench.begin()
            bench.flights[number].ended(UP)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [lost(1), (2, Outcome.UP, Reason.NONE)]
    assert bench.lane.in_flight == 0
    assert "stumbled" in caplog.text


def test_an_end_that_cannot_be_recorded_at_all_raises_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(observation: Observation) -> None:
        raise RuntimeError("stumbled")

    async def main() -> None:
        monkeypatch.setattr(bench.attempts, "_record", stumble)
        bench.begin()
        bench.flights[0].ended(UP)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert caplog.text.count("RuntimeError: stumbled") >= 2
    assert bench.lane.in_flight == 0


@pytest.mark.parametrize(
    ("error", "told"), [(RuntimeError("stumbled"), lost(1)), (asyncio.CancelledError(), cancelled(1))]
)
def test_a_doubt_that_fails_is_on_record_too(
    bench: Bench, error: BaseException, told: tuple[int, Outcome, Reason], caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(endpoint: Endpoint, attempt: Attempt) -> Attempt:
        await asyncio.sleep(1)
        raise error

    async def main() -> None:
        bench.weigh = stumble
        bench.begin()
        bench.flights[0].ended(DOWN._replace(at_ms=START_MS + 3))
        await asyncio.sleep(1.5)

    run_virtually(bench.loop, main())
    assert bench.told[0] == told
    assert ("stumbled" in caplog.text) == (told == lost(1))


def test_an_admission_that_fails_costs_one_attempt(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def stumble(host: str) -> None:
        raise RuntimeError("stumbled")

    async def main() -> None:
        bench.is_full = True
        bench.admit = stumble  # type: ignore[method-assign]  # a door that breaks
        bench.begin()
        await asyncio.sleep(1)
        await bench.attempts.end({bench.lane})

    run_virtually(bench.loop, main())
    assert bench.told == [lost(1)]
    assert bench.lane.in_flight == 0
    assert "stumbled" in caplog.text
