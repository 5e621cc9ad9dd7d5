"""Holds connections open, whose end triggers an attempt at once: a crash is seen within milliseconds.

A tripwire makes nothing down: only the attempt that it triggers does. It is opened to the address that the last good
attempt reached, and let go when an attempt fails, as the scheduler then asks anyway.

Many servers end connections over which nothing is said. Where the attempt that follows such an end is good, how long
the connection stood is noted, and once it has been about as long twice, the next are opened anew shortly before.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from uptally.clock import Clock
from uptally.daemon.patience import Patience
from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.model.observation import GOOD, Attempt
from uptally.probe import Tripwire
from uptally.units.time import HOUR_MS

PAUSE_MAX_MS = 10_000
"""Once the peer has ended two connections for nothing within this time, or the interval where that is less, so long
passes until the next: no peer can have itself asked without end."""

DYING_MS = 1_000
"""A server that stops may still answer so long after it has let go of its connections."""

HARMS_MAX = 2
"""So many times in a row may an attempt go unanswered from when the connection is held: a server that talks to one
client at a time waits for us in vain."""

_MS = 1_000_000
_log = logging.getLogger(__name__)


class Held(Protocol):
    """A connection that stands."""

    async def end(self) -> None:
        """Return when the peer ended it."""
        ...

    def drop(self) -> None:
        """Close it."""
        ...


Connect = Callable[[str, int], Awaitable[Held]]
"""Connects to an address and port; raises OSError."""


@dataclass(slots=True)
class _Wire:
    """The tripwire of one endpoint."""

    endpoint: Endpoint
    patience: Patience = field(default_factory=Patience)
    address: str = ""
    """What the last good attempt reached."""
    holding: asyncio.Task[None] | None = None
    """Opens and holds connections, one after the other."""
    opened_ns: int | None = None
    """Since when the present one stands."""
    mistaken_ns: int | None = None
    """When an attempt last found the endpoint well after the peer had ended the connection."""
    harms: int = 0
    renewal: asyncio.Timeout | None = None
    """When it is opened anew."""
    ended_ns: int | None = None
    """When the peer ended the last one, until an attempt has told whether it is well."""
    lesson: tuple[int, int] | None = None
    """When the peer ended one, and after how many milliseconds, until it proves to have been well."""


class Tripwires:
    """Holds a connection to each endpoint that asks for it, at most `room` of them; the first of the config have it.

    Each takes one descriptor, and without `room` they have half of those that this process may open. `try_now` makes an
    attempt at an endpoint at once. Belongs to one event loop.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        clock: Clock,
        room: int | None = None,
        try_now: Callable[[str], None],
        connect: Connect = Tripwire.open,
    ) -> None:
        self._clock = clock
        self._room = half_of_descriptors() if room is None else room
        self._try_now = try_now
        self._connect = connect
        self._wires: dict[str, _Wire] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        """All that hold connections, those that were let go and have not ended yet among them."""
        self.change(endpoints)

    @property
    def held(self) -> int:
        """How many connections stand; may be asked on any thread."""
        return sum(wire.opened_ns is not None for wire in [*self._wires.values()])

    def change(self, endpoints: Iterable[Endpoint]) -> None:
        """Go on with other endpoints; those that are asked as before keep their connections."""
        before, self._wires = self._wires, {}
        wanted = [endpoint for endpoint in endpoints if endpoint.has_tripwire and not _is_through_proxy(endpoint)]
        for endpoint in wanted[: self._room]:
            wire = before.get(endpoint.slug)
            if wire is not None and wire.endpoint.is_asked_like(endpoint):
                del before[endpoint.slug]
                wire.endpoint = endpoint
            else:
                wire = _Wire(endpoint)
            self._wires[endpoint.slug] = wire
        for wire in before.values():
            self._let_go(wire)
        if len(wanted) > self._room:
            _log.warning(
                "%d of %d tripwires are not held: at most half of the file descriptors that this process may have are "
                "for them, which is %d",
                *(len(wanted) - self._room, len(wanted), self._room),
            )

    async def close(self) -> None:
        """Drop all connections."""
        self.change([])
        if self._tasks:
            await asyncio.wait(self._tasks)

    def note(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Take an attempt that has just ended, before it is doubted."""
        wire = self._wires.get(endpoint.slug)
        if wire is not None:
            now_ns = self._clock.monotonic_ns()
            if attempt.outcome in GOOD:
                self._succeed(wire, attempt, now_ns)
            else:
                self._fail(wire, attempt, now_ns)

    def _succeed(self, wire: _Wire, attempt: Attempt, now_ns: int) -> None:
        began_ns = now_ns - attempt.duration_us * 1_000
        pause_ms = 0
        if wire.lesson is not None and began_ns >= wire.lesson[0] + DYING_MS * _MS:
            self._learn(wire, wire.lesson[1], now_ns)
            wire.lesson = None
        if wire.ended_ns is not None and began_ns >= wire.ended_ns:
            if wire.mistaken_ns is not None:
                pause_ms = max(0, _pause_ms(wire.endpoint) - (now_ns - wire.mistaken_ns) // _MS)
            wire.mistaken_ns = now_ns
            wire.ended_ns = None
        if wire.opened_ns is not None and began_ns >= wire.opened_ns:
            wire.harms = 0
        if attempt.redirects:
            # It tells of the address where it ended, and no more.
            return
        wire.address = attempt.address
        if wire.holding is None and wire.ended_ns is None and wire.patience.holds_ms(now_ns=now_ns) is not None:
            wire.holding = asyncio.create_task(self._hold(wire, pause_ms))
            self._tasks.add(wire.holding)
            wire.holding.add_done_callback(self._tasks.discard)

    @staticmethod
    def _learn(wire: _Wire, stood_ms: int, now_ns: int) -> None:
        """Note how long the peer let a connection stand; the present one is held no longer than that allows."""
        wire.patience.learn(stood_ms, now_ns=now_ns)
        if wire.renewal is not None and wire.opened_ns is not None and not wire.renewal.expired():
            holds_ms = wire.patience.holds_ms(now_ns=now_ns) or 0
            left_ms = holds_ms - (now_ns - wire.opened_ns) // _MS
            wire.renewal.reschedule(asyncio.get_running_loop().time() + left_ms / 1_000)

    def _fail(self, wire: _Wire, attempt: Attempt, now_ns: int) -> None:
        began_ns = now_ns - attempt.duration_us * 1_000
        if wire.opened_ns is not None and began_ns >= wire.opened_ns and not attempt.reason.is_answer:
            wire.harms += 1
            if wire.harms >= HARMS_MAX:
                wire.patience.exhaust(now_ns=now_ns)
                _log.warning(
                    "%s: the tripwire is given up for a day, since attempts fail while it is held", wire.endpoint.slug
                )
        self._let_go(wire)

    def _let_go(self, wire: _Wire) -> None:
        wire.ended_ns = wire.mistaken_ns = wire.lesson = None
        wire.opened_ns = None
        if wire.holding is not None:
            wire.holding.cancel()
            wire.holding = None

    async def _hold(self, wire: _Wire, pause_ms: int) -> None:
        """After a pause hold connections, one after the other, until the peer ends one or wants no more of them."""
        me = asyncio.current_task()
        failures = 0
        try:
            while (holds_ms := wire.patience.holds_ms(now_ns=self._clock.monotonic_ns())) is not None:
                await asyncio.sleep(pause_ms / 1_000)
                held = await self._opened(wire, is_first=not failures)
                if held is None:
                    pause_ms = min(_pause_ms(wire.endpoint) << min(failures, 16), HOUR_MS)
                    failures += 1
                elif await self._is_ended(wire, held, holds_ms):
                    self._try_now(wire.endpoint.slug)
                    return
                else:
                    pause_ms = failures = 0
        finally:
            if wire.holding is me:
                wire.holding = None

    async def _opened(self, wire: _Wire, *, is_first: bool) -> Held | None:
        """Return a connection; None where there is none to be had: while the attempts are good, that is all."""
        endpoint = wire.endpoint
        try:
            async with asyncio.timeout(endpoint.timeout_ms / 1_000):
                return await self._connect(wire.address, endpoint.check.port)
        except ConnectionError:
            if is_first:
                # A process that dies may let go of its connections before it lets go of its port, so that the attempt
                # which that triggered could still connect.
                self._try_now(endpoint.slug)
        except OSError:
            # Its time is over, or we are out of something.
            pass
        return None

    async def _is_ended(self, wire: _Wire, held: Held, holds_ms: int) -> bool:
        """Hold a connection; tell whether the peer ended it, or its time is over."""
        opened_ns = wire.opened_ns = self._clock.monotonic_ns()
        try:
            async with asyncio.timeout(holds_ms / 1_000) as wire.renewal:
                await held.end()
        except TimeoutError:
            return False
        finally:
            held.drop()
            wire.opened_ns = wire.renewal = None
        wire.ended_ns = ended_ns = self._clock.monotonic_ns()
        if wire.lesson is None:
            wire.lesson = ended_ns, (ended_ns - opened_ns) // _MS
        return True


def half_of_descriptors() -> int:
    """Return how many tripwires there may be: the attempts need descriptors too, and so does the rest of the daemon."""
    if sys.platform == "win32":
        # Sockets are not counted there.
        return sys.maxsize
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit // 2


def _pause_ms(endpoint: Endpoint) -> int:
    return min(endpoint.interval_ms, PAUSE_MAX_MS)


def _is_through_proxy(endpoint: Endpoint) -> bool:
    return isinstance(endpoint.check, HttpCheck) and endpoint.check.environment_proxy
