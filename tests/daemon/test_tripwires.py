"""A held connection's end triggers an attempt; what the peer always does is learnt, and what fails is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.probe.servers import serving
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.clock import SystemClock
from uptally.daemon.patience import HELD_MAX_MS
from uptally.daemon.tripwires import Tripwires
from uptally.model.endpoint import Endpoint, HttpCheck, TcpCheck
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.units.time import DAY_MS

WEB = Endpoint("web", "web", TcpCheck("web.example", 443), interval_ms=1_000, timeout_ms=500, has_tripwire=True)
ADDRESS = "192.0.2.1"


class Peer:
    """A connection of virtual time, which its peer ends when the test says so."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.is_dropped = False

    async def end(self) -> None:
        await self.ended.wait()

    def drop(self) -> None:
        self.is_dropped = True


class Bench:
    """Tripwires by virtual time; attempts are what the test says of them, those that are triggered too."""

    def __init__(self, *endpoints: Endpoint, room: int = 100) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=1_760_000_000_000)
        self.peers: list[Peer] = []
        self.asked_for: list[tuple[str, int]] = []
        self.triggered: list[str] = []
        self.stands_s: float | None = None
        """So long the peer lets a connection stand."""
        self.refuses = False
        self.is_well = True
        """What a triggered attempt finds; else it finds nothing for as long as the test lasts."""
        self.endpoints = endpoints or (WEB,)
        self.tripwires = Tripwires(
            self.endpoints, clock=self.clock, room=room, try_now=self.try_now, connect=self.connect
        )

    async def connect(self, address: str, port: int) -> Peer:
        self.asked_for.append((address, port))
        await asyncio.sleep(0.001)
        if self.refuses:
            raise ConnectionRefusedError
        peer = Peer()
        self.peers.append(peer)
        if self.stands_s is not None:
            asyncio.get_running_loop().call_later(self.stands_s, peer.ended.set)
        return peer

    def try_now(self, slug: str) -> None:
        self.triggered.append(slug)
        if self.is_well:
            self.loop.call_later(0.02, self.succeed)

    def succeed(self, address: str = ADDRESS, *, duration_us: int = 20_000, redirects: int = 0) -> None:
        attempt = Attempt(0, duration_us, Outcome.UP, Reason.NONE, address=address, redirects=redirects)
        self.tripwires.note(self.endpoints[0], attempt)

    def fail(self, reason: Reason = Reason.CONNECT_TIMEOUT, outcome: Outcome = Outcome.DOWN) -> None:
        self.tripwires.note(self.endpoints[0], Attempt(0, 20_000, outcome, reason))

    async def attempts(self, seconds: float) -> None:
        """Make a good attempt every second."""
        for _ in range(round(seconds)):
            await asyncio.sleep(1)
            self.succeed()

    def run(self, main: Callable[[], Coroutine[None, None, None]]) -> None:
        async def whole() -> None:
            await main()
            await self.tripwires.close()
            assert all(peer.is_dropped for peer in self.peers)

        run_virtually(self.loop, whole())


def test_a_connection_is_held_to_the_address_that_the_last_good_attempt_reached() -> None:
    bench = Bench()

    async def main() -> None:
        await asyncio.sleep(1)
        assert bench.asked_for == []
        await bench.attempts(100)
        assert bench.tripwires.held == 1

    bench.run(main)
    assert bench.asked_for == [(ADDRESS, 443)]
    assert bench.triggered == []


def test_its_end_triggers_an_attempt_at_once() -> None:
    bench = Bench()

    async def main() -> None:
        await bench.attempts(10)
        bench.peers[0].ended.set()
        began_ns = bench.loop.now_ns
        while not bench.triggered:
            await asyncio.sleep(0)
        assert bench.loop.now_ns == began_ns

    bench.run(main)
    assert bench.triggered == ["web"]


def test_it_is_held_anew_once_an_attempt_is_good_again() -> None:
    bench = Bench()
    bench.is_well = False

    async def main() -> None:
        await bench.attempts(10)
        bench.peers[0].ended.set()
        for _ in range(30):
            await asyncio.sleep(1)
            bench.fail()
        assert len(bench.peers) == 1
        await bench.attempts(1)
        await asyncio.sleep(0.01)
        assert (len(bench.peers), bench.tripwires.held) == (2, 1)

    bench.run(main)
    assert bench.triggered == ["web"]


def test_a_peer_that_ends_idle_connections_is_learnt_and_then_triggers_nothing() -> None:
    bench = Bench()
    bench.stands_s = 60

    async def main() -> None:
        await bench.attempts(1_000)
        assert len(bench.triggered) == 2
        assert bench.tripwires.held == 1

    bench.run(main)
    # Twice it stood for a minute, then for nine tenths of it.
    assert len(bench.peers) == 2 + 1 + (1_000 - 120) // 54


def test_a_peer_that_was_restarted_once_is_not_taken_for_one_that_ends_idle_connections() -> None:
    bench = Bench()

    async def main() -> None:
        for after_s in (10, 100, 1_000):
            await bench.attempts(after_s)
            bench.peers[-1].ended.set()
        await bench.attempts(1_000)

    bench.run(main)
    assert (len(bench.peers), len(bench.triggered)) == (4, 3)


def test_an_end_sooner_than_what_was_learnt_triggers_an_attempt() -> None:
    bench = Bench()
    bench.stands_s = 60

    async def main() -> None:
        await bench.attempts(200)
        assert len(bench.triggered) == 2
        bench.peers[-1].ended.set()
        await bench.attempts(1)

    bench.run(main)
    assert len(bench.triggered) == 3


def test_to_a_peer_that_ends_idle_connections_at_once_none_is_held_for_a_day() -> None:
    bench = Bench()
    bench.stands_s = 0.01

    async def main() -> None:
        await bench.attempts(10)
        opened = len(bench.peers)
        assert opened <= 8
        await bench.attempts(1_000)
        assert len(bench.peers) == opened
        bench.stands_s = None
        bench.loop.now_ns += DAY_MS * 1_000_000
        await bench.attempts(10)
        assert bench.tripwires.held == 1

    bench.run(main)


def test_nothing_is_learnt_of_a_peer_that_still_answers_while_it_dies() -> None:
    bench = Bench()

    async def main() -> None:
        for _ in range(5):
            await bench.attempts(5)
            bench.peers[-1].ended.set()
            await asyncio.sleep(0.1)
            bench.fail()
        await bench.attempts(1)
        await asyncio.sleep(0.1)
        assert bench.tripwires.held == 1
        await bench.attempts(1_000)

    bench.run(main)
    # Each time it is held anew at once, as the triggered attempt is good, and once more after the outage.
    assert len(bench.peers) == 1 + 2 * 5
    assert len(bench.triggered) == 5


def test_a_peer_whose_patience_varies_costs_at_most_two_attempts_an_interval() -> None:
    bench = Bench()

    async def connect(address: str, port: int) -> Peer:
        bench.stands_s = 6 if len(bench.peers) % 2 else 0.01
        return await bench.connect(address, port)

    bench.tripwires = Tripwires([WEB], clock=bench.clock, room=1, try_now=bench.try_now, connect=connect)
    bench.run(lambda: bench.attempts(600))
    assert 2 < len(bench.triggered) <= 1_200


def test_a_connection_is_opened_anew_after_an_hour_to_where_the_name_leads_by_then() -> None:
    bench = Bench()

    async def main() -> None:
        bench.succeed()
        await asyncio.sleep(HELD_MAX_MS / 2_000)
        bench.succeed("192.0.2.2")
        await asyncio.sleep(HELD_MAX_MS / 1_900)

    bench.run(main)
    assert bench.asked_for == [(ADDRESS, 443), ("192.0.2.2", 443)]
    assert bench.triggered == []


def test_it_is_let_go_when_an_attempt_fails_and_its_end_then_triggers_nothing() -> None:
    bench = Bench()

    async def main() -> None:
        await bench.attempts(10)
        bench.fail()
        assert bench.tripwires.held == 0
        await asyncio.sleep(0.01)
        assert bench.peers[0].is_dropped
        bench.peers[0].ended.set()
        await asyncio.sleep(10)

    bench.run(main)
    assert bench.triggered == []


def test_one_that_is_refused_triggers_one_attempt_and_is_tried_more_and_more_rarely() -> None:
    bench = Bench()
    bench.refuses = True

    async def main() -> None:
        await bench.attempts(1_000)
        assert len(bench.asked_for) == 10
        assert bench.triggered == ["web"]
        bench.refuses = False
        await bench.attempts(1_000)
        assert bench.tripwires.held == 1

    bench.run(main)


def test_one_that_takes_too_long_to_open_is_given_up_for_longer_and_longer() -> None:
    bench = Bench()
    begun_s: list[int] = []

    async def never(address: str, port: int) -> Peer:
        begun_s.append(round(asyncio.get_running_loop().time()))
        await asyncio.sleep(3_600)
        raise AssertionError

    bench.tripwires = Tripwires([WEB], clock=bench.clock, room=1, try_now=bench.try_now, connect=never)
    bench.run(lambda: bench.attempts(100))
    pauses = [later - earlier for earlier, later in pairwise(begun_s)]
    assert pauses == sorted(pauses)
    assert len(begun_s) == 7
    assert bench.triggered == []


def test_one_that_keeps_a_server_from_answering_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(1)
            if bench.tripwires.held:
                bench.fail(Reason.RESPONSE_TIMEOUT)
            else:
                bench.succeed()

    bench.run(main)
    assert len(bench.peers) == 2
    assert caplog.messages == ["web: the tripwire is given up for a day, since attempts fail while it is held"]


def test_an_endpoint_that_answers_wrongly_keeps_its_tripwire_for_when_it_is_well_again() -> None:
    bench = Bench()

    async def main() -> None:
        for _ in range(10):
            await bench.attempts(1)
            await asyncio.sleep(0.1)
            assert bench.tripwires.held == 1
            bench.fail(Reason.STATUS)

    bench.run(main)
    assert len(bench.peers) == 10


def test_an_endpoint_whose_outages_leave_good_attempts_between_them_keeps_its_tripwire() -> None:
    bench = Bench()

    async def main() -> None:
        for _ in range(10):
            await bench.attempts(3)
            bench.fail()

    bench.run(main)
    assert len(bench.peers) == 10


def test_nothing_is_held_while_an_endpoint_redirects_as_its_last_address_is_another_ones() -> None:
    bench = Bench()

    async def main() -> None:
        bench.succeed(redirects=1)
        await asyncio.sleep(10)

    bench.run(main)
    assert bench.asked_for == []


def proxied() -> Endpoint:
    check = HttpCheck("http://web.example/", "web.example", 80, environment_proxy=True)
    return replace(WEB, check=check)


@pytest.mark.parametrize("endpoint", [replace(WEB, has_tripwire=False), proxied()], ids=["not asked for", "by proxy"])
def test_nothing_is_held_where_it_was_not_asked_for_or_would_go_through_a_proxy(endpoint: Endpoint) -> None:
    bench = Bench(endpoint)
    bench.run(lambda: bench.attempts(10))
    assert bench.asked_for == []


def test_there_are_no_more_than_there_is_room_for(caplog: pytest.LogCaptureFixture) -> None:
    endpoints = [replace(WEB, name=f"e{number}", slug=f"e{number}") for number in range(5)]
    bench = Bench(*endpoints, room=3)

    async def main() -> None:
        for endpoint in endpoints:
            bench.tripwires.note(endpoint, Attempt(0, 0, Outcome.UP, Reason.NONE, address=ADDRESS))
        await asyncio.sleep(1)
        assert bench.tripwires.held == 3

    bench.run(main)
    [message] = caplog.messages
    assert message.startswith("2 of 5 tripwires are not held")


def test_a_reload_keeps_what_is_asked_as_before_and_drops_the_rest() -> None:
    other, moved, gone = (replace(WEB, name=name, slug=name) for name in ("other", "moved", "gone"))
    bench = Bench(WEB, other, moved, gone)

    async def main() -> None:
        for endpoint in bench.endpoints:
            bench.tripwires.note(endpoint, Attempt(0, 0, Outcome.UP, Reason.NONE, address=ADDRESS))
            await asyncio.sleep(0.01)
        assert bench.tripwires.held == 4
        after = [
            replace(WEB, group="Shop"),
            replace(other, has_tripwire=False),
            replace(moved, check=TcpCheck("elsewhere.example", 443)),
        ]
        bench.tripwires.change(after)
        await asyncio.sleep(0.01)
        assert [peer.is_dropped for peer in bench.peers] == [False, True, True, True]
        bench.peers[0].ended.set()
        await asyncio.sleep(0.01)

    bench.run(main)
    assert bench.triggered == ["web"]


async def test_over_real_sockets_a_peer_that_ends_idle_connections_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.daemon.patience.SHORTEST_MS", 50)
    monkeypatch.setattr("uptally.daemon.tripwires.DYING_MS", 10)
    ended_by_us = asyncio.Semaphore(0)

    async def impatient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.4):
                await reader.read()
                ended_by_us.release()
        writer.close()

    triggered: list[str] = []
    async with serving(impatient) as port:
        endpoint = replace(WEB, check=TcpCheck("127.0.0.1", port), interval_ms=250)
        tripwires = Tripwires([endpoint], clock=SystemClock(), try_now=triggered.append)

        async def be_well() -> None:
            while True:
                tripwires.note(endpoint, Attempt(0, 100, Outcome.UP, Reason.NONE, address="127.0.0.1"))
                await asyncio.sleep(0.01)

        attempts = asyncio.create_task(be_well())
        async with asyncio.timeout(20):
            for _ in range(3):
                await ended_by_us.acquire()
        # Without a lesson the connection would have been left to the peer.
        assert len(triggered) >= 2
        attempts.cancel()
        await tripwires.close()
