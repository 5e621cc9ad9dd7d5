"""What is asked as before goes on as if nothing had happened; the rest begins anew, or ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.daemon.test_scheduler import START_MS, Bench, endpoint, rechecks
from tests.virtual_time import run_virtually
from uptally.daemon.scheduler import FIRST_LOOK_MS
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Kind, Observation, Outcome, Reason
from uptally.model.terms import Terms
from uptally.rules.schedule import phase_ms

WEB = endpoint("web")
OTHER = replace(endpoint("other"), check=TcpCheck(host="elsewhere", port=1))


class Noting(Bench):
    """A bench that remembers how it was asked."""

    asked: list[Endpoint]

    async def probe(self, endpoint: Endpoint) -> Attempt:
        self.asked.append(endpoint)
        return await super().probe(endpoint)


def run(bench: Bench, seconds: float, *changes: tuple[float, Sequence[Endpoint]]) -> None:
    """Run a bench, and change its endpoints at instants counted from the start."""

    async def main() -> None:
        task = asyncio.create_task(bench.scheduler.run())
        for at_s, endpoints in changes:
            await asyncio.sleep(at_s - bench.loop.time())
            await bench.scheduler.change(endpoints)
        await asyncio.sleep(seconds - bench.loop.time())
        task.cancel()
        await bench.scheduler.stop()

    run_virtually(bench.loop, main())


def of(bench: Bench, slug: str) -> list[Observation]:
    return sorted((each for each in bench.observations if each.endpoint == slug), key=lambda each: each.sequence)


def test_what_is_asked_as_before_keeps_an_unbroken_grid_across_ten_reloads() -> None:
    bench = Bench(WEB, OTHER)
    others = ([WEB, replace(OTHER, interval_ms=1_000 + 10 * number)] for number in range(10))
    run(bench, 60, *((5.0 + 4.137 * number, endpoints) for number, endpoints in enumerate(others)))
    begins = [at_ms for slug, at_ms in bench.begins if slug == "web"]
    assert begins == list(range(START_MS + phase_ms("web", 1_000), START_MS + 60_000, 1_000))
    assert [each.sequence for each in of(bench, "web")] == list(range(1, 61))
    assert {each.outcome for each in of(bench, "web")} == {Outcome.UP}


def test_a_reload_at_the_very_instant_of_a_slot_costs_no_slot() -> None:
    bench = Bench(WEB)
    at_s = phase_ms("web", 1_000) / 1_000
    run(bench, 10, *((number + at_s, [WEB, OTHER][: 1 + number % 2]) for number in range(1, 9)))
    assert len([slug for slug, _ in bench.begins if slug == "web"]) == 10


def test_a_step_of_the_wall_clock_between_reloads_moves_no_grid() -> None:
    bench = Bench(WEB)

    def step() -> None:
        bench.clock.wall_zero_ms += 3_600_400

    bench.loop.call_later(3.3, step)
    run(bench, 10, (5.0, [WEB, OTHER]))
    assert len([slug for slug, _ in bench.begins if slug == "web"]) == 10


def test_what_is_shown_and_promised_may_change_without_a_new_beginning() -> None:
    bench = Bench(WEB, answer_s=1.5)
    promised = replace(
        WEB, name="Web shop", group="Shop", is_public=False, terms=Terms.bare("99.9%", Fraction(999, 1_000))
    )
    run(bench, 10, (5.25, [promised]))
    assert [each.sequence for each in of(bench, "web")] == list(range(1, 11))
    assert Reason.CANCELLED not in {each.reason for each in of(bench, "web")[:8]}


def test_an_attempt_in_flight_is_weighed_as_what_its_endpoint_now_is() -> None:
    bench = Bench(WEB, answer_s=1.5)
    groups: list[str] = []

    async def note(endpoint: Endpoint, attempt: Attempt) -> Attempt:
        groups.append(endpoint.group)
        return attempt

    bench.weigh = note
    run(bench, 6, (3.0, [replace(WEB, group="Shop")]))
    ended_before, ended = (
        sum(at_ms + 1_500 < START_MS + end_ms for _, at_ms in bench.begins) for end_ms in (3_000, 6_000)
    )
    assert 0 < ended_before < ended
    assert groups == [""] * ended_before + ["Shop"] * (ended - ended_before)


def test_attempts_in_flight_of_what_is_asked_as_before_go_on() -> None:
    bench = Bench(WEB, answer_s=4)
    run(bench, 20, (5.0, [WEB, OTHER]), (6.0, [WEB]))
    assert [each.outcome for each in of(bench, "web")][:15] == [Outcome.UP] * 15


def test_a_suspect_that_is_asked_as_before_stays_one() -> None:
    before, after = Bench(endpoint("web", interval_ms=10_000)), Bench(endpoint("web", interval_ms=10_000))
    for bench, changes in ((before, ()), (after, ((15.25, [endpoint("web", interval_ms=10_000), OTHER]),))):
        bench.outcome = Outcome.DOWN
        run(bench, 40, *changes)
    assert rechecks(before) == [each.at_ms for each in of(after, "web") if each.kind is Kind.RECHECK]


def test_a_changed_interval_takes_its_own_grid_at_once() -> None:
    bench = Bench(WEB)
    run(bench, 40, (10.0, [replace(WEB, interval_ms=3_000)]))
    later = [each for each in of(bench, "web") if each.at_ms >= START_MS + 10_000 and each.kind is Kind.GRID]
    assert {each.at_ms % 3_000 for each in later} == {phase_ms("web", 3_000)}
    assert {each.interval_ms for each in later} == {3_000}
    assert len(later) == 10


def test_a_longer_interval_leaves_no_gap_before_its_first_slot() -> None:
    bench = Bench(WEB)
    run(bench, 100, (10.0, [replace(WEB, interval_ms=60_000)]))
    found = of(bench, "web")
    bridge = next(each for each in found if each.at_ms >= START_MS + 10_000)
    assert bridge.at_ms == found[9].at_ms + 1_000
    assert (bridge.kind, bridge.interval_ms) == (Kind.RECHECK, 60_000)
    assert found[11].at_ms - bridge.at_ms <= 60_000
    assert found[11].kind is Kind.GRID


def test_a_change_of_what_is_rarely_asked_is_looked_at_soon() -> None:
    bench = Bench(endpoint("rare", interval_ms=3_600_000))
    run(bench, 100, (60.0, [endpoint("rare", interval_ms=7_200_000)]))
    [_, look] = of(bench, "rare")
    assert START_MS + 60_000 <= look.at_ms <= START_MS + 60_000 + FIRST_LOOK_MS


def test_a_changed_endpoint_counts_on_within_the_boot_and_is_asked_in_the_new_way() -> None:
    bench = Noting(WEB, OTHER)
    bench.asked = []
    moved = replace(WEB, check=TcpCheck(host="host", port=2))
    run(bench, 12, (4.0, [moved]), (6.0, [moved, OTHER]), (8.0, [OTHER]), (10.0, [WEB, OTHER]))
    ports = [each.check.port for each in bench.asked if each.slug == "web"]
    assert ports == [1] * 4 + [2] * 4 + [1] * 2
    for slug in ("web", "other"):
        assert [each.sequence for each in of(bench, slug)] == list(range(1, 11))


def test_a_changed_endpoint_is_no_suspect_any_more() -> None:
    bench = Bench(endpoint("web", interval_ms=10_000))
    bench.outcome = Outcome.DOWN

    def mend() -> None:
        bench.outcome = Outcome.UP

    bench.loop.call_later(14.9, mend)
    run(bench, 60, (15.0, [endpoint("web", interval_ms=20_000)]))
    assert any(at_ms < START_MS + 15_000 for at_ms in rechecks(bench))
    later = [each for each in of(bench, "web") if each.at_ms >= START_MS + 15_000]
    assert sum(each.kind is Kind.RECHECK for each in later) <= 1


@pytest.mark.parametrize("left", [[OTHER], [replace(WEB, timeout_ms=1_234), OTHER]])
def test_attempts_in_flight_of_what_changed_or_went_are_recorded_as_cancelled(left: list[Endpoint]) -> None:
    bench = Bench(WEB, OTHER, answer_s=30)
    run(bench, 3.9, (3.0, left))
    begun = [at_ms for slug, at_ms in bench.begins if slug == "web" and at_ms < START_MS + 3_000]
    ended = [each for each in of(bench, "web") if each.at_ms < START_MS + 3_000]
    assert [each.at_ms for each in ended] == begun
    assert {(each.outcome, each.reason, each.timeout_ms) for each in ended} == {
        (Outcome.UNKNOWN, Reason.CANCELLED, WEB.timeout_ms)
    }


def test_when_a_change_returns_what_it_cancelled_is_on_record() -> None:
    bench = Bench(WEB, OTHER, answer_s=30)
    seen: list[int] = []

    async def main() -> None:
        task = asyncio.create_task(bench.scheduler.run())
        await asyncio.sleep(3)
        await bench.scheduler.change([OTHER])
        seen.append(len(of(bench, "web")))
        seen.append(bench.scheduler.in_flight)
        task.cancel()
        await bench.scheduler.stop()

    run_virtually(bench.loop, main())
    assert seen == [3, 3]


def test_a_shutdown_in_the_midst_of_a_change_leaves_nothing_in_flight_unrecorded() -> None:
    bench = Bench(WEB, answer_s=30)

    async def main() -> None:
        task = asyncio.create_task(bench.scheduler.run())
        await asyncio.sleep(3)
        change = asyncio.create_task(bench.scheduler.change([OTHER]))
        await asyncio.sleep(0)
        change.cancel()
        task.cancel()
        await bench.scheduler.stop()

    run_virtually(bench.loop, main())
    assert [each.reason for each in of(bench, "web")] == [Reason.CANCELLED] * 3


def test_what_went_is_asked_no_more_not_even_as_a_suspect() -> None:
    bench = Bench(WEB, OTHER)
    bench.outcome = Outcome.DOWN
    run(bench, 30, (10.0, [OTHER]))
    assert max(at_ms for slug, at_ms in bench.begins if slug == "web") < START_MS + 10_000
    assert len([slug for slug, _ in bench.begins if slug == "other"]) > 30


def test_what_is_new_is_looked_at_soon_and_then_on_its_grid() -> None:
    bench = Bench(WEB)
    rare = endpoint("rare", interval_ms=3_600_000)
    run(bench, 3_700, (20.0, [WEB, rare]))
    first = of(bench, "rare")[0]
    assert START_MS + 20_000 <= first.at_ms <= START_MS + 20_000 + FIRST_LOOK_MS
    grid = [each.at_ms for each in of(bench, "rare") if each.kind is Kind.GRID]
    assert {(at_ms - phase_ms("rare", 3_600_000)) % 3_600_000 for at_ms in grid} == {0}


def test_a_first_look_that_is_still_to_come_survives_a_change_and_comes_once() -> None:
    rare = endpoint("rare", interval_ms=3_600_000)
    alone, changed = Bench(rare), Bench(rare)
    run(alone, 30)
    run(changed, 30, *((0.5 * number, [rare, OTHER][: 1 + number % 2]) for number in range(1, 40)))
    assert [each.at_ms for each in of(changed, "rare")] == [each.at_ms for each in of(alone, "rare")]
    assert len(of(alone, "rare")) == 1


def test_what_is_due_sooner_than_all_before_is_not_slept_through() -> None:
    bench = Bench(endpoint("rare", interval_ms=3_600_000))
    run(bench, 60, (30.0, [endpoint("rare", interval_ms=3_600_000), WEB]))
    assert len([slug for slug, _ in bench.begins if slug == "web"]) == 30


def test_without_endpoints_it_waits_for_some() -> None:
    bench = Bench(WEB)
    run(bench, 30, (10.0, []), (20.0, [WEB]))
    begun = Counter((at_ms - START_MS) // 10_000 for _, at_ms in bench.begins)
    assert begun == {0: 10, 2: 10}


def test_ten_reloads_of_very_many_endpoints_make_no_burst() -> None:
    many = [endpoint(f"e{number}", interval_ms=10_000) for number in range(1_000)]
    bench = Bench(*many)
    run(bench, 49.999, *((3.0 * number, many[number % 3 :]) for number in range(1, 11)))
    begun = Counter(slug for slug, _ in bench.begins)
    assert {begun[each.slug] for each in many[3:]} == {5}
    for begins in (sorted(at_ms for slug, at_ms in bench.begins if slug == each.slug) for each in many[3:50]):
        assert {later - earlier for earlier, later in pairwise(begins)} == {10_000}
