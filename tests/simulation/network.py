"""What the monitor meets out there: packets that are lost, targets that answer or not, resolvers that know names.

What becomes of a packet is decided for the instant at which it is due, however late the process wakes up to see it:
the kernel does its part while a process stands still.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.simulation.plan import Failing, Fault, Plan
from tests.virtual_time import VirtualClock
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Evidence, Outcome, Phases, Reason
from uptally.rules.judge import outcome_of

CONNECT_AGAIN_MS = (0, 1_000, 3_000, 7_000, 15_000)
"""When a first packet is sent again, as kernels do (RFC 6298)."""

SEND_AGAIN_MS = (0, 200, 600, 1_400, 3_000, 6_200, 12_600)
"""When a later one is, since the way is known by then."""

LOOK_UP_AGAIN_MS = (0, 5_000, 10_000, 15_000)
LOOK_UP_MS = 8
OPINION_MS = 25
OPINION_PATIENCE_S = 3

_MS = 1_000_000


class _Failed(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class _Try:
    """One attempt under way."""

    def __init__(self, endpoint: Endpoint, clock: VirtualClock) -> None:
        self.endpoint = endpoint
        self.began_ns = clock.monotonic_ns()
        self.address = ""
        self.resolve_us: int | None = None
        self.connect_us: int | None = None
        self.late = Reason.DNS_TIMEOUT
        """What it means when the deadline passes now."""
        self._clock = clock
        self._deadline_ns = self.began_ns + endpoint.timeout_ms * _MS

    async def until(self, instant_ns: int | None) -> None:
        """Wait until an instant, or for nothing. Raises _Failed where the deadline comes first."""
        is_late = instant_ns is None or instant_ns >= self._deadline_ns
        awaited_ns = self._deadline_ns if instant_ns is None or is_late else instant_ns
        await asyncio.sleep(max(0, awaited_ns - self._clock.monotonic_ns()) / 1e9)
        if is_late:
            raise _Failed(self.late)


class Network:
    """Its `attempt` stands in for the prober's, its `ask` for the second resolvers'."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self._plan = plan
        self._clock = clock

    async def attempt(self, endpoint: Endpoint) -> Attempt:
        """Try an endpoint once."""
        at_ms, trying, reason = self._clock.wall_ms(), _Try(endpoint, self._clock), Reason.NONE
        try:
            if self._plan.descriptors.at(self._true_ms(trying.began_ns)):
                raise _Failed(Reason.LOCAL_LIMIT)
            await self._look_up(trying)
            await self._connect(trying)
            await self._exchange(trying)
        except _Failed as failed:
            reason = failed.reason
        duration_us = (self._clock.monotonic_ns() - trying.began_ns) // 1_000
        if duration_us > endpoint.timeout_ms * 1_000 and outcome_of(reason) is not Outcome.UNKNOWN:
            reason = trying.late
        return Attempt(
            at_ms,
            duration_us,
            outcome_of(reason),
            reason,
            phases=Phases(resolve_us=trying.resolve_us, connect_us=trying.connect_us),
            address=trying.address if reason is Reason.NONE else "",
            evidence=Evidence(address=trying.address) if reason else None,
        )

    async def ask(self, name: str) -> Reason | None:
        """Return what second resolvers say of a name."""
        asked_ms = self._true_ms(self._clock.monotonic_ns())
        if self._plan.route.at(asked_ms):
            await asyncio.sleep(OPINION_PATIENCE_S)
            return None
        await asyncio.sleep(OPINION_MS / 1_000)
        is_gone = self._plan.outages[name.removesuffix(".test")].at(asked_ms) is Failing.NAMELESS
        return Reason.DNS_NOT_FOUND if is_gone else Reason.NONE

    async def _look_up(self, trying: _Try) -> None:
        host = self._plan.hosts[trying.endpoint.slug]
        if not host.is_named:
            trying.address = host.address
            return
        for after_ms in LOOK_UP_AGAIN_MS:
            asked_ns = trying.began_ns + after_ms * _MS
            await trying.until(asked_ns + LOOK_UP_MS * _MS)
            amiss = self._plan.route.at(self._true_ms(asked_ns)) or self._plan.resolver.at(self._true_ms(asked_ns))
            if amiss in (Fault.ROUTE_UNREACHABLE, Fault.RESOLVER_FAILING):
                raise _Failed(Reason.DNS_UNAVAILABLE)
            if amiss is None:
                break
        else:
            await trying.until(None)
        if self._failing(trying, self._clock.monotonic_ns()) is Failing.NAMELESS:
            raise _Failed(Reason.DNS_NOT_FOUND)
        trying.address = host.address
        trying.resolve_us = (self._clock.monotonic_ns() - trying.began_ns) // 1_000

    async def _connect(self, trying: _Try) -> None:
        trying.late = Reason.CONNECT_TIMEOUT
        began_ns = self._clock.monotonic_ns()
        is_local = self._plan.hosts[trying.endpoint.slug].is_loopback
        if not is_local and self._plan.route.at(self._true_ms(began_ns)) is Fault.ROUTE_UNREACHABLE:
            raise _Failed(Reason.CONNECT_UNREACHABLE)
        failing = await self._send(trying, CONNECT_AGAIN_MS)
        trying.connect_us = (self._clock.monotonic_ns() - began_ns) // 1_000
        if failing is Failing.REFUSED:
            raise _Failed(Reason.CONNECT_REFUSED)

    async def _exchange(self, trying: _Try) -> None:
        trying.late = Reason.RESPONSE_TIMEOUT
        failing = await self._send(trying, SEND_AGAIN_MS)
        await trying.until(self._clock.monotonic_ns() + self._plan.hosts[trying.endpoint.slug].answers_after_ms * _MS)
        if failing is Failing.STATUS:
            raise _Failed(Reason.STATUS)
        if failing in (Failing.RESET, Failing.REFUSED):
            raise _Failed(Reason.RESET)
        while failing is Failing.HANGING:
            now_ns = self._clock.monotonic_ns()
            hanging = self._plan.outages[trying.endpoint.slug].entry(self._true_ms(now_ns))
            if hanging is None:
                break
            await trying.until(now_ns + (hanging[0].end_ms - self._true_ms(now_ns)) * _MS)

    async def _send(self, trying: _Try, again_ms: Sequence[int]) -> Failing | None:
        """Send a packet until it is answered, and return how the target failed when it arrived."""
        host = self._plan.hosts[trying.endpoint.slug]
        first_ns = self._clock.monotonic_ns()
        for after_ms in again_ms:
            sent_ns = first_ns + after_ms * _MS
            back_ns = sent_ns + host.round_trip_ms * _MS
            await trying.until(back_ns)
            ways_ms = self._true_ms(sent_ns), self._true_ms(back_ns)
            if not host.is_loopback and any(map(self._plan.route.at, ways_ms)):
                continue
            failing = self._failing(trying, (sent_ns + back_ns) // 2)
            if failing is not Failing.SILENT:
                return failing
        await trying.until(None)
        return None

    def _failing(self, trying: _Try, instant_ns: int) -> Failing | None:
        return self._plan.outages[trying.endpoint.slug].at(self._true_ms(instant_ns))

    def _true_ms(self, instant_ns: int) -> int:
        """Return the true time of an instant of the monotonic clock since the machine last slept."""
        return (self._clock.boot_ns() - self._clock.monotonic_ns() + instant_ns) // _MS
