"""Failures are doubted: was it the target, or our own network?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.watch import Watch
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Evidence, Outcome, Reason

TARGET, ELSEWHERE, CANARY = "93.184.216.34", "151.101.1.69", "9.9.9.9"


def endpoint(name: str) -> Endpoint:
    return Endpoint(name=name, slug=name, check=TcpCheck(host=name, port=443), interval_ms=1_000, timeout_ms=3_000)


def up(address: str, *, duration_ms: int = 20) -> Attempt:
    return Attempt(0, duration_ms * 1_000, Outcome.UP, Reason.NONE, address=address)


def failed(
    reason: Reason = Reason.CONNECT_TIMEOUT, *, address: str = TARGET, tried: str = "", duration_ms: int = 3_000
) -> Attempt:
    evidence = Evidence(address=tried) if tried else None
    return Attempt(0, duration_ms * 1_000, Outcome.DOWN, reason, address=address, evidence=evidence)


def unresolved(reason: Reason, *, redirects: int = 0, duration_ms: int = 100) -> Attempt:
    outcome = Outcome.DOWN if reason is Reason.DNS_NOT_FOUND else Outcome.UNKNOWN
    return Attempt(0, duration_ms * 1_000, outcome, reason, redirects=redirects)


class Bench:
    """A watch by virtual time whose canaries answer as the test says: after so many seconds, or not at all (None)."""

    def __init__(self, canaries: Mapping[str, float | None], *, opinions: Mapping[str, Reason | None] = {}) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=0)
        self.canaries = dict(canaries)
        self.sent: list[str] = []
        self.opinions = opinions
        self.asked: list[str] = []
        self.watch = Watch(
            [endpoint(name) for name in canaries],
            clock=self.clock,
            probe=self._probe,
            second_opinion=self._second_opinion if opinions else None,
        )

    async def _second_opinion(self, name: str) -> Reason | None:
        self.asked.append(name)
        return self.opinions.get(name)

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


def test_a_success_in_the_earlier_half_of_the_failure_is_no_proof() -> None:
    # Our network may have gone between the two: both began while it was there.
    bench = Bench({"a": None})
    assert bench.weigh(("other", up(ELSEWHERE)), ("web", failed(duration_ms=2_900)))[1] == OURS
    bench = Bench({"a": None})

    async def main() -> Attempt:
        asyncio.get_running_loop().create_task(later())
        await asyncio.sleep(3)
        return await bench.watch.weigh(endpoint("web"), failed())

    async def later() -> None:
        await asyncio.sleep(1.6)
        await bench.watch.weigh(endpoint("other"), up(ELSEWHERE))

    assert run_virtually(bench.loop, main()).outcome is Outcome.DOWN


def test_a_success_on_the_network_that_was_tried_in_vain_is_no_proof() -> None:
    neighbour = TARGET.rsplit(".", 1)[0] + ".99"
    attempt = failed(address="", tried=TARGET, duration_ms=0)
    assert Bench({"a": None}).weigh(("other", up(neighbour)), ("web", attempt))[1] == OURS
    assert Bench({"a": None}).weigh(("other", up(ELSEWHERE)), ("web", attempt))[1] == DOWN


def test_loopback_needs_no_proof_even_where_no_connection_came_about() -> None:
    assert Bench({"a": None}).weigh(("web", failed(address="", tried="127.0.0.1"))) == [DOWN]


def networks(count: int) -> dict[str, str]:
    """So many endpoints, each on a network of its own."""
    return {f"e{number}": f"93.{number}.216.34" for number in range(count)}


class Crowded(Bench):
    """A watch that has seen all of its endpoints up."""

    def __init__(self, count: int, canaries: Mapping[str, float | None]) -> None:
        super().__init__(canaries)
        self.addresses = networks(count)

    def fail(self, names: Sequence[str], *, others_succeed: bool = True) -> dict[str, tuple[Outcome, Reason]]:
        """Let endpoints fail one after the other within a fraction of the interval, while the others succeed."""

        async def one(name: str, after_s: float) -> tuple[str, tuple[Outcome, Reason]]:
            await asyncio.sleep(after_s)
            attempt = failed(address="", tried=self.addresses[name], duration_ms=500)
            weighed = await self.watch.weigh(endpoint(name), attempt)
            return name, (weighed.outcome, weighed.reason)

        async def others() -> None:
            while others_succeed:
                for name in self.addresses.keys() - set(names):
                    await self.watch.weigh(endpoint(name), up(self.addresses[name]))
                await asyncio.sleep(0.05)

        async def main() -> dict[str, tuple[Outcome, Reason]]:
            for name, address in self.addresses.items():
                await self.watch.weigh(endpoint(name), up(address))
            await asyncio.sleep(10)
            task = asyncio.create_task(others())
            weighed = await asyncio.gather(*(one(name, index / 100) for index, name in enumerate(names)))
            task.cancel()
            await self.watch.close()
            return dict(weighed)

        return run_virtually(self.loop, main())


def test_where_half_of_the_networks_fail_the_successes_of_the_others_prove_nothing() -> None:
    bench = Crowded(8, {"a": None})
    weighed = bench.fail(["e0", "e1", "e2", "e3"])
    # The first three are not yet half, and have the word of five others.
    assert [weighed[name] for name in ("e0", "e1", "e2")] == [DOWN] * 3
    assert weighed["e3"] == OURS


def test_less_than_half_are_judged_one_by_one() -> None:
    assert set(Crowded(9, {"a": None}).fail(["e0", "e1", "e2", "e3"]).values()) == {DOWN}


def test_four_networks_are_no_crowd() -> None:
    assert set(Crowded(4, {"a": None}).fail(["e0", "e1"]).values()) == {DOWN}


def test_a_crowd_that_fails_is_down_as_soon_as_a_canary_answers() -> None:
    bench = Crowded(6, {"a": 0.5, "b": None})
    assert set(bench.fail(list(bench.addresses)).values()) == {DOWN}
    assert bench.loop.now_ns < 10 * 10**9 + 600_000_000


def test_a_crowd_that_fails_while_canaries_do_is_unknown() -> None:
    bench = Crowded(6, {"a": None})
    assert set(bench.fail(list(bench.addresses)).values()) == {OURS}


def test_failures_are_held_for_a_minute_at_most() -> None:
    bench = Crowded(6, {"slow": 500})
    assert set(bench.fail(list(bench.addresses)).values()) == {OURS}
    assert bench.loop.now_ns < 71 * 10**9


def test_a_crowd_fails_only_while_its_failures_are_younger_than_an_interval() -> None:
    bench = Crowded(6, {"a": None})

    async def main() -> list[Reason]:
        for name, address in bench.addresses.items():
            await bench.watch.weigh(endpoint(name), up(address))
        for name in ("e0", "e1"):
            await bench.watch.weigh(endpoint(name), failed(address="", tried=bench.addresses[name], duration_ms=0))
        await asyncio.sleep(2)
        weighed = []
        for name in ("e2", "e3"):
            await bench.watch.weigh(endpoint("e5"), up(bench.addresses["e5"]))
            attempt = failed(address="", tried=bench.addresses[name], duration_ms=0)
            weighed.append((await bench.watch.weigh(endpoint(name), attempt)).reason)
        await bench.watch.close()
        return weighed

    assert run_virtually(bench.loop, main()) == [Reason.CONNECT_TIMEOUT] * 2


def test_without_canaries_nothing_is_held() -> None:
    bench = Crowded(6, {})
    assert set(bench.fail(list(bench.addresses)).values()) == {DOWN}


MISSING = (Outcome.DOWN, Reason.DNS_NOT_FOUND)
DOUBTED = (Outcome.UNKNOWN, Reason.DNS_NOT_FOUND)
FAILING = (Outcome.DOWN, Reason.DNS_UNAVAILABLE)
SILENT = (Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE)


@pytest.mark.parametrize(
    ("opinion", "weighed"),
    [
        (Reason.DNS_UNAVAILABLE, FAILING),
        (Reason.NONE, SILENT),
        # A resolver outside knows nothing of names inside.
        (Reason.DNS_NOT_FOUND, SILENT),
        (None, SILENT),
    ],
)
def test_a_resolver_that_fails_is_believed_where_it_answers_a_canary_and_a_second_fails_as_well(
    opinion: Reason | None, weighed: tuple[Outcome, Reason]
) -> None:
    bench = Bench({"a": 0.1}, opinions={"web": opinion})
    assert bench.weigh(("web", unresolved(Reason.DNS_UNAVAILABLE))) == [weighed]


def test_a_resolver_that_fails_canaries_too_is_not_believed_and_nobody_else_is_asked() -> None:
    bench = Bench({"a": None, "b": None}, opinions={"web": Reason.DNS_UNAVAILABLE})
    assert bench.weigh(("web", unresolved(Reason.DNS_UNAVAILABLE))) == [SILENT]
    assert (bench.sent, bench.asked) == (["a", "b"], [])


def test_a_canary_that_is_an_address_says_nothing_of_the_resolver() -> None:
    bench = Bench({CANARY: 0.1}, opinions={"web": Reason.DNS_UNAVAILABLE})
    assert bench.weigh(("web", unresolved(Reason.DNS_UNAVAILABLE))) == [SILENT]


@pytest.mark.parametrize(
    ("opinion", "weighed"),
    [
        (Reason.DNS_NOT_FOUND, MISSING),
        (Reason.NONE, DOUBTED),
        (Reason.DNS_UNAVAILABLE, DOUBTED),
        (None, DOUBTED),
    ],
)
def test_a_name_that_is_not_found_is_down_where_a_second_resolver_agrees(
    opinion: Reason | None, weighed: tuple[Outcome, Reason]
) -> None:
    assert Bench({"a": 0.1}, opinions={"web": opinion}).weigh(("web", unresolved(Reason.DNS_NOT_FOUND))) == [weighed]
    assert Bench({}, opinions={"web": opinion}).weigh(("web", unresolved(Reason.DNS_NOT_FOUND))) == [weighed]


def test_without_second_resolvers_lookups_are_as_the_attempt_found_them() -> None:
    assert Bench({"a": 0.1}).weigh(("web", unresolved(Reason.DNS_NOT_FOUND))) == [MISSING]
    assert Bench({"a": 0.1}).weigh(("web", unresolved(Reason.DNS_UNAVAILABLE))) == [SILENT]


def test_of_a_name_that_a_redirect_leads_to_nobody_else_is_asked() -> None:
    bench = Bench({"a": 0.1}, opinions={"web": Reason.NONE})
    assert bench.weigh(("web", unresolved(Reason.DNS_NOT_FOUND, redirects=1))) == [MISSING]
    assert bench.asked == []


def test_a_success_stands() -> None:
    assert Bench({"a": None}).weigh(("web", up(TARGET))) == [(Outcome.UP, Reason.NONE)]
