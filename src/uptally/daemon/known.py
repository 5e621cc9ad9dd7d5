"""What is known of each endpoint, by the begins of the attempts at it: by this its next failure is weighed.

Instants are those of the monotonic clock, in nanoseconds.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from uptally.daemon.proofs import Place, place_of
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Reason

_NOWHERE = place_of("")


class _Held(NamedTuple):
    """A failure that waits: a success speaks against it that began after it, a failure for it that began after it was
    held.
    """

    began_ns: int
    held_ns: int
    fails_again: asyncio.Future[bool]


class Known:
    """What is known of an endpoint."""

    __slots__ = ("_held", "_lost_ns", "_outage", "_silent_ns", "_succeeded_ns", "failing", "place")

    def __init__(self) -> None:
        self.place = _NOWHERE
        """Where it was last sought."""
        self.failing: Reason | None = None
        """How the last attempt failed; None where it succeeded."""
        self._held: list[_Held] = []
        """Failures that wait for another attempt."""
        self._succeeded_ns: int | None = None
        """When the newest attempt that succeeded began."""
        self._silent_ns: int | None = None
        """When the newest attempt that failed without an answer began."""
        self._lost_ns: int | None = None
        """When the first attempt began that our own network lost, since the newest that succeeded."""
        self._outage: tuple[int, int | None] | None = None
        """The newest outage that was found beyond doubt: its first failure, and the first success after it."""

    def succeed(self, began_ns: int) -> None:
        """Take an attempt that succeeded."""
        self.failing = None
        if self._succeeded_ns is None or self._succeeded_ns < began_ns:
            self._succeeded_ns = began_ns
        if self._outage is not None:
            first_ns, ended_ns = self._outage
            if ended_ns is None and first_ns < began_ns:
                self._outage = first_ns, began_ns
        if self._held:
            self.settle(began_ns, is_failing=False)

    def has_succeeded_since(self, began_ns: int) -> bool:
        """Tell whether a later attempt than one that began then has succeeded."""
        return self._succeeded_ns is not None and self._succeeded_ns > began_ns

    def falls_silent(self, began_ns: int, *, recently_ns: int) -> bool:
        """Take a failure without an answer; tell whether the endpoint was well since it last failed alike a short time
        ago.
        """
        silent_ns = began_ns if self._silent_ns is None else self._silent_ns
        self._silent_ns = max(silent_ns, began_ns)
        return began_ns - silent_ns < recently_ns and self.has_succeeded_since(silent_ns)

    def fail(self, began_ns: int) -> None:
        """Take an attempt that failed without an answer, once it is clear that this was the target's."""
        first_ns, ended_ns = self._outage or (began_ns, None)
        if ended_ns is not None and began_ns > ended_ns:
            first_ns, ended_ns = began_ns, None
        self._outage = min(first_ns, began_ns), ended_ns

    def lose(self, began_ns: int) -> None:
        """Take an attempt that failed without an answer, once it is clear that this was ours."""
        if self._lost_ns is None or began_ns < self._lost_ns or self.has_succeeded_since(self._lost_ns):
            self._lost_ns = began_ns

    def lost_before(self, began_ns: int) -> int | None:
        """Return when the first attempt began that our network lost, if that was before another one, and none has
        succeeded since.
        """
        lost_ns = self._lost_ns
        if lost_ns is None or lost_ns >= began_ns or self.has_succeeded_since(lost_ns):
            return None
        return lost_ns

    def is_in_outage(self, began_ns: int) -> bool:
        """Tell whether an attempt began in the newest outage."""
        if self._outage is None:
            return False
        first_ns, ended_ns = self._outage
        return first_ns <= began_ns and (ended_ns is None or began_ns < ended_ns)

    def hold(self, began_ns: int, held_ns: int) -> asyncio.Future[bool]:
        """Hold a failure from an instant on until another attempt tells whether it fails again."""
        held = _Held(began_ns, held_ns, asyncio.get_running_loop().create_future())
        self._held = [*self._waiting(), held]
        return held.fails_again

    def settle(self, began_ns: int, *, is_failing: bool) -> None:
        """Tell the failures that are held how an attempt went that has ended."""
        for held in self._waiting():
            speaks = began_ns >= held.held_ns if is_failing else began_ns > held.began_ns
            if speaks:
                held.fails_again.set_result(is_failing)
        self._held = self._waiting()

    def _waiting(self) -> list[_Held]:
        """Return those that are held still: some are settled, and of others nobody waits for it any more."""
        return [held for held in self._held if not held.fails_again.done()]


class Failure(NamedTuple):
    """An attempt that failed without an answer, by the monotonic clock, and where it went."""

    endpoint: Endpoint
    attempt: Attempt
    known: Known
    place: Place
    began_ns: int
    ended_ns: int
    is_changed: bool
    """Whether the endpoint failed otherwise until then."""
    is_flapping: bool
    """Whether it was well since it last failed alike, a short time ago."""
