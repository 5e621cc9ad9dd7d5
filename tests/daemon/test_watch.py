"""Failures are doubted: was it the target, or our own network?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tests.flights import told
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.watch import Watch
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Evidence, Outcome, Phases, Reason

TARGET, ELSEWHERE, CANARY = "93.184.216.34", "151.101.1.69", "9.9.9.9"


def endpoint(name: str) -> Endpoint:
    return Endpoint(name=name, slug=name, check=TcpCheck(host=name, port=443), interval_ms=10_000, timeout_ms=3_000)


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
        self.connect_us = 10_000
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
        if after_s is None:
            return failed(address="")
        answer = up(CANARY, duration_ms=round(after_s * 1_000))
        return answer._replace(phases=Phases(connect_us=self.connect_us))

    def run(self, *attempts: tuple[str, Attempt]) -> list[tuple[Outcome, Reason]]:
        """Weigh attempts that end one after the other, whatever the ones before still wait for."""

        async def main() -> list[tuple[Outcome, Reason]]:
            weighing = []
            for name, attempt in attempts:
                await asyncio.sleep(attempt.duration_us / 1e6)
                weighing.append(asyncio.create_task(told(self.watch.weigh(endpoint(name), attempt))))
            await asyncio.sleep(1)
            await told(self.watch.weigh(endpoint(attempts[-1][0]), failed(Reason.STATUS, duration_ms=100)))
            weighed = await asyncio.gather(*weighing)
            await self.watch.close()
            return [(each.outcome, each.reason) for each in weighed]

        return run_virtually(self.loop, main())

    def meanwhile(
        self, success: Attempt, failure: Attempt | None = None, *, after_s: float
    ) -> list[tuple[Outcome, Reason]]:
        """Weigh a failure of three seconds, during which another attempt begins so long after it and succeeds."""

        async def succeed() -> None:
            await asyncio.sleep(after_s + success.duration_us / 1e6)
            await told(self.watch.weigh(endpoint("other"), success))

        async def main() -> list[tuple[Outcome, Reason]]:
            other = asyncio.create_task(succeed())
            await asyncio.sleep(3)
            result = await told(self.watch.weigh(endpoint("web"), failure or failed()))
            await other
            await self.watch.close()
            return [(result.outcome, result.reason)]

        return run_virtually(self.loop, main())

    def weigh(self, *attempts: tuple[str, Attempt]) -> list[tuple[Outcome, Reason]]:
        """Weigh attempts that end one after the other, and return what the last came to."""

        async def main() -> list[tuple[Outcome, Reason]]:
            weighed = []
            for name, attempt in attempts:
                await asyncio.sleep(attempt.duration_us / 1e6)
                result = await told(self.watch.weigh(endpoint(name), attempt))
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
    assert bench.meanwhile(up(ELSEWHERE), after_s=2)[0] == DOWN
    assert bench.sent == []


def test_a_success_before_the_failure_began_is_no_proof() -> None:
    earlier, meanwhile = ("other", up(ELSEWHERE)), ("lan", up("10.0.0.7", duration_ms=500))
    assert Bench({"a": None}).weigh(earlier, meanwhile, ("web", failed(duration_ms=1_000)))[2] == OURS


@pytest.mark.parametrize(("after_s", "weighed"), [(1.4, OURS), (1.6, DOWN)])
def test_a_success_that_began_in_the_earlier_half_is_no_proof_since_our_network_may_have_gone_after_it(
    after_s: float, weighed: tuple[Outcome, Reason]
) -> None:
    assert Bench({"a": None}).meanwhile(up(ELSEWHERE), after_s=after_s)[0] == weighed


def test_a_success_on_the_same_network_is_no_proof_not_even_where_nothing_was_reached() -> None:
    neighbour = TARGET.rsplit(".", 1)[0] + ".99"
    assert Bench({"a": None}).meanwhile(up(neighbour), after_s=2)[0] == OURS
    assert Bench({"a": None}).meanwhile(up(neighbour), failed(address="", tried=TARGET), after_s=2)[0] == OURS


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "fe80::1", "fe80::1%eth0"])
def test_a_success_on_a_private_address_says_nothing_of_the_way_out(address: str) -> None:
    assert Bench({"a": None}).meanwhile(up(address), after_s=2)[0] == OURS


def test_a_success_for_which_packets_had_to_be_sent_twice_proves_nothing() -> None:
    late = up(ELSEWHERE, duration_ms=1_020)._replace(phases=Phases(connect_us=1_015_000))
    assert Bench({"a": None}).meanwhile(late, after_s=1.8)[0] == OURS
    bench = Bench({"a": 0.02})
    bench.connect_us = 1_015_000
    assert bench.weigh(("web", failed())) == [OURS]


@pytest.mark.parametrize(("after_s", "weighed"), [(0, DOWN), (2, OURS)])
def test_a_success_is_proof_of_when_it_set_out_and_not_of_when_its_name_was_still_looked_up(
    after_s: float, weighed: tuple[Outcome, Reason]
) -> None:
    late = up(ELSEWHERE, duration_ms=2_520)._replace(phases=Phases(resolve_us=2_500_000, connect_us=10_000))
    assert Bench({"a": None}).meanwhile(late, after_s=after_s)[0] == weighed


def test_failures_that_end_together_share_what_is_asked_of_canaries() -> None:
    bench = Bench({"a": None, "b": None})

    async def main() -> list[Attempt]:
        weighed = await asyncio.gather(*(told(bench.watch.weigh(endpoint(f"e{n}"), failed())) for n in range(20)))
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


def test_loopback_needs_no_proof_even_where_no_connection_came_about() -> None:
    assert Bench({"a": None}).weigh(("web", failed(address="", tried="127.0.0.1"))) == [DOWN]


def networks(count: int) -> dict[str, str]:
    """So many endpoints, each on a network of its own."""
    return {f"e{number}": f"93.{number}.216.34" for number in range(count)}


def test_a_canary_that_is_dead_keeps_no_other_from_proving_every_failure() -> None:
    bench = Bench({"dead": None, "b": 0.1})
    failures = [("web", failed(duration_ms=1_000))] * 10
    assert bench.run(*failures) == [DOWN] * 10


def test_a_canary_is_asked_again_where_its_last_question_began_too_early_for_a_failure() -> None:
    bench = Bench({"a": 0.8})

    async def main() -> list[Outcome]:
        first = asyncio.create_task(told(bench.watch.weigh(endpoint("one"), failed(duration_ms=1_000))))
        await asyncio.sleep(0.5)
        second = asyncio.create_task(told(bench.watch.weigh(endpoint("two"), failed(duration_ms=100))))
        await asyncio.sleep(2)
        # What was proven that late is held until it fails again.
        for name in ("one", "two"):
            await told(bench.watch.weigh(endpoint(name), failed(Reason.STATUS, duration_ms=100)))
        return [(await first).outcome, (await second).outcome]

    assert run_virtually(bench.loop, main()) == [Outcome.DOWN] * 2
    assert bench.sent == ["a", "a"]


def test_no_canary_is_asked_oftener_than_ten_times_a_second() -> None:
    bench = Bench({"a": 0.001})

    async def main() -> None:
        for _ in range(300):
            await told(bench.watch.weigh(endpoint("web"), failed(Reason.RESET, duration_ms=1)))
            await asyncio.sleep(0.01)

    run_virtually(bench.loop, main())
    assert len(bench.sent) <= bench.loop.now_ns / 1e8 + 1


class Crowded(Bench):
    """A watch that has seen all of its endpoints up, each on a network of its own, and tries each once a second."""

    def __init__(self, count: int, canaries: Mapping[str, float | None]) -> None:
        super().__init__(canaries)
        self.addresses = {f"e{number}": f"93.{number}.216.34" for number in range(count)}

    def fail(self, names: Sequence[str], *, attempts: int = 3) -> list[dict[str, tuple[Outcome, Reason]]]:
        """Let endpoints fail several times, one shortly after the other, while the others succeed, and then answer
        again; return what each failure came to.
        """
        weighed: list[dict[str, tuple[Outcome, Reason]]] = [{} for _ in range(attempts)]

        async def one(name: str, number: int) -> None:
            await asyncio.sleep(0.5)
            attempt = failed(address="", tried=self.addresses[name], duration_ms=500)
            result = await told(self.watch.weigh(endpoint(name), attempt))
            weighed[number][name] = (result.outcome, result.reason)

        async def try_all(number: int) -> None:
            # One after the other, a hundredth of a second apart; those that succeed all along the way.
            for index, name in enumerate(self.addresses):
                await asyncio.sleep(0.01)
                if name in names and number < attempts:
                    running.append(asyncio.create_task(one(name, number)))
                else:
                    await told(self.watch.weigh(endpoint(name), up(self.addresses[name])))
                    running.append(asyncio.create_task(again(name, index)))

        async def again(name: str, index: int) -> None:
            await asyncio.sleep(0.45)
            await told(self.watch.weigh(endpoint(name), up(self.addresses[name])))

        running: list[asyncio.Task[None]] = []

        async def main() -> None:
            for name, address in self.addresses.items():
                await told(self.watch.weigh(endpoint(name), up(address)))
            await asyncio.sleep(10)
            for number in range(attempts + 1):
                await try_all(number)
                await asyncio.sleep(1 - len(self.addresses) / 100)
            await asyncio.gather(*running)
            await self.watch.close()

        run_virtually(self.loop, main())
        return weighed


def test_where_half_of_the_networks_fail_the_successes_of_the_others_prove_nothing() -> None:
    first, *_, last = Crowded(8, {"a": None}).fail(["e0", "e1", "e2", "e3"])
    # The first three are not yet half, and have the word of the others.
    assert [first[name] for name in ("e0", "e1", "e2")] == [DOWN] * 3
    assert first["e3"] == OURS
    assert set(last.values()) == {OURS}


def test_less_than_half_are_judged_one_by_one() -> None:
    for failures in Crowded(9, {"a": None}).fail(["e0", "e1", "e2", "e3"]):
        assert set(failures.values()) == {DOWN}


def test_four_networks_are_no_crowd() -> None:
    for failures in Crowded(4, {"a": None}).fail(["e0", "e1"]):
        assert set(failures.values()) == {DOWN}


def test_a_crowd_is_down_from_the_first_where_a_canary_answers_and_it_goes_on_failing() -> None:
    bench = Crowded(6, {"a": 0.1, "b": 0.2})
    *all_but_last, last = bench.fail(list(bench.addresses))
    assert [set(failures.values()) for failures in all_but_last] == [{DOWN}, {DOWN}]
    # After the last failure everybody answers again: that one was refuted, which looks like us.
    assert last["e5"] == OURS


def test_a_crowd_that_answers_at_its_next_attempt_was_cut_off_by_our_own_network() -> None:
    bench = Crowded(6, {"a": 0.1})
    [failures] = bench.fail(list(bench.addresses), attempts=1)
    assert [failures[name] for name in ("e2", "e3", "e4", "e5")] == [OURS] * 4


def test_a_crowd_that_fails_while_canaries_do_is_unknown() -> None:
    bench = Crowded(6, {"a": None})
    for failures in bench.fail(list(bench.addresses)):
        assert set(failures.values()) == {OURS}


def test_a_failure_is_held_for_a_minute_at_most() -> None:
    bench = Bench({"slow": 500})
    assert bench.weigh(("web", failed())) == [OURS]
    assert bench.loop.now_ns < 64 * 10**9


def test_a_failure_is_held_until_the_next_attempt_where_canaries_failed_while_it_lasted() -> None:
    def story(*attempts: tuple[float, Attempt]) -> tuple[Outcome, Reason]:
        """Let a canary fail, then an endpoint, and then attempts at it end, each so long after the one before."""
        bench = Bench({"a": 0.01, "b": 0.01})

        async def main() -> Attempt:
            await asyncio.sleep(10)
            await told(bench.watch.weigh(endpoint("a"), failed(address=CANARY, duration_ms=3_000)))
            await asyncio.sleep(2)
            weighing = asyncio.create_task(told(bench.watch.weigh(endpoint("web"), failed(duration_ms=3_000))))
            for after_s, attempt in attempts:
                await asyncio.sleep(after_s)
                await told(bench.watch.weigh(endpoint("web"), attempt))
            return await weighing

        weighed = run_virtually(bench.loop, main())
        return weighed.outcome, weighed.reason

    assert story((0.1, failed(Reason.STATUS, duration_ms=20))) == DOWN
    assert story((0.1, up(TARGET))) == OURS
    assert story() == OURS
    # A failure that began before this one was over decides nothing; a success does, if it began after this one.
    fails_now = failed(Reason.STATUS, duration_ms=20)
    assert story((0.1, failed(Reason.STATUS, duration_ms=200)), (0.1, up(TARGET))) == OURS
    assert story((0.1, up(TARGET, duration_ms=200)), (0.1, fails_now)) == OURS
    assert story((0.1, up(TARGET, duration_ms=4_000)), (0.1, fails_now)) == DOWN


def test_a_doubtful_failure_is_unknown_where_a_later_attempt_succeeded_before_it_was_over() -> None:
    bench = Bench({"a": 0.01, "b": 0.01})

    async def main() -> Attempt:
        await asyncio.sleep(10)
        await told(bench.watch.weigh(endpoint("a"), failed(address=CANARY, duration_ms=3_000)))
        await asyncio.sleep(2)
        await told(bench.watch.weigh(endpoint("web"), up(TARGET)))
        await asyncio.sleep(0.1)
        weighing = asyncio.create_task(told(bench.watch.weigh(endpoint("web"), failed(duration_ms=3_000))))
        await asyncio.sleep(0.2)
        await told(bench.watch.weigh(endpoint("web"), failed(Reason.STATUS, duration_ms=20)))
        return await weighing

    weighed = run_virtually(bench.loop, main())
    assert (weighed.outcome, weighed.reason) == OURS


def test_what_began_before_our_network_was_seen_to_work_again_is_unknown_though_the_target_fails_from_then_on() -> None:
    bench = Bench({"a": None})

    async def fail_at(end_s: float) -> Attempt:
        await asyncio.sleep(end_s - bench.loop.time())
        return await told(bench.watch.weigh(endpoint("web"), failed(duration_ms=3_000)))

    async def main() -> list[Outcome]:
        lost = asyncio.create_task(fail_at(3))
        await asyncio.sleep(7)
        bench.canaries["a"] = 0.02
        weighed = await asyncio.gather(lost, fail_at(8), fail_at(12))
        await bench.watch.close()
        return [each.outcome for each in weighed]

    assert run_virtually(bench.loop, main()) == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.DOWN]


def test_what_began_before_our_network_was_seen_to_work_after_we_stood_still_is_unknown() -> None:
    bench = Bench({"a": 0.02})
    stalled = failed(duration_ms=2_000)._replace(outcome=Outcome.UNKNOWN, reason=Reason.STALLED)

    async def end_at(end_s: float, attempt: Attempt) -> Attempt:
        await asyncio.sleep(end_s - bench.loop.time())
        return await told(bench.watch.weigh(endpoint("web"), attempt))

    async def main() -> list[Reason]:
        later = failed(duration_ms=2_000)
        weighed = await asyncio.gather(end_at(2, stalled), end_at(2.5, later), end_at(3, later), end_at(5, later))
        await bench.watch.close()
        return [each.reason for each in weighed]

    ours, targets = Reason.OWN_NETWORK, Reason.CONNECT_TIMEOUT
    assert run_virtually(bench.loop, main()) == [Reason.STALLED, ours, ours, targets]


def test_the_last_attempts_of_an_outage_that_is_known_are_down_though_the_next_succeeds() -> None:
    bench = Bench({"a": 0.01})
    often = replace(endpoint("web"), interval_ms=1_000)

    async def main() -> list[Outcome]:
        weighing = []
        for _ in range(12):
            await asyncio.sleep(1)
            weighing.append(asyncio.create_task(told(bench.watch.weigh(often, failed()))))
        await asyncio.sleep(0.5)
        await told(bench.watch.weigh(often, up(TARGET)))
        return [(await each).outcome for each in weighing]

    # Those before the outage was known for sure had only the next attempt to bear them out.
    outcomes = run_virtually(bench.loop, main())
    assert outcomes[0] is Outcome.DOWN
    assert outcomes[-6:] == [Outcome.DOWN] * 6


@pytest.mark.parametrize(("follows", "weighed"), [(failed(), DOWN), (up(TARGET), OURS)])
def test_the_first_silence_after_wrong_answers_is_held_until_the_next_attempt(
    follows: Attempt, weighed: tuple[Outcome, Reason]
) -> None:
    bench = Bench({"a": 0.01})

    async def main() -> Attempt:
        await told(bench.watch.weigh(endpoint("web"), failed(Reason.STATUS, duration_ms=20)))
        await asyncio.sleep(3)
        silence = asyncio.create_task(told(bench.watch.weigh(endpoint("web"), failed())))
        await asyncio.sleep(0.5 + follows.duration_us / 1e6)
        next_one = asyncio.create_task(told(bench.watch.weigh(endpoint("web"), follows)))
        found = await silence
        next_one.cancel()
        return found

    found = run_virtually(bench.loop, main())
    assert (found.outcome, found.reason) == weighed


def test_the_first_silence_after_wrong_answers_is_down_where_nothing_succeeds_for_a_minute() -> None:
    bench = Bench({"a": 0.01})

    async def main() -> Outcome:
        await told(bench.watch.weigh(endpoint("web"), failed(Reason.STATUS, duration_ms=20)))
        await asyncio.sleep(3)
        return (await told(bench.watch.weigh(endpoint("web"), failed()))).outcome

    assert run_virtually(bench.loop, main()) is Outcome.DOWN
    assert 63 <= bench.loop.time() < 64


def test_the_first_silence_after_wrong_answers_is_held_though_others_came_through_at_its_begin() -> None:
    bench = Bench({"a": 0.01})

    async def end_at(end_s: float, name: str, attempt: Attempt) -> Attempt:
        await asyncio.sleep(end_s - bench.loop.time())
        return await told(bench.watch.weigh(endpoint(name), attempt))

    async def main() -> Attempt:
        weighed = await asyncio.gather(
            end_at(3, "web", failed(Reason.STATUS, duration_ms=20)),
            end_at(3.9, "other", up(ELSEWHERE)),
            end_at(4.1, "other", up(ELSEWHERE)),
            end_at(7, "web", failed()),
            end_at(7.5, "web", up(TARGET)),
        )
        await bench.watch.close()
        return weighed[3]

    found = run_virtually(bench.loop, main())
    assert (found.outcome, found.reason) == OURS


@pytest.mark.parametrize(("after_s", "weighed"), [(90, OURS), (110, DOWN)])
def test_a_failure_that_the_next_attempt_refutes_is_unknown_where_there_was_another_within_ten_intervals(
    after_s: float, weighed: tuple[Outcome, Reason]
) -> None:
    bench = Bench({"a": 0.01})

    async def fail_and_succeed() -> Attempt:
        silence = asyncio.create_task(told(bench.watch.weigh(endpoint("web"), failed())))
        await asyncio.sleep(0.1)
        await told(bench.watch.weigh(endpoint("web"), up(TARGET)))
        return await silence

    async def main() -> list[Attempt]:
        await asyncio.sleep(10)
        first = await fail_and_succeed()
        await asyncio.sleep(after_s)
        return [first, await fail_and_succeed()]

    first, second = run_virtually(bench.loop, main())
    assert (first.outcome, first.reason) == DOWN
    assert (second.outcome, second.reason) == weighed


@pytest.mark.parametrize(
    ("phases", "weighed"),
    [
        (Phases(resolve_us=4_900_000, connect_us=20_000), OURS),
        (Phases(resolve_us=1_000, connect_us=3_020_000), OURS),
        (Phases(resolve_us=1_000, connect_us=20_000, first_byte_us=4_900_000), (Outcome.DOWN, Reason.STATUS)),
    ],
    ids=["slow resolver", "lost packets", "slow target"],
)
def test_a_wrong_answer_that_we_were_long_in_asking_for_is_unknown_where_a_later_attempt_succeeded(
    phases: Phases, weighed: tuple[Outcome, Reason]
) -> None:
    bench = Bench({"a": 0.01})
    late = failed(Reason.STATUS, duration_ms=5_000)._replace(phases=phases)

    async def main() -> list[Attempt]:
        await asyncio.sleep(4.5)
        await told(bench.watch.weigh(endpoint("web"), up(TARGET)))
        await asyncio.sleep(0.5)
        return [await told(bench.watch.weigh(endpoint(slug), late)) for slug in ("web", "other")]

    overtaken, alone = run_virtually(bench.loop, main())
    assert (overtaken.outcome, overtaken.reason) == weighed
    assert (alone.outcome, alone.reason) == (Outcome.DOWN, Reason.STATUS)


def test_a_crowd_fails_only_while_its_failures_are_younger_than_an_interval() -> None:
    bench = Crowded(6, {"a": None})

    async def main() -> list[Reason]:
        for name, address in bench.addresses.items():
            await told(bench.watch.weigh(endpoint(name), up(address)))
        for name in ("e0", "e1"):
            await told(
                bench.watch.weigh(endpoint(name), failed(address="", tried=bench.addresses[name], duration_ms=0))
            )
        await asyncio.sleep(20)
        weighed = []
        for name in ("e2", "e3"):
            await asyncio.sleep(0.1)
            await told(bench.watch.weigh(endpoint("e5"), up(bench.addresses["e5"])))
            attempt = failed(address="", tried=bench.addresses[name], duration_ms=100)
            weighed.append((await told(bench.watch.weigh(endpoint(name), attempt))).reason)
        await bench.watch.close()
        return weighed

    assert run_virtually(bench.loop, main()) == [Reason.CONNECT_TIMEOUT] * 2


def test_without_canaries_nothing_is_held() -> None:
    bench = Crowded(6, {})
    for failures in bench.fail(list(bench.addresses)):
        assert set(failures.values()) == {DOWN}


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


def test_a_name_that_two_resolvers_do_not_find_is_down_at_once_though_canaries_are_slow() -> None:
    bench = Bench({"a": 0.8}, opinions={"web": Reason.DNS_NOT_FOUND})

    async def main() -> tuple[Outcome, Reason, float]:
        weighed = await told(bench.watch.weigh(endpoint("web"), unresolved(Reason.DNS_NOT_FOUND)))
        return weighed.outcome, weighed.reason, bench.loop.time()

    assert run_virtually(bench.loop, main()) == (*MISSING, 0)


def test_without_second_resolvers_lookups_are_as_the_attempt_found_them() -> None:
    assert Bench({"a": 0.1}).weigh(("web", unresolved(Reason.DNS_NOT_FOUND))) == [MISSING]
    assert Bench({"a": 0.1}).weigh(("web", unresolved(Reason.DNS_UNAVAILABLE))) == [SILENT]


def test_of_a_name_that_a_redirect_leads_to_nobody_else_is_asked() -> None:
    bench = Bench({"a": 0.1}, opinions={"web": Reason.NONE})
    assert bench.weigh(("web", unresolved(Reason.DNS_NOT_FOUND, redirects=1))) == [MISSING]
    assert bench.asked == []


def test_a_success_stands() -> None:
    assert Bench({"a": None}).weigh(("web", up(TARGET))) == [(Outcome.UP, Reason.NONE)]
