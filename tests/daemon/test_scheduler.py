"""Every attempt starts when it is due, whatever the others do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.flights import OpenDoor, begins, unheard
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import IN_FLIGHT_MAX, Attempts, Weigh
from uptally.daemon.scheduler import FIRST_LOOK_MS, MISSES_MAX, Scheduler
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Kind, Observation, Outcome, Reason
from uptally.rules.schedule import phase_ms

START_MS = 1_760_000_000_000


def endpoint(name: str = "web", *, interval_ms: int = 1_000, timeout_ms: int = 5_000) -> Endpoint:
    return Endpoint(
        name=name, slug=name, check=TcpCheck(host="host", port=1), interval_ms=interval_ms, timeout_ms=timeout_ms
    )


class Bench:
    """A scheduler by virtual time over a target whose answers the test decides."""

    def __init__(self, *endpoints: Endpoint, answer_s: float = 0.02) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=START_MS)
        self.answer_s = answer_s
        self.outcome = Outcome.UP
        self.observations: list[Observation] = []
        self.begins: list[tuple[str, int]] = []
        self.begins_ns: list[int] = []
        self.weigh: Weigh = lambda endpoint, attempt: attempt
        attempts = Attempts(
            location="local",
            boot=7,
            clock=self.clock,
            admission=OpenDoor(),
            probe=begins(self.probe),
            weigh=lambda endpoint, attempt: self.weigh(endpoint, attempt),
            observe=unheard,
            record=self.observations.append,
        )
        self.scheduler = Scheduler(endpoints, clock=self.clock, attempts=attempts)

    async def probe(self, endpoint: Endpoint) -> Attempt:
        at_ms = self.clock.wall_ms()
        self.begins.append((endpoint.slug, at_ms))
        self.begins_ns.append(self.clock.wall_ns())
        outcome = self.outcome
        await asyncio.sleep(self.answer_s)
        reason = Reason.NONE if outcome is Outcome.UP else Reason.STATUS
        return Attempt(at_ms, round(self.answer_s * 1e6), outcome, reason)

    def run(self, seconds: float, *, meanwhile: Callable[[], None] | None = None) -> None:
        async def main() -> None:
            task = asyncio.create_task(self.scheduler.run())
            if meanwhile:
                asyncio.get_running_loop().call_later(seconds / 2, meanwhile)
            await asyncio.sleep(seconds)
            task.cancel()
            await self.scheduler.stop()

        run_virtually(self.loop, main())


def test_attempts_begin_on_the_grid_and_never_drift() -> None:
    bench = Bench(endpoint())
    bench.run(3_600)
    phase = phase_ms("web", 1_000)
    assert {at_ms % 1_000 for _, at_ms in bench.begins} == {phase}
    assert len(bench.begins) == 3_600


def test_a_restart_keeps_the_grid() -> None:
    first, second = Bench(endpoint()), Bench(endpoint())
    second.clock.wall_zero_ms += 12_345
    first.run(5)
    second.run(5)
    assert first.begins[0][1] % 1_000 == second.begins[0][1] % 1_000


def test_a_start_makes_no_burst() -> None:
    bench = Bench(*(endpoint(f"e{number}", interval_ms=10_000) for number in range(1_000)))
    bench.run(9.999)
    per_second = Counter((at_ms - START_MS) // 1_000 for _, at_ms in bench.begins)
    assert len(bench.begins) == 1_000
    assert max(per_second.values()) < 150


def test_a_step_of_the_wall_clock_moves_no_attempt() -> None:
    bench = Bench(endpoint())

    def step() -> None:
        bench.clock.wall_zero_ms += 3_600_000

    bench.run(60, meanwhile=step)
    assert len(bench.begins) == 60


def test_attempts_overlap_so_that_one_that_hangs_never_holds_back_the_next() -> None:
    bench = Bench(endpoint(), answer_s=5)
    bench.run(10)
    assert len(bench.begins) == 10


def test_an_attempt_begins_at_its_slot_to_the_nanosecond_though_a_loop_counts_milliseconds() -> None:
    bench = Bench(endpoint())
    bench.loop.now_ns = 400_001
    bench.run(3)
    assert {begin_ns % 1_000_000_000 for begin_ns in bench.begins_ns} == {phase_ms("web", 1_000) * 1_000_000}


def test_beyond_the_ceiling_in_flight_slots_are_missed_and_say_so() -> None:
    bench = Bench(endpoint(), answer_s=1_000)
    bench.run(20)
    missed = [each for each in bench.observations if each.outcome is Outcome.MISSED]
    assert len(bench.begins) == IN_FLIGHT_MAX
    assert {each.reason for each in missed} == {Reason.TOO_MANY_IN_FLIGHT}
    assert len(missed) == 20 - IN_FLIGHT_MAX


def test_attempts_of_all_endpoints_have_a_ceiling_too_and_beyond_it_slots_are_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither attempts that hang nor failures that are doubted for long pile up."""
    monkeypatch.setattr("uptally.daemon.attempts.IN_FLIGHT_ALL_MAX", 50)
    forever = asyncio.Event
    for hangs in (True, False):
        bench = Bench(*(endpoint(f"e{number}") for number in range(20)), answer_s=1_000 if hangs else 0.02)
        bench.outcome = Outcome.DOWN
        most: list[int] = []

        async def doubt(endpoint: Endpoint, attempt: Attempt, most: list[int] = most) -> Attempt:
            most.append(len(asyncio.all_tasks()))
            await forever().wait()
            return attempt

        bench.weigh = doubt
        bench.run(30)
        assert len(bench.begins) == 50
        assert all(count <= 50 + 2 for count in most)
        missed = [each for each in bench.observations if each.outcome is Outcome.MISSED]
        assert {each.reason for each in missed} == {Reason.TOO_MANY_IN_FLIGHT}
        assert {each.kind for each in missed} == {Kind.GRID}


def test_a_stall_of_ours_costs_missed_slots_and_one_late_start() -> None:
    bench = Bench(endpoint())

    def stall() -> None:
        bench.loop.now_ns += 5_000_000_000

    bench.run(20, meanwhile=stall)
    missed = [each.at_ms for each in bench.observations if each.outcome is Outcome.MISSED]
    assert len(bench.begins) + len(missed) == 20
    assert len(missed) in (4, 5)
    assert {at_ms % 1_000 for at_ms in missed} == {phase_ms("web", 1_000)}


def test_a_very_long_stall_records_only_the_newest_slots() -> None:
    bench = Bench(endpoint())

    def suspend() -> None:
        bench.loop.now_ns += 8 * 3_600 * 1_000_000_000

    bench.run(8 * 3_600 + 20, meanwhile=suspend)
    assert sum(each.outcome is Outcome.MISSED for each in bench.observations) <= 2 * MISSES_MAX


def test_every_endpoint_is_looked_at_soon_after_the_start() -> None:
    names = [f"e{number}" for number in range(50)]
    bench = Bench(*(endpoint(name, interval_ms=6 * 3_600_000) for name in names))
    bench.run(FIRST_LOOK_MS / 1_000 + 1)
    assert {each.endpoint for each in bench.observations} == set(names)
    assert {each.kind for each in bench.observations} <= {Kind.RECHECK, Kind.GRID}
    assert len(bench.observations) == 50


def test_looking_at_very_many_endpoints_after_the_start_is_no_burst() -> None:
    bench = Bench(*(endpoint(f"e{number}", interval_ms=6 * 3_600_000) for number in range(10_000)))
    bench.run(41)
    seconds = Counter((at_ms - START_MS) // 1_000 for _, at_ms in bench.begins)
    assert sum(seconds.values()) >= 10_000
    assert max(seconds.values()) < 350


def test_a_shutdown_records_what_is_in_flight_as_cancelled_not_down() -> None:
    bench = Bench(endpoint(), answer_s=30)
    bench.run(3)
    assert [(each.outcome, each.reason) for each in bench.observations] == [(Outcome.UNKNOWN, Reason.CANCELLED)] * 3
    assert bench.scheduler.in_flight == 0


def test_a_shutdown_records_a_failure_under_doubt_as_cancelled() -> None:
    async def never(endpoint: Endpoint, attempt: Attempt) -> Attempt:
        await asyncio.sleep(10_000)
        raise AssertionError

    bench = Bench(endpoint())
    bench.weigh = never
    bench.run(2)
    assert {(each.at_ms, each.reason) for each in bench.observations} == {
        (at_ms, Reason.CANCELLED) for _, at_ms in bench.begins
    }
    assert len(bench.observations) == 2


def test_a_fault_of_our_own_is_unknown_and_costs_one_attempt(caplog: pytest.LogCaptureFixture) -> None:
    async def stumble(endpoint: Endpoint, attempt: Attempt) -> Attempt:
        if attempt.at_ms == bench.begins[0][1]:
            raise RuntimeError("stumbled")
        return attempt

    bench = Bench(endpoint())
    bench.weigh = stumble
    bench.run(3)
    assert [(each.outcome, each.reason) for each in bench.observations] == [
        (Outcome.UNKNOWN, Reason.MONITOR_ERROR),
        (Outcome.UP, Reason.NONE),
        (Outcome.UP, Reason.NONE),
    ]
    assert "stumbled" in caplog.text


def rechecks(bench: Bench) -> list[int]:
    return [each.at_ms for each in bench.observations if each.kind is Kind.RECHECK]


def test_a_failure_is_rechecked_at_once_and_again_until_an_attempt_succeeds() -> None:
    bench = Bench(endpoint(interval_ms=10_000), answer_s=0.05)
    bench.outcome = Outcome.DOWN

    def mend() -> None:
        bench.outcome = Outcome.UP

    bench.run(40, meanwhile=mend)
    first_down_ms = next(each.at_ms for each in bench.observations if each.outcome is Outcome.DOWN)
    asked = rechecks(bench)
    assert asked[0] == first_down_ms + 50
    assert {later - earlier for earlier, later in pairwise(asked)} == {500}
    first_up = next(each for each in bench.observations if each.outcome is Outcome.UP)
    assert asked[-1] <= first_up.at_ms + 500


def test_rechecks_grow_rarer_with_the_outage_and_leave_it_to_the_grid_in_the_end() -> None:
    bench = Bench(endpoint(interval_ms=2_000))
    bench.outcome = Outcome.DOWN
    bench.run(600)
    asked = rechecks(bench)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert 1_900 < gaps[-1] < 2_000
    assert asked[-1] - START_MS < 210_000


def test_the_grid_goes_on_as_ever_while_an_endpoint_is_rechecked() -> None:
    bench = Bench(endpoint())
    bench.outcome = Outcome.DOWN
    bench.run(30)
    grid = [each.at_ms for each in bench.observations if each.kind is Kind.GRID]
    assert len(grid) == 30
    assert {at_ms % 1_000 for at_ms in grid} == {phase_ms("web", 1_000)}


def test_rechecks_that_hang_take_no_slot_from_the_grid() -> None:
    bench = Bench(endpoint(interval_ms=10_000, timeout_ms=19_000), answer_s=19)
    bench.outcome = Outcome.DOWN
    bench.run(120)
    assert Kind.RECHECK in {each.kind for each in bench.observations}
    assert Outcome.MISSED not in {each.outcome for each in bench.observations}


def test_one_chain_of_rechecks_however_many_attempts_fail_at_once() -> None:
    bench = Bench(endpoint(), answer_s=3)
    bench.outcome = Outcome.DOWN
    bench.run(20)
    gaps = [later - earlier for earlier, later in pairwise(sorted(rechecks(bench)))]
    assert min(gaps) >= 500


def test_a_success_that_began_before_the_failure_ends_no_suspicion() -> None:
    bench = Bench(endpoint())
    bench.outcome, bench.answer_s = Outcome.UP, 5

    def fail_from_now_on() -> None:
        bench.outcome, bench.answer_s = Outcome.DOWN, 0.1

    first_s = phase_ms("web", 1_000) / 1_000
    bench.loop.call_later(first_s + 0.5, fail_from_now_on)
    bench.run(8)
    assert [each.outcome for each in bench.observations].count(Outcome.UP) == 1
    assert max(rechecks(bench)) > START_MS + 7_000


def test_sequences_count_per_endpoint_within_the_boot() -> None:
    bench = Bench(endpoint("a"), endpoint("b"))
    bench.run(5)
    for name in ("a", "b"):
        mine = [each for each in bench.observations if each.endpoint == name]
        assert [each.sequence for each in mine] == [1, 2, 3, 4, 5]
        assert {each.boot for each in mine} == {7}


@pytest.mark.parametrize("interval_ms", [250, 1_000, 60_000])
def test_observations_carry_the_cadence_in_force(interval_ms: int) -> None:
    bench = Bench(endpoint(interval_ms=interval_ms, timeout_ms=1_234))
    bench.run(interval_ms / 500)
    assert {(each.interval_ms, each.timeout_ms) for each in bench.observations} == {(interval_ms, 1_234)}


def test_an_endpoint_is_tried_at_once_when_asked_for_beside_its_grid() -> None:
    bench = Bench(endpoint(interval_ms=60_000))
    bench.run(60, meanwhile=lambda: bench.scheduler.try_now("web"))
    [tripped] = [each for each in bench.observations if each.kind is Kind.TRIPWIRE]
    assert tripped.at_ms == START_MS + 30_000
    grid = [each.at_ms for each in bench.observations if each.kind is Kind.GRID]
    assert {at_ms % 60_000 for at_ms in grid} == {phase_ms("web", 60_000)}


def test_an_endpoint_that_fails_when_tried_at_once_is_rechecked() -> None:
    bench = Bench(endpoint(interval_ms=60_000))
    bench.scheduler.try_now("another")

    def crash() -> None:
        bench.outcome = Outcome.DOWN
        bench.scheduler.try_now("web")

    bench.run(60, meanwhile=crash)
    assert START_MS + 30_000 + 20 in rechecks(bench)


def test_an_endpoint_with_too_many_attempts_in_flight_is_not_tried_at_once_which_misses_no_slot() -> None:
    bench = Bench(endpoint(), answer_s=1_000)
    bench.run(4 * IN_FLIGHT_MAX, meanwhile=lambda: bench.scheduler.try_now("web"))
    assert {each.kind for each in bench.observations if each.outcome is Outcome.MISSED} == {Kind.GRID}
    assert Kind.TRIPWIRE not in {each.kind for each in bench.observations}
