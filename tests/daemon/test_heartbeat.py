"""The monitor watches its own time: what fails while it stands still, sleeps or has its clock set is not known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop

from tests.timelines import observe, timeline_of
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.clock import SystemClock
from uptally.daemon.heartbeat import KEPT_NS, SANE_FROM_MS, Heartbeat, recorded_ahead
from uptally.model.observation import Attempt, Certificate, Outcome, Reason
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

START_MS = 1_790_000_000_000
SECOND_NS = 1_000_000_000
UNANSWERED = (
    Reason.CONNECT_TIMEOUT,
    Reason.CONNECT_RESET,
    Reason.CONNECT_UNREACHABLE,
    Reason.TLS_TIMEOUT,
    Reason.RESPONSE_TIMEOUT,
    Reason.TRANSFER_TIMEOUT,
    Reason.RESET,
    Reason.DNS_NOT_FOUND,
)
ANSWERED = (
    Reason.CONNECT_REFUSED,
    Reason.STATUS,
    Reason.BODY_MISSING_TEXT,
    Reason.TLS_UNTRUSTED,
    Reason.TLS_EXPIRED,
    Reason.TLS_NOT_YET_VALID,
)


class Bench:
    """A heartbeat by virtual time, to which a test lets things happen."""

    def __init__(self, *, wall_ms: int = START_MS, recorded: tuple[Window, ...] = ()) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=wall_ms)
        self.heartbeat = Heartbeat(self.clock, recorded=recorded)

    def run(self, *steps: float | Callable[[], object]) -> None:
        """Beat, while so many seconds pass or something happens, one after the other."""

        async def main() -> None:
            task = asyncio.create_task(self.heartbeat.run())
            for step in steps:
                if callable(step):
                    step()
                else:
                    await asyncio.sleep(step)
            task.cancel()

        run_virtually(self.loop, main())

    def stall(self, duration_ms: int) -> Callable[[], None]:
        return lambda: self.clock.stall(duration_ms)

    def suspend(self, duration_ms: int) -> Callable[[], None]:
        return lambda: self.clock.suspend(duration_ms)

    def step(self, by_ms: int) -> Callable[[], None]:
        return lambda: self.clock.step(by_ms)

    def weigh(
        self,
        reason: Reason,
        *,
        lasting_ms: int = 1_000,
        outcome: Outcome = Outcome.DOWN,
        status: int | None = None,
        certificate: Certificate | None = None,
    ) -> tuple[Outcome, Reason]:
        """Weigh an attempt that ends now, and return what it came to."""
        at_ms = self.clock.wall_ms() - lasting_ms
        attempt = Attempt(at_ms, lasting_ms * 1_000, outcome, reason, status=status, certificate=certificate)
        weighed = self.heartbeat.weigh(attempt)
        return weighed.outcome, weighed.reason

    def is_down(self, reason: Reason = Reason.CONNECT_TIMEOUT, *, lasting_ms: int = 1_000) -> bool:
        return self.weigh(reason, lasting_ms=lasting_ms) == (Outcome.DOWN, reason)

    def disturbed(self, begin_s: float, end_s: float) -> Reason | None:
        return self.heartbeat.disturbance_between(round(begin_s * SECOND_NS), round(end_s * SECOND_NS))


def test_nothing_is_disturbed_while_the_loop_and_the_clocks_go_on() -> None:
    bench = Bench()
    bench.run(60)
    assert bench.disturbed(0, 60) is None
    assert bench.is_down(lasting_ms=60_000)


@pytest.mark.parametrize(
    ("befalls", "reason"),
    [
        (lambda clock: clock.stall(3_000), Reason.STALLED),
        (lambda clock: clock.suspend(8 * HOUR_MS), Reason.SUSPENDED),
        (lambda clock: clock.step(HOUR_MS), Reason.CLOCK_STEPPED),
        (lambda clock: clock.step(-HOUR_MS), Reason.CLOCK_STEPPED),
    ],
)
def test_a_stall_a_suspend_and_a_step_are_seen_where_they_were_and_nowhere_else(
    befalls: Callable[[VirtualClock], None], reason: Reason
) -> None:
    bench = Bench()
    bench.run(10, lambda: befalls(bench.clock), 10)
    end_s = bench.clock.monotonic_ns() / SECOND_NS
    assert bench.disturbed(9.5, 10.5) is reason
    assert bench.disturbed(0, 9.9) is None
    assert bench.disturbed(end_s - 9.9, end_s) is None


@pytest.mark.parametrize(("late_ms", "reason"), [(240, None), (310, Reason.STALLED)])
def test_only_a_loop_that_comes_more_than_a_quarter_second_late_stood_still(
    late_ms: int, reason: Reason | None
) -> None:
    bench = Bench()
    bench.run(1, bench.stall(late_ms), 1)
    assert bench.disturbed(0, 3) is reason


@pytest.mark.parametrize("by_ms", [240, -240])
def test_a_small_correction_of_the_wall_clock_is_no_step(by_ms: int) -> None:
    bench = Bench()
    bench.run(1, bench.step(by_ms), 1)
    assert bench.disturbed(0, 2) is None


def test_a_clock_that_is_slewed_is_not_stepped_however_far_it_goes() -> None:
    bench = Bench()
    bench.run(*(step for _ in range(3_000) for step in (0.05, bench.step(1))))
    assert bench.disturbed(0, 200) is None


def test_of_several_disturbances_the_one_that_explains_most_is_told() -> None:
    bench = Bench()
    bench.run(1, bench.step(-5_000), 1, bench.stall(1_000), 1, bench.suspend(60_000), 1)
    assert bench.disturbed(0, 5) is Reason.SUSPENDED
    assert bench.disturbed(0, 2.5) is Reason.STALLED
    assert bench.disturbed(0, 1.5) is Reason.CLOCK_STEPPED


def test_disturbances_older_than_any_attempt_are_forgotten() -> None:
    bench = Bench()
    bench.run(1, bench.stall(1_000), KEPT_NS / SECOND_NS + 1, bench.stall(1_000), 1)
    assert bench.disturbed(0, 3) is None
    assert bench.disturbed(0, 1_000_000) is Reason.STALLED


def test_a_stall_is_seen_by_an_attempt_that_ends_before_the_next_beat() -> None:
    bench = Bench()
    weighed: list[tuple[Outcome, Reason]] = []
    bench.run(1, bench.stall(3_000), lambda: weighed.append(bench.weigh(Reason.RESPONSE_TIMEOUT, lasting_ms=3_100)))
    assert weighed == [(Outcome.UNKNOWN, Reason.STALLED)]


@pytest.mark.parametrize("reason", UNANSWERED)
def test_a_failure_without_an_answer_that_overlaps_a_disturbance_is_unknown(reason: Reason) -> None:
    stalled, suspended, stepped = Bench(), Bench(), Bench()
    stalled.run(1, stalled.stall(3_000), 0.2)
    suspended.run(1, suspended.suspend(3_000), 0.2)
    stepped.run(1, stepped.step(3_000), 0.2)
    assert stalled.weigh(reason) == (Outcome.UNKNOWN, Reason.STALLED)
    assert suspended.weigh(reason) == (Outcome.UNKNOWN, Reason.SUSPENDED)
    assert stepped.weigh(reason) == (Outcome.UNKNOWN, Reason.CLOCK_STEPPED)


@pytest.mark.parametrize("reason", UNANSWERED)
def test_a_failure_that_began_after_the_disturbance_is_down(reason: Reason) -> None:
    bench = Bench()
    bench.run(1, bench.stall(3_000), 2)
    assert bench.is_down(reason, lasting_ms=1_900)


@pytest.mark.parametrize("reason", ANSWERED)
def test_an_answer_stands_under_a_stall_and_a_suspend(reason: Reason) -> None:
    bench = Bench()
    bench.run(1, bench.stall(1_000), 0.1, bench.suspend(60_000), 0.1)
    assert bench.is_down(reason, lasting_ms=1_500)


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.CLOSED, None), (Reason.TLS_HANDSHAKE, None), (Reason.REPLY_MISMATCH, None), (Reason.STATUS, 408)],
)
def test_what_a_target_says_to_a_client_that_keeps_it_waiting_is_no_fault_of_the_targets(
    reason: Reason, status: int | None
) -> None:
    bench = Bench()
    bench.run(1, bench.stall(30_000), 1)
    assert bench.weigh(reason, lasting_ms=30_500, status=status) == (Outcome.UNKNOWN, Reason.STALLED)
    assert bench.weigh(reason, lasting_ms=500, status=status) == (Outcome.DOWN, reason)


@pytest.mark.parametrize("outcome", [Outcome.UP, Outcome.SLOW])
def test_a_success_stands_whatever_befell_the_monitor(outcome: Outcome) -> None:
    bench = Bench()
    bench.run(1, bench.stall(1_000), bench.suspend(60_000), bench.step(-500), 0.1)
    assert bench.weigh(Reason.NONE, lasting_ms=2_000, outcome=outcome) == (outcome, Reason.NONE)


def test_what_is_our_own_fault_already_keeps_its_reason() -> None:
    bench = Bench()
    bench.run(1, bench.stall(1_000), 0.1)
    assert bench.weigh(Reason.LOCAL_LIMIT, outcome=Outcome.UNKNOWN) == (Outcome.UNKNOWN, Reason.LOCAL_LIMIT)


def test_a_lookup_that_failed_under_a_stall_says_nothing_of_the_resolver() -> None:
    bench = Bench()
    bench.run(1, bench.stall(1_000), 0.1)
    assert bench.weigh(Reason.DNS_UNAVAILABLE, outcome=Outcome.UNKNOWN) == (Outcome.UNKNOWN, Reason.STALLED)


@pytest.mark.parametrize("reason", [Reason.TLS_EXPIRED, Reason.TLS_NOT_YET_VALID])
@pytest.mark.parametrize("by_ms", [HOUR_MS, -HOUR_MS])
def test_a_certificates_date_is_not_judged_across_a_step(reason: Reason, by_ms: int) -> None:
    bench = Bench()
    bench.run(1, bench.step(by_ms), 0.5)
    assert bench.weigh(reason) == (Outcome.UNKNOWN, Reason.CLOCK_STEPPED)


@pytest.mark.parametrize(
    ("by_h", "reason", "ended_h_ago", "outcome"),
    [
        (48, Reason.TLS_EXPIRED, 24, Outcome.UNKNOWN),
        (48, Reason.TLS_EXPIRED, 168, Outcome.DOWN),
        (48, Reason.TLS_NOT_YET_VALID, -1, Outcome.DOWN),
        (-48, Reason.TLS_NOT_YET_VALID, -1, Outcome.UNKNOWN),
        (-48, Reason.TLS_EXPIRED, 1, Outcome.DOWN),
    ],
)
def test_a_certificate_whose_date_is_explained_by_a_recent_step_is_in_doubt(
    by_h: int, reason: Reason, ended_h_ago: int, outcome: Outcome
) -> None:
    bench = Bench()
    bench.run(1, bench.step(by_h * HOUR_MS), 600)
    certificate = Certificate("web", bench.clock.wall_ms() - ended_h_ago * HOUR_MS)
    assert bench.weigh(reason, certificate=certificate)[0] is outcome


def test_a_step_that_was_taken_back_explains_no_certificates_date() -> None:
    bench = Bench()
    bench.run(1, bench.step(48 * HOUR_MS), 60, bench.step(-48 * HOUR_MS), 60)
    assert bench.is_down(Reason.TLS_EXPIRED)


def test_a_certificate_that_is_still_out_of_date_an_hour_after_a_step_is_so_by_itself() -> None:
    bench = Bench()
    bench.run(1, bench.step(48 * HOUR_MS), 3_601)
    assert bench.is_down(Reason.TLS_EXPIRED)


def test_while_the_wall_clock_shows_what_it_showed_before_no_failure_is_sure() -> None:
    bench = Bench()
    seen: list[tuple[int, tuple[Outcome, Reason]]] = []
    back_ms = 10 * MINUTE_MS

    def look() -> None:
        bench.weigh(Reason.NONE, outcome=Outcome.UP)
        seen.append((bench.clock.wall_ms(), bench.weigh(Reason.STATUS)))

    steps = [step for _ in range(150) for step in (5, look)]
    bench.run(900, bench.step(-back_ms), *steps)
    doubled_ms = START_MS + 900_000
    assert {weighed for at_ms, weighed in seen if at_ms < doubled_ms} == {(Outcome.UNKNOWN, Reason.CLOCK_STEPPED)}
    assert {weighed for at_ms, weighed in seen if at_ms > doubled_ms + 2_000} == {(Outcome.DOWN, Reason.STATUS)}
    assert bench.weigh(Reason.NONE, outcome=Outcome.UP) == (Outcome.UP, Reason.NONE)


def test_an_hours_excursion_into_the_future_leaves_only_its_own_minutes_in_doubt() -> None:
    bench = Bench()
    between: list[bool] = []
    again: list[bool] = []
    bench.run(
        60,
        bench.step(HOUR_MS),
        60,
        bench.step(-HOUR_MS),
        60,
        lambda: between.append(bench.is_down()),
        3_510,
        lambda: again.append(bench.is_down()),
        60,
    )
    assert (between, again) == ([True], [False])
    assert bench.is_down()


def test_time_that_the_ledger_holds_already_is_in_doubt_from_the_start() -> None:
    bench = Bench(recorded=(Window(START_MS - HOUR_MS, START_MS + MINUTE_MS),))
    early: list[tuple[Outcome, Reason]] = []
    bench.run(30, lambda: early.append(bench.weigh(Reason.CONNECT_REFUSED)), 32)
    assert early == [(Outcome.UNKNOWN, Reason.CLOCK_STEPPED)]
    assert bench.is_down(Reason.CONNECT_REFUSED)


def test_stretches_that_were_recorded_ahead_are_found_and_gaps_between_them_are_not() -> None:
    past, present = observe("uu", start_ms=90_000), observe("uudu", start_ms=100_000)
    excursion = observe("uu", start_ms=100_000) + observe("uu", start_ms=5_000_000)
    timelines = [timeline_of(past), timeline_of(present), timeline_of(excursion), timeline_of([])]
    assert recorded_ahead(timelines, now_ms=100_500) == [Window(100_500, 103_001), Window(5_000_000, 5_001_001)]
    assert recorded_ahead(timelines, now_ms=5_001_001) == []


def test_before_2024_nothing_is_known_and_the_log_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(wall_ms=5_000)
    early: list[tuple[Outcome, Reason]] = []
    bench.run(
        5,
        lambda: early.append(bench.weigh(Reason.NONE, outcome=Outcome.UP)),
        lambda: early.append(bench.weigh(Reason.TLS_NOT_YET_VALID)),
        bench.step(START_MS),
        5,
    )
    assert early == [(Outcome.UNKNOWN, Reason.CLOCK_STEPPED)] * 2
    assert caplog.text.count("never set") == 1
    assert bench.weigh(Reason.NONE, outcome=Outcome.UP) == (Outcome.UP, Reason.NONE)
    assert bench.is_down(Reason.TLS_EXPIRED)
    assert SANE_FROM_MS == 1_704_067_200_000


def test_steps_and_sleeps_are_logged_and_stalls_at_most_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    stalls = [step for _ in range(10) for step in (1, bench.stall(2_000))]
    bench.run(*stalls, 1, bench.suspend(HOUR_MS), 1, bench.step(-HOUR_MS), 1)
    assert caplog.text.count("stood still for 2s") == 1
    assert "the machine slept for 1h" in caplog.text
    assert "the wall clock was set back by 1h" in caplog.text


def test_the_boot_clock_of_this_machine_never_falls_behind_the_monotonic_one() -> None:
    clock = SystemClock()
    before_ns = clock.monotonic_ns()
    ahead_ns = clock.boot_ns() - before_ns
    after_ns = clock.monotonic_ns()
    assert ahead_ns >= 0
    assert clock.boot_ns() - after_ns >= ahead_ns - (after_ns - before_ns)


def test_a_beat_costs_less_than_a_tenth_of_what_it_may() -> None:
    heartbeat = Heartbeat(SystemClock())

    async def main() -> float:
        begin = time.process_time()
        for _ in range(2_000):
            await asyncio.sleep(0)
            heartbeat.beat()
        return time.process_time() - begin

    # Twenty a second within half a per cent of a core leave 250 us each, of which this loop may take a tenth.
    assert asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main()) / 2_000 < 25e-6
