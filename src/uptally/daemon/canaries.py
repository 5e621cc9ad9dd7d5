"""Asks other people's endpoints whether our own network works, as often as somebody has to know and no oftener."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from uptally.clock import Clock
from uptally.daemon.proofs import Proofs, address_of, place_of, set_out_ns
from uptally.model.endpoint import Endpoint
from uptally.model.observation import GOOD, Attempt

ASK_S = 60
"""So long may a question take; what is not proven by then never will be."""

SPACING_NS = 100_000_000
"""No canary is asked oftener, since it is somebody else's."""

QUICK_US = 900_000
"""A connection that took longer was asked for twice, a second apart (RFC 6298): our first packet was lost."""

_NAMES = "names"
"""What stands for the network in proofs that our resolver works."""


class Canaries:
    """Asks its canaries, each at most once at a time, and remembers what they prove.

    `probe` makes one attempt and never raises. Instants are those of the monotonic clock, in nanoseconds.
    """

    def __init__(
        self,
        canaries: Sequence[Endpoint],
        *,
        clock: Clock,
        probe: Callable[[Endpoint], Awaitable[Attempt]],
    ) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        """Those that are asked, by slug."""
        self.network = Proofs()
        """When they answered, by network."""
        self._lookups = Proofs()
        self._clock = clock
        self._probe = probe
        self._asked: dict[str, int] = {}
        """When each was asked last, by slug."""
        self._spoke: dict[str, int] = {}
        """When each was asked what it has answered, or not, last."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._failed_ns: int | None = None
        self._waiters: set[asyncio.Event] = set()
        self.change(canaries)

    def change(self, canaries: Sequence[Endpoint]) -> None:
        """Ask others from now on; what was proven stays so."""
        self.endpoints = {canary.slug: canary for canary in canaries}
        self._tell()

    def note(self, canary: Endpoint, attempt: Attempt) -> None:
        """Take what an attempt at a canary that has just ended says of our network and of our resolver."""
        now_ns = self._clock.monotonic_ns()
        began_ns = now_ns - attempt.duration_us * 1_000
        place = place_of(address_of(attempt))
        self._spoke[canary.slug] = max(began_ns, self._spoke.get(canary.slug, began_ns))
        if place.address and place.address != canary.check.host:
            self._lookups.note(_NAMES, began_ns)
        if not is_good(attempt):
            self._failed_ns = now_ns
        elif place.is_public:
            self.network.note(place.network, set_out_ns(attempt, began_ns))
        self._tell()

    def have_resolved(self, since_ns: int, until_ns: int) -> bool:
        """Tell whether the name of one that was asked between two instants led to an address."""
        return self._lookups.is_proven("", since_ns, until_ns)

    def failed_around(self, instant_ns: int) -> bool:
        """Tell whether one failed, or was answered late, around an instant or after it; or is late by now."""
        late_ns = QUICK_US * 1_000
        if self._failed_ns is not None and self._failed_ns >= instant_ns - late_ns:
            return True
        now_ns = self._clock.monotonic_ns()
        return any(now_ns - self._asked.get(slug, now_ns) > late_ns for slug in self._asking)

    async def ask(self, is_proven: Callable[[], bool], since_ns: int, until_ns: int) -> bool:
        """Ask until something is proven, or until all have spoken that can be asked between two instants; tell whether
        it is.
        """
        arrived = asyncio.Event()
        self._waiters.add(arrived)
        try:
            async with asyncio.timeout(ASK_S):
                while not is_proven():
                    if not self._send_all(since_ns, until_ns):
                        return False
                    arrived.clear()
                    await arrived.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(arrived)

    async def close(self) -> None:
        """End the questions that are under way."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _send_all(self, since_ns: int, until_ns: int) -> bool:
        """Ask all that have not spoken since an instant, while there is time; tell whether any may still speak."""
        may_speak = False
        for slug, canary in self.endpoints.items():
            if self._spoke.get(slug, since_ns - 1) >= since_ns:
                continue
            if slug in self._asking:
                may_speak = may_speak or self._clock.monotonic_ns() <= until_ns or self._asked[slug] >= since_ns
            elif self._clock.monotonic_ns() <= until_ns:
                self._send(canary)
                may_speak = True
        return may_speak

    def _send(self, canary: Endpoint) -> None:
        task = asyncio.create_task(self._ask_one(canary))
        self._asking[canary.slug] = task
        self._asked.setdefault(canary.slug, self._clock.monotonic_ns() - SPACING_NS)
        task.add_done_callback(lambda _: self._asking.pop(canary.slug))
        # Whoever waits for a question that began too early for them has the next one sent.
        task.add_done_callback(lambda _: self._tell())

    async def _ask_one(self, canary: Endpoint) -> None:
        rest_ns = self._asked[canary.slug] + SPACING_NS - self._clock.monotonic_ns()
        if rest_ns > 0:
            await asyncio.sleep(rest_ns / 1e9)
        self._asked[canary.slug] = self._clock.monotonic_ns()
        self.note(canary, await self._probe(canary))

    def _tell(self) -> None:
        for waiter in self._waiters:
            waiter.set()


def is_good(attempt: Attempt) -> bool:
    """Tell whether an attempt succeeded without a sign that packets were lost."""
    connect_us = attempt.phases.connect_us
    is_quick = connect_us is None or connect_us < QUICK_US
    return is_quick and attempt.outcome in GOOD
