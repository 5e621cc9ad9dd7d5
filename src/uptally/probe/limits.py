"""Ceilings on how hard we knock: per host, and over all."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from itertools import islice

PERIOD_S = 1.0


class _Gate:
    """One ceiling, first come first served: the first in line waits until a second has passed since the oldest."""

    __slots__ = ("_line", "admitted_s", "most", "waiting")

    def __init__(self, per_second: int) -> None:
        self.most = per_second
        self.admitted_s: deque[float] = deque()
        """When those were admitted that count."""
        self.waiting = 0
        self._line = asyncio.Lock()

    async def admit(self) -> None:
        """Return when it is the caller's turn."""
        self.waiting += 1
        try:
            async with self._line:
                while not self._note():
                    await asyncio.sleep(self.admitted_s[0] + PERIOD_S - time.monotonic())
        finally:
            self.waiting -= 1

    def is_idle(self) -> bool:
        """Tell whether nobody waits and its last second was empty, so that a new one would decide the same."""
        return not self.waiting and (not self.admitted_s or time.monotonic() - self.admitted_s[-1] > PERIOD_S)

    def _note(self) -> bool:
        now_s, admitted_s = time.monotonic(), self.admitted_s
        while admitted_s and now_s - admitted_s[0] > PERIOD_S:
            admitted_s.popleft()
        if len(admitted_s) >= self.most:
            return False
        admitted_s.append(now_s)
        return True


class Limits:
    """Admits attempts, so that in any second no host gets more than its share, nor the network more than the whole.

    Ask before an attempt begins: what is waited for here is no latency of the target.
    """

    def __init__(self, *, per_second: int, per_second_per_host: int) -> None:
        self._ceilings = per_second, per_second_per_host
        self._all = _Gate(per_second)
        self._hosts: dict[str, _Gate] = {}

    def change(self, *, per_second: int, per_second_per_host: int) -> None:
        """Hold to other ceilings from now on; whoever waits is admitted by those of before."""
        # With the same ones nothing is made anew, which would admit as many again within the second.
        if self._ceilings != (per_second, per_second_per_host):
            self._ceilings = per_second, per_second_per_host
            self._all = _Gate(per_second)
            self._hosts.clear()

    def admit_now(self, host: str) -> bool:
        """Admit an attempt on the host at once, if no ceiling is reached and nobody waits; tell whether that was done.

        One that does not get through both gates counts at neither.
        """
        gate, whole = self._hosts.get(host) or self._new(host), self._all
        if gate.waiting or whole.waiting:
            return False
        now_s, of_host, of_all = time.monotonic(), gate.admitted_s, whole.admitted_s
        while of_host and now_s - of_host[0] > PERIOD_S:
            of_host.popleft()
        while of_all and now_s - of_all[0] > PERIOD_S:
            of_all.popleft()
        if len(of_host) >= gate.most or len(of_all) >= whole.most:
            return False
        of_host.append(now_s)
        of_all.append(now_s)
        return True

    async def admit(self, host: str) -> None:
        """Return when an attempt on the host may begin; at once while the ceilings are not reached."""
        if self.admit_now(host):
            return
        await (self._hosts.get(host) or self._new(host)).admit()
        await self._all.admit()

    def _new(self, host: str) -> _Gate:
        """Make a host's gate, and look whether the two that were looked at longest ago are still needed."""
        for known in [*islice(self._hosts, 2)]:
            gate = self._hosts.pop(known)
            if not gate.is_idle():
                self._hosts[known] = gate
        gate = self._hosts[host] = _Gate(self._ceilings[1])
        return gate
