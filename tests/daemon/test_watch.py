"""Failures are doubted: was it the target, or our own network?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.watch import Watch
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Outcome, Reason

TARGET, ELSEWHERE, CANARY = "93.184.216.34", "151.101.1.69", "9.9.9.9"


def endpoint(name: str) -> Endpoint:
    return Endpoint(name=name, slug=name, check=TcpCheck(host=name, port=443), interval_ms=1_000, timeout_ms=3_000)


def up(address: str, *, duration_ms: int = 20) -> Attempt:
    return Attempt(0, duration_ms * 1_000, Outcome.UP, Reason.NONE, address=address)


def failed(reason: Reason = Reason.CONNECT_TIMEOUT, *, address: str = TARGET, duration_ms: int = 3_000) -> Attempt:
    return Attempt(0, duration_ms * 1_000, Outcome.DOWN, reason, address=address)


class Bench:
    """A watch by virtual time whose canaries answer as the test says: after so many seconds, or not at all (None)."""

    def __init__(self, canaries: Mapping[str, float | None]) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=0)
        self.canaries = dict(canaries)
        self.sent: list[str] = []
        self.watch = Watch([endpoint(name) for name in canaries], clock=self.clock, probe=self._probe)

    async def _probe(self, canary: Endpoint) -> Attempt:
        self.sent.append(canary.slug)
        after_s = self.canaries[canary.slug]
        await asyncio.sleep(3 if after_s is None else after_s)
        return up(CANARY) if after_s is not None else failed(address="")

    def weigh(self, *attempts: tuple[str, Attempt]) -> list[tuple[Outcome, Reason]]:
        """Weigh attempts that end one after the other, and return what the last came to."""

        async def main() -> list[tuple[Outcome, Reason]]:
            weighed = []
            for name, attempt in attempts:
                await asyncio.sleep(attempt.duration_us / 1e6)
                result = await self.watch.weigh(endpoint(name), attempt)
                weighed.append((result.outcome, result.reason))
            await self.watch.close()
            return weighed

        return run_virtually(self.loop, main())


DOWN = (Outcome.DOWN, Reason.CONNECT_TIMEOUT)
OURS = (Outcome.UNKNOWN, Reason.OWN_NETWORK)


def test_a_failure_is_down_when_a_canary_succeeds() -> None:
    assert Bench({"a": None, "b": 0.1}).weigh(("web", failed())) == [DOWN]


def test_a_failure_is_unknown_when_no_canary_succeeds() -> None:
    assert Bench({"a": None, "b": None}).weigh(("web", failed())) == [OURS]


def test_one_failing_canary_proves_nothing() -> None:
    assert Bench({"a": 0.2, "b": None}).weigh(("web", failed())) == [DOWN]


def test_without_canaries_failures_are_down() -> None:
    assert Bench({}).weigh(("web", failed())) == [DOWN]


def test_the_first_canary_that_succeeds_is_not_kept_waiting_for_the_others() -> None:
    bench = Bench({"a": None, "b": 0.1})
    bench.weigh(("web", failed(duration_ms=1_000)))
    assert bench.loop.now_ns < 1_200_000_000


@pytest.mark.parametrize("reason", [Reason.CONNECT_REFUSED, Reason.STATUS, Reason.TLS_EXPIRED, Reason.MALFORMED])
def test_an_answer_even_a_wrong_one_proves_the_network(reason: Reason) -> None:
    bench = Bench({"a": None})
    assert bench.weigh(("web", failed(reason))) == [(Outcome.DOWN, reason)]
    assert bench.sent == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_needs_no_proof(address: str) -> None:
    assert Bench({"a": None}).weigh(("web", failed(address=address))) == [DOWN]


def test_a_success_on_another_network_meanwhile_is_proof_without_a_canary() -> None:
    bench = Bench({"a": None})
    assert bench.weigh(("other", up(ELSEWHERE)), ("web", failed(duration_ms=0)))[1] == DOWN
    assert bench.sent == []


def test_a_success_before_the_failure_began_is_no_proof() -> None:
    earlier, meanwhile = ("other", up(ELSEWHERE)), ("lan", up("10.0.0.7", duration_ms=500))
    assert Bench({"a": None}).weigh(earlier, meanwhile, ("web", failed(duration_ms=1_000)))[2] == OURS


def test_a_success_on_the_same_network_is_no_proof() -> None:
    neighbour = TARGET.rsplit(".", 1)[0] + ".99"
    assert Bench({"a": None}).weigh(("other", up(neighbour)), ("web", failed(duration_ms=0)))[1] == OURS


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "fe80::1"])
def test_a_success_on_a_private_address_says_nothing_of_the_way_out(address: str) -> None:
    assert Bench({"a": None}).weigh(("lan", up(address)), ("web", failed(duration_ms=0)))[1] == OURS


def test_failures_that_overlap_share_one_round_of_canaries() -> None:
    bench = Bench({"a": None, "b": None})

    async def main() -> list[Attempt]:
        weighed = await asyncio.gather(*(bench.watch.weigh(endpoint(f"e{n}"), failed()) for n in range(20)))
        await bench.watch.close()
        return weighed

    assert {each.reason for each in run_virtually(bench.loop, main())} == {Reason.OWN_NETWORK}
    assert sorted(bench.sent) == ["a", "b"]


def test_a_canary_that_fails_on_its_own_schedule_sends_out_no_others() -> None:
    bench = Bench({"a": None})
    assert bench.weigh(("a", failed(address=CANARY))) == [OURS]
    assert bench.sent == []


def test_what_is_unknown_already_stays_as_it_is() -> None:
    attempt = Attempt(0, 0, Outcome.UNKNOWN, Reason.LOCAL_LIMIT)
    assert Bench({"a": 0.1}).weigh(("web", attempt)) == [(Outcome.UNKNOWN, Reason.LOCAL_LIMIT)]


def test_a_success_stands() -> None:
    assert Bench({"a": None}).weigh(("web", up(TARGET))) == [(Outcome.UP, Reason.NONE)]
