"""Doubts failures: was it the target, or our own network?

Only failures are doubted; a success stands. An answer, even a wrong one, proves the network, and loopback needs
no proof. A failure without an answer is down if, while it lasted or right after it, a canary or an endpoint on
another network succeeded; else it is unknown. Without canaries there is nothing to hold it against, and
failures are down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from uptally.clock import Clock
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Outcome, Reason

_UP = (Outcome.UP, Outcome.SLOW)


class Watch:
    """Weighs attempts against what else our network could reach meanwhile.

    `probe` makes one attempt at a canary and never raises.
    """

    def __init__(
        self,
        canaries: Sequence[Endpoint],
        *,
        clock: Clock,
        probe: Callable[[Endpoint], Awaitable[Attempt]],
    ) -> None:
        self._canaries = tuple(canaries)
        self._canary_slugs = frozenset(canary.slug for canary in canaries)
        self._clock = clock
        self._probe = probe
        self._successes: dict[str, int] = {}
        """The newest success of each public network: its end by the monotonic clock, in nanoseconds."""
        self._waiters: set[asyncio.Event] = set()
        self._round: asyncio.Task[None] | None = None

    def change(self, canaries: Sequence[Endpoint]) -> None:
        """Ask other canaries from the next round on; what was proven stays so."""
        self._canaries = tuple(canaries)
        self._canary_slugs = frozenset(canary.slug for canary in canaries)

    async def weigh(self, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        """Return an attempt as it stands, or as unknown where our own network may be to blame for its failure.

        Waits for a round of canaries at most, and not at all where the proof is there already.
        """
        if not self._canaries:
            return attempt
        now_ns = self._clock.monotonic_ns()
        if attempt.outcome in _UP:
            self._note(attempt.address, now_ns)
            return attempt
        if attempt.outcome is not Outcome.DOWN or attempt.reason.is_answer or _is_loopback(attempt.address):
            return attempt
        network = _network(attempt.address)
        began_ns = now_ns - attempt.duration_us * 1_000
        is_canary = endpoint.slug in self._canary_slugs
        if self._is_proven(network, began_ns) or (not is_canary and await self._ask(network, began_ns)):
            return attempt
        return replace(attempt, outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK)

    async def close(self) -> None:
        """End a round of canaries that is under way."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)

    def _note(self, address: str, now_ns: int) -> None:
        """Remember a success, which proves the network for failures elsewhere; one on a private address says
        nothing of the way out.
        """
        if _is_public(address):
            self._successes[_network(address)] = now_ns
            for waiter in self._waiters:
                waiter.set()

    def _is_proven(self, network: str, since_ns: int) -> bool:
        return any(ended_ns >= since_ns and other != network for other, ended_ns in reversed(self._successes.items()))

    async def _ask(self, network: str, since_ns: int) -> bool:
        """Send out the canaries, unless they are under way, and tell whether a proof arrives before the last of
        them is back.
        """
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._send_canaries())
        arrived = asyncio.Event()
        self._waiters.add(arrived)
        self._round.add_done_callback(lambda _: arrived.set())
        try:
            while not self._is_proven(network, since_ns):
                if self._round.done():
                    return False
                arrived.clear()
                await arrived.wait()
            return True
        finally:
            self._waiters.discard(arrived)

    async def _send_canaries(self) -> None:
        async def send(canary: Endpoint) -> None:
            attempt = await self._probe(canary)
            if attempt.outcome in _UP:
                self._note(attempt.address, self._clock.monotonic_ns())

        async with asyncio.TaskGroup() as group:
            for canary in self._canaries:
                group.create_task(send(canary))


@lru_cache(maxsize=65_536)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    if not address:
        return None
    parsed = ip_address(address)
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


@lru_cache(maxsize=65_536)
def _network(address: str) -> str:
    """Name the network of an address: its /24, or its /48 for IPv6; empty where no address was reached."""
    parsed = _parsed(address)
    return "" if parsed is None else str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _is_loopback(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _is_public(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_global
