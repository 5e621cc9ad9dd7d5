"""Ceilings: kept in any second, fair, and cheap where they are not reached."""

import asyncio
import time

import pytest

from uptally.probe import Limits, limits

PERIOD_S = 0.2


@pytest.fixture(autouse=True)
def short_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ceilings per fifth of a second, so that the tests wait less."""
    monkeypatch.setattr(limits, "PERIOD_S", PERIOD_S)


async def admitted(ceilings: Limits, hosts: list[str]) -> list[tuple[str, float]]:
    """Ask for all at once; return who was admitted when, in order."""
    order: list[tuple[str, float]] = []

    async def one(host: str) -> None:
        await ceilings.admit(host)
        order.append((host, time.monotonic()))

    await asyncio.gather(*(one(host) for host in hosts))
    return order


async def test_below_the_ceilings_nobody_waits() -> None:
    ceilings = Limits(per_second=100, per_second_per_host=50)
    order = await admitted(ceilings, ["a"] * 50 + ["b"] * 50)
    assert order[-1][1] - order[0][1] < PERIOD_S


async def test_a_host_gets_no_more_than_its_share_in_any_second() -> None:
    order = await admitted(Limits(per_second=1_000, per_second_per_host=5), ["a"] * 11)
    times = [at_s for _, at_s in order]
    assert all(later - earlier >= PERIOD_S * 0.99 for earlier, later in zip(times, times[5:], strict=False))


async def test_over_all_hosts_the_whole_is_kept() -> None:
    order = await admitted(Limits(per_second=5, per_second_per_host=5), [f"host{n}" for n in range(11)])
    times = [at_s for _, at_s in order]
    assert all(later - earlier >= PERIOD_S * 0.99 for earlier, later in zip(times, times[5:], strict=False))


async def test_a_busy_host_delays_no_other() -> None:
    order = await admitted(Limits(per_second=1_000, per_second_per_host=2), ["busy"] * 5 + ["idle"])
    times = dict(order)
    assert times["idle"] - order[0][1] < PERIOD_S
    assert times["busy"] - order[0][1] > PERIOD_S * 1.5


async def test_who_came_first_is_admitted_first() -> None:
    ceilings = Limits(per_second=3, per_second_per_host=1_000)
    hosts = [f"host{n}" for n in range(9)]
    assert [host for host, _ in await admitted(ceilings, hosts)] == hosts


async def test_one_who_gives_up_takes_nobodys_place() -> None:
    ceilings = Limits(per_second=1_000, per_second_per_host=1)
    await ceilings.admit("a")
    impatient = asyncio.create_task(ceilings.admit("a"))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    await asyncio.wait_for(ceilings.admit("a"), 5)


async def test_hosts_that_are_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PERIOD_S", 0.0)
    ceilings = Limits(per_second=100_000, per_second_per_host=100)
    for n in range(1_000):
        await ceilings.admit(f"host{n}")
    assert len(ceilings._hosts) < 10


async def test_other_ceilings_hold_from_the_next_attempt_on() -> None:
    ceilings = Limits(per_second=1_000, per_second_per_host=1)
    await admitted(ceilings, ["a"])
    ceilings.change(per_second=1_000, per_second_per_host=10)
    order = await admitted(ceilings, ["a"] * 10)
    assert order[-1][1] - order[0][1] < PERIOD_S / 2


async def test_the_same_ceilings_once_more_admit_nobody_sooner() -> None:
    ceilings = Limits(per_second=1_000, per_second_per_host=5)
    order = await admitted(ceilings, ["a"] * 5)
    ceilings.change(per_second=1_000, per_second_per_host=5)
    order += await admitted(ceilings, ["a"])
    assert order[5][1] - order[0][1] >= PERIOD_S * 0.99


def test_below_the_ceilings_attempts_are_admitted_at_once_and_at_a_ceiling_none_is() -> None:
    ceilings = Limits(per_second=3, per_second_per_host=2)
    assert [ceilings.admit_now(host) for host in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]


def test_one_that_the_whole_does_not_admit_counts_not_against_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    ceilings = Limits(per_second=1, per_second_per_host=1)
    assert ceilings.admit_now("a")
    now_s += PERIOD_S / 2
    assert not ceilings.admit_now("b")
    now_s += PERIOD_S * 0.51
    assert ceilings.admit_now("b")


def test_a_second_after_the_oldest_there_is_room_for_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    ceilings = Limits(per_second=1_000, per_second_per_host=2)
    admitted = []
    for _ in range(20):
        now_s += PERIOD_S / 4
        admitted.append(ceilings.admit_now("a"))
    # Two, then none until more than a period has passed since the first of them.
    assert admitted[:6] == [True, True, False, False, False, True]
    assert sum(admitted) == 8


@pytest.mark.parametrize("next_host", ["a", "b"])
async def test_nobody_is_admitted_at_once_while_others_wait(next_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ceilings = Limits(per_second=1, per_second_per_host=1)
    assert ceilings.admit_now("a")
    waiting = asyncio.create_task(ceilings.admit(next_host))
    await asyncio.sleep(0)
    later_s = time.monotonic() + 2 * PERIOD_S
    with monkeypatch.context() as patch:
        # There is room by now, but it belongs to whoever waits.
        patch.setattr(time, "monotonic", lambda: later_s)
        assert not ceilings.admit_now(next_host)
    await asyncio.wait_for(waiting, 5)
