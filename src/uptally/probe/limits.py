"""Ceilings on how hard we knock: per host, and over all."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from asyncio_throttle.throttler import Throttler

PERIOD_S = 1.0


class _Gate:
    """One ceiling, first come first served.

    The throttler has each waiter look again every few milliseconds, in no order. Behind a lock only the first in line
    does, and the rest cost nothing.
    """

    __slots__ = ("_admitted_s", "_line", "_throttler", "_waiting")

    def __init__(self, per_second: int) -> None:
        self._throttler = Throttler(rate_limit=per_second, period=PERIOD_S, retry_interval=0.005)
        self._line = asyncio.Lock()
        self._waiting = 0
        self._admitted_s = 0.0

    async def admit(self) -> None:
        self._waiting += 1
        try:
            async with self._line:
                await self._throttler.acquire()  # type: ignore[no-untyped-call]  # the package says it is typed; this is not
                self._admitted_s = time.monotonic()
        finally:
            self._waiting -= 1

    def is_idle(self) -> bool:
        """Tell whether nobody waits and its last second was empty, so that a new one would decide the same."""
        return not self._waiting and time.monotonic() - self._admitted_s > PERIOD_S


class Limits:
    """Admits attempts, so that in any second no host gets more than its share, nor the network more than the whole.

    Ask before an attempt begins: what is waited for here is no latency of the target.
    """

    def __init__(self, *, per_second: int, per_second_per_host: int) -> None:
        self._ceilings = per_second, per_second_per_host
        self._all = _Gate(per_second)
        self._hosts: OrderedDict[str, _Gate] = OrderedDict()

    def change(self, *, per_second: int, per_second_per_host: int) -> None:
        """Hold to other ceilings from now on; whoever waits is admitted by those of before."""
        # With the same ones nothing is made anew, which would admit as many again within the second.
        if self._ceilings != (per_second, per_second_per_host):
            self._ceilings = per_second, per_second_per_host
            self._all = _Gate(per_second)
            self._hosts.clear()

    async def admit(self, host: str) -> None:
        """Return when an attempt on the host may begin; at once while the ceilings are not reached."""
        gate = self._hosts.get(host)
        if gate is None:
            gate = self._hosts[host] = _Gate(self._ceilings[1])
        else:
            self._hosts.move_to_end(host)
        self._forget_idle()
        await gate.admit()
        await self._all.admit()

    def _forget_idle(self) -> None:
        """Drop hosts not asked for of late, never the newest; two at each turn keep pace with one that is added."""
        for _ in range(min(2, len(self._hosts) - 1)):
            oldest = next(iter(self._hosts))
            if not self._hosts[oldest].is_idle():
                return
            del self._hosts[oldest]
