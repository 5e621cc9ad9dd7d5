"""Doubts failures: was it the target, or our own network, or our resolver?

Only failures are doubted; a success stands. An answer, even a wrong one, proves the network, and loopback needs
no proof. A failure without an answer needs one: an attempt at a canary, or at an endpoint on another network, that
began in its later half or after it and succeeded. Without, it is unknown. Without canaries there is nothing to hold
failures against, and they are down.

Such a proof holds for the time when it was given. Where our network may have failed earlier in the attempt (half of
all networks fail at once, a canary does, the proof was late, or several attempts overlap that one loss could have
taken, the endpoint answered until then, if wrongly, or it failed alike and succeeded within its last ten intervals, so
that losses of ours would look like flapping), it must have been seen to work at the attempt's begin too, or the failure
is held until the endpoint has been tried again: it is down if that attempt fails as well while our network is proven,
and unknown if it succeeds, or another that began after the one that failed.

An answer tells what the target is when it comes. One that it took us long to ask for, while a later attempt succeeded,
says nothing of the time at which its attempt began, and is unknown.

A name that our resolver could not look up is down only where a second resolver says the same of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from uptally.clock import Clock
from uptally.daemon.canaries import QUICK_US, Canaries, is_good
from uptally.daemon.proofs import Crowd, Outages, Place, Proofs, address_of, place_of
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.rules.runs import ROW

HOLD_S = 60
"""So long is a failure held at most; what is not decided by then is unknown."""

AskOthers = Callable[[str], Awaitable[Reason | None]]
"""What other resolvers say of a name: `NONE` that it has addresses, `DNS_NOT_FOUND` that it has none,
`DNS_UNAVAILABLE` that they fail at it as well; None where they are silent or do not agree."""

PROMPTLY_NS = 1_000_000_000
"""What is asked no later than this after a failure still speaks for it."""

NEAR_NS = 250_000_000
"""What began so long before an instant, and what so long after it, together speak for it."""

RECENTLY_NS = 2_000_000_000
"""An attempt that began this soon after our network was seen to work bears out the failures before it."""

_MS = 1_000_000
_NO_NAME = frozenset({Reason.DNS_NOT_FOUND, Reason.DNS_UNAVAILABLE, Reason.DNS_TIMEOUT})


class _Tried(NamedTuple):
    """An attempt on the monotonic clock, and where it went."""

    slug: str
    place: Place
    began_ns: int
    ended_ns: int


class _Held(NamedTuple):
    """A failure that waits: a success speaks against it that began after it, a failure for it that began after it was
    held.
    """

    began_ns: int
    held_ns: int
    fails_again: asyncio.Future[bool]


class Watch:
    """Weighs attempts against what else our network and our resolver could reach meanwhile.

    `probe` makes one attempt at a canary and never raises; `second_opinion` is asked about names, where there are
    second resolvers.
    """

    def __init__(
        self,
        canaries: Sequence[Endpoint],
        *,
        clock: Clock,
        probe: Callable[[Endpoint], Awaitable[Attempt]],
        second_opinion: AskOthers | None,
    ) -> None:
        self._canaries = Canaries(canaries, clock=clock, probe=probe)
        self._second_opinion = second_opinion
        self._clock = clock
        self._places: dict[str, Place] = {}
        """Where each endpoint was last sought, by slug."""
        self._others = Proofs()
        self._crowd = Crowd()
        self._crowded_ns: int | None = None
        """When half of the networks were last seen to fail."""
        self._outages = Outages()
        self._succeeded: dict[str, int] = {}
        """When the newest attempt at each endpoint that succeeded began, by slug."""
        self._silent: dict[str, int] = {}
        """When the newest attempt at each endpoint that failed without an answer began, by slug."""
        self._answering: set[str] = set()
        """Endpoints that fail and answer, as far as the last attempt tells."""
        self._held: dict[str, list[_Held]] = {}
        """Failures that wait for another attempt at their endpoint, by slug."""

    def change(self, canaries: Sequence[Endpoint], *, second_opinion: AskOthers | None) -> None:
        """Ask other canaries and other resolvers from now on; what was proven stays so."""
        self._canaries.change(canaries)
        self._second_opinion = second_opinion

    async def weigh(self, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        """Return an attempt that has just ended as it stands, or as unknown where the fault may be our own.

        A failure without an answer waits for canaries, second resolvers and the next attempt, unless it is proven.
        """
        ended_ns = self._clock.monotonic_ns()
        if endpoint.slug in self._canaries:
            self._canaries.note(endpoint, attempt)
        if attempt.outcome in (Outcome.UP, Outcome.SLOW):
            if self._canaries:
                self._succeed(self._tried(endpoint, attempt, ended_ns), attempt)
            return attempt
        if attempt.reason in _NO_NAME and self._second_opinion is not None:
            attempt = await self._weigh_lookup(endpoint, attempt, ended_ns, self._second_opinion)
        if attempt.outcome is not Outcome.DOWN or not self._canaries:
            return attempt
        tried = self._tried(endpoint, attempt, ended_ns)
        if attempt.reason.is_answer or tried.place.is_loopback:
            self._crowd.reach(endpoint.slug, tried.place.network)
            self._settle(tried, is_failing=True)
            self._answering.add(endpoint.slug)
            is_the_targets = not self._was_overtaken(tried, attempt)
        else:
            is_the_targets = await self._is_the_targets(endpoint, tried)
            if is_the_targets:
                self._outages.fail(endpoint.slug, tried.began_ns)
        return attempt if is_the_targets else attempt._replace(outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK)

    async def close(self) -> None:
        """End what is asked of canaries."""
        await self._canaries.close()

    def _succeed(self, tried: _Tried, attempt: Attempt) -> None:
        """Remember a success, which proves the network for failures elsewhere; one on a private address says nothing
        of the way out, and one that lost packets nothing good.
        """
        if tried.slug in self._canaries:
            return
        if tried.place.is_public and is_good(attempt):
            self._others.note(tried.place.network, tried.began_ns)
        if not tried.place.is_loopback:
            self._crowd.reach(tried.slug, tried.place.network)
        self._outages.succeed(tried.slug, tried.began_ns)
        self._succeeded[tried.slug] = max(tried.began_ns, self._succeeded.get(tried.slug, tried.began_ns))
        self._answering.discard(tried.slug)
        self._settle(tried, is_failing=False)

    def _was_overtaken(self, tried: _Tried, attempt: Attempt) -> bool:
        """Tell whether we were long in reaching a target that a later attempt found well meanwhile."""
        reached_us = (attempt.phases.resolve_us or 0) + (attempt.phases.connect_us or 0)
        return reached_us >= QUICK_US and self._has_succeeded_since(tried)

    def _has_succeeded_since(self, tried: _Tried) -> bool:
        return self._succeeded.get(tried.slug, tried.began_ns) > tried.began_ns

    async def _is_the_targets(self, endpoint: Endpoint, tried: _Tried) -> bool:
        """Tell whether a failure without an answer was the target's."""
        is_other_than_before = self._falls_silent(tried, ROW * endpoint.interval_ms * _MS)
        middle_ns, latest_ns = (tried.began_ns + tried.ended_ns) // 2, tried.ended_ns + PROMPTLY_NS
        if endpoint.slug in self._canaries:
            return self._is_proven(tried, middle_ns, latest_ns)
        self._crowd.miss(endpoint.slug, tried.place.network, until_ns=tried.ended_ns + endpoint.interval_ms * _MS)
        if self._crowd.is_half_failing(tried.ended_ns):
            self._crowded_ns = tried.ended_ns
        since_ns = tried.ended_ns if self._is_in_crowd(tried) else middle_ns
        if not await self._canaries.ask(lambda: self._is_proven(tried, since_ns, latest_ns), since_ns, latest_ns):
            return False
        if self._is_proven(tried, tried.began_ns - RECENTLY_NS, tried.began_ns):
            self._settle(tried, is_failing=True)
        lasted_ms = (tried.ended_ns - tried.began_ns) // _MS
        # Of attempts that overlap, one short loss of ours takes several, which would look like an outage.
        may_be_ours = (
            (lasted_ms * 4 > endpoint.interval_ms * 5 and not self._outages.cover(tried.slug, tried.began_ns))
            or self._clock.monotonic_ns() - tried.ended_ns > NEAR_NS
            or self._is_in_crowd(tried)
            or is_other_than_before
            or self._canaries.failed_around(tried.began_ns)
        )
        if not may_be_ours or self._worked_at(tried, tried.began_ns):
            return True
        return not self._has_succeeded_since(tried) and await self._fails_again(tried)

    def _falls_silent(self, tried: _Tried, recently_ns: int) -> bool:
        """Note a failure without an answer, and tell whether the endpoint answered before, or was well since it last
        failed alike a short time ago.
        """
        has_answered = tried.slug in self._answering
        self._answering.discard(tried.slug)
        silent_ns = self._silent.get(tried.slug, tried.began_ns)
        self._silent[tried.slug] = max(silent_ns, tried.began_ns)
        is_back = silent_ns < self._succeeded.get(tried.slug, silent_ns) and tried.began_ns - silent_ns < recently_ns
        return has_answered or is_back

    def _worked_at(self, tried: _Tried, instant_ns: int) -> bool:
        """Tell whether our network is known to have worked both right before and right after an instant."""
        return self._is_proven(tried, instant_ns - NEAR_NS, instant_ns) and self._is_proven(
            tried, instant_ns, instant_ns + NEAR_NS
        )

    def _is_in_crowd(self, tried: _Tried) -> bool:
        return self._crowded_ns is not None and self._crowded_ns >= tried.began_ns

    def _is_proven(self, tried: _Tried, since_ns: int, until_ns: int) -> bool:
        """Tell whether our network is known to have worked for an attempt that began between two instants.

        In a crowd the others may be reached by another way than the rest, so that only canaries count.
        """
        window = (tried.place.network, since_ns, until_ns)
        if self._canaries.network.is_proven(*window):
            return True
        return not self._is_in_crowd(tried) and self._others.is_proven(*window)

    async def _fails_again(self, tried: _Tried) -> bool:
        """Wait for an attempt that begins from now on, where our network works; False as well where none is made."""
        waiting = _Held(tried.began_ns, self._clock.monotonic_ns(), asyncio.get_running_loop().create_future())
        held = self._held.setdefault(tried.slug, [])
        held.append(waiting)
        try:
            async with asyncio.timeout(HOLD_S):
                return await waiting.fails_again
        except TimeoutError:
            return False
        finally:
            held.remove(waiting)
            if not held:
                self._held.pop(tried.slug, None)

    def _settle(self, tried: _Tried, *, is_failing: bool) -> None:
        """Tell the failures of an endpoint that are held how it went on."""
        for held in self._held.get(tried.slug, ()):
            speaks = tried.began_ns >= held.held_ns if is_failing else tried.began_ns > held.began_ns
            if speaks and not held.fails_again.done():
                held.fails_again.set_result(is_failing)

    async def _weigh_lookup(
        self, endpoint: Endpoint, attempt: Attempt, ended_ns: int, second_opinion: AskOthers
    ) -> Attempt:
        """Return an attempt whose name led nowhere as down where a second resolver agrees, as unknown where none does.

        A resolver that fails is believed only if it answers for canaries. Of names that redirects lead to nobody else
        is asked, and canaries are nobody's to be judged.
        """
        if attempt.redirects or endpoint.slug in self._canaries:
            return attempt
        is_missing = attempt.reason is Reason.DNS_NOT_FOUND
        since_ns = ended_ns - attempt.duration_us * 500
        canaries = self._canaries
        window = (since_ns, ended_ns + PROMPTLY_NS)
        if not is_missing and not await canaries.ask(lambda: canaries.have_resolved(*window), *window):
            return attempt
        opinion = await second_opinion(endpoint.check.host)
        agrees = opinion is (Reason.DNS_NOT_FOUND if is_missing else Reason.DNS_UNAVAILABLE)
        return attempt._replace(outcome=Outcome.DOWN if agrees else Outcome.UNKNOWN)

    def _tried(self, endpoint: Endpoint, attempt: Attempt, ended_ns: int) -> _Tried:
        """Return when and where an attempt was made; its address is read once, as long as the endpoint stays there."""
        address = address_of(attempt)
        place = self._places.get(endpoint.slug)
        if place is None or place.address != address:
            place = place_of(address)
            self._places[endpoint.slug] = place
        return _Tried(endpoint.slug, place, ended_ns - attempt.duration_us * 1_000, ended_ns)
