"""Doubts failures: was it the target, or our own network, or our resolver?

Only failures are doubted; a success stands. An answer, even a wrong one, proves the network, and loopback needs
no proof. A failure without an answer needs one: an attempt at a canary, or at an endpoint on another network, that
began in its later half or after it and succeeded. Without, it is unknown. Without canaries there is nothing to hold
failures against, and they are down.

Such a proof holds for the time when it was given. Where our network may have failed earlier in the attempt (half of
all networks fail at once, a canary does, the proof was late, or several attempts overlap that one loss could have
taken, or it failed alike and succeeded within its last ten intervals, so that losses of ours would look like flapping),
it must have been seen to work at the attempt's begin too, or the failure is held until the endpoint has been tried
again: it is down if that attempt fails as well while our network is proven, and unknown if it succeeds, or another that
began after the one that failed. The first failure of an endpoint that failed otherwise until then is held in any case:
one lost packet, which is no downtime anywhere else, would lengthen its outage. A failure is unknown as well where
our network had failed before, or we were disturbed, and it was not seen to work again until the attempt began.

An answer tells what the target is when it comes. One that it took us long to ask for, while a later attempt succeeded,
says nothing of the time at which its attempt began, and is unknown.

A name that our resolver could not look up is down only where a second resolver says the same of it. Where both say that
there is no such name, that is an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from uptally.clock import Clock
from uptally.daemon.canaries import QUICK_US, Canaries
from uptally.daemon.known import Failure, Known
from uptally.daemon.proofs import Crowd, Proofs, address_of, place_of, set_out_ns
from uptally.model.endpoint import Endpoint
from uptally.model.observation import GOOD, Attempt, Outcome, Reason
from uptally.rules.runs import ROW

HOLD_S = 60
"""So long is a failure held at most; what is not decided by then is unknown, unless the endpoint failed before it."""

AskOthers = Callable[[str], Awaitable[Reason | None]]
"""What other resolvers say of a name: `NONE` that it has addresses, `DNS_NOT_FOUND` that it has none,
`DNS_UNAVAILABLE` that they fail at it as well; None where they are silent or do not agree."""

PROMPTLY_NS = 500_000_000
"""What is asked no later than this after a failure still speaks for it."""

NEAR_NS = 250_000_000
"""What began so long before an instant, and what so long after it, together speak for it."""

RECENTLY_NS = 2_000_000_000
"""An attempt that began this soon after our network was seen to work bears out the failures before it."""

Weighed = Attempt | Coroutine[Any, Any, Attempt]
"""An attempt as it stands in the end, or what returns it, where that takes a while."""

_MS = 1_000_000
_NO_NAME = frozenset({Reason.DNS_NOT_FOUND, Reason.DNS_UNAVAILABLE, Reason.DNS_TIMEOUT})


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
        self._known: dict[str, Known] = {}
        """Endpoints by slug."""
        self._others = Proofs()
        self._crowd = Crowd()
        self._crowded_ns: int | None = None
        """When half of the networks were last seen to fail."""

    def change(self, canaries: Sequence[Endpoint], *, second_opinion: AskOthers | None) -> None:
        """Ask other canaries and other resolvers from now on; what was proven stays so."""
        self._canaries.change(canaries)
        self._second_opinion = second_opinion

    def weigh(self, endpoint: Endpoint, attempt: Attempt) -> Weighed:
        """Return an attempt that has just ended as it stands, or as unknown where the fault may be our own.

        A failure without an answer waits for canaries, second resolvers and the next attempt, unless it is proven: then
        a coroutine is returned, which is to be awaited.
        """
        if attempt.outcome in GOOD:
            if self._canaries.endpoints:
                self._succeed(endpoint, attempt)
            return attempt
        ended_ns = self._clock.monotonic_ns()
        is_canary = endpoint.slug in self._canaries.endpoints
        if is_canary:
            self._canaries.note(endpoint, attempt)
        # Of names that redirects lead to nobody else is asked, and canaries are nobody's to be judged.
        if attempt.reason in _NO_NAME and self._second_opinion is not None and not (attempt.redirects or is_canary):
            return self._weigh_lookup(endpoint, attempt, ended_ns, self._second_opinion)
        return self._weigh_failure(endpoint, attempt, ended_ns)

    async def close(self) -> None:
        """End what is asked of canaries."""
        await self._canaries.close()

    def _succeed(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Remember a success, which proves the network for failures elsewhere; one on a private address says nothing
        of the way out, and one that lost packets nothing good.
        """
        slug = endpoint.slug
        if slug in self._canaries.endpoints:
            self._canaries.note(endpoint, attempt)
            return
        began_ns = self._clock.monotonic_ns() - attempt.duration_us * 1_000
        known = self._known.get(slug)
        if known is None or known.place.address != attempt.address:
            known = self._find(slug, attempt)
        place, connect_us = known.place, attempt.phases.connect_us
        if place.is_public and (connect_us is None or connect_us < QUICK_US):
            self._others.note(place.network, set_out_ns(attempt, began_ns))
        if not place.is_loopback:
            self._crowd.reach(slug, place.network)
        known.succeed(began_ns)

    def _find(self, slug: str, attempt: Attempt) -> Known:
        """Return what is known of an endpoint; its address is read once, as long as it stays there."""
        known = self._known.get(slug)
        if known is None:
            known = self._known[slug] = Known()
        address = address_of(attempt)
        if known.place.address != address:
            known.place = place_of(address)
        return known

    def _weigh_failure(
        self, endpoint: Endpoint, attempt: Attempt, ended_ns: int, *, is_answer: bool = False
    ) -> Weighed:
        """Weigh a failure, which may be an answer whatever its reason says."""
        if not self._canaries.endpoints:
            return attempt
        known = self._find(endpoint.slug, attempt)
        began_ns = ended_ns - attempt.duration_us * 1_000
        if attempt.outcome is not Outcome.DOWN:
            known.lose(began_ns)
            return attempt
        is_changed, known.failing = known.failing not in (None, attempt.reason), attempt.reason
        if not (is_answer or attempt.reason.is_answer or known.place.is_loopback):
            is_flapping = known.falls_silent(began_ns, recently_ns=ROW * endpoint.interval_ms * _MS)
            return self._weigh_silence(
                Failure(endpoint, attempt, known, known.place, began_ns, ended_ns, is_changed, is_flapping)
            )
        self._crowd.reach(endpoint.slug, known.place.network)
        known.settle(began_ns, is_failing=True)
        # We may have been long in reaching a target that a later attempt found well meanwhile.
        reached_us = (attempt.phases.resolve_us or 0) + (attempt.phases.connect_us or 0)
        was_overtaken = reached_us >= QUICK_US and known.has_succeeded_since(began_ns)
        return _as_ours(attempt) if was_overtaken else attempt

    def _weigh_silence(self, failure: Failure) -> Weighed:
        """Weigh a failure without an answer."""
        endpoint, _, _, place, began_ns, ended_ns, *_ = failure
        middle_ns, latest_ns = (began_ns + ended_ns) // 2, ended_ns + PROMPTLY_NS
        if endpoint.slug in self._canaries.endpoints:
            return self._told(failure, self._is_proven(failure, middle_ns, latest_ns))
        self._crowd.miss(endpoint.slug, place.network, until_ns=ended_ns + endpoint.interval_ms * _MS)
        if self._crowd.is_half_failing(ended_ns):
            self._crowded_ns = ended_ns
        since_ns = ended_ns if self._is_in_crowd(failure) else middle_ns
        if self._is_proven(failure, since_ns, latest_ns):
            return self._weigh_proven(failure)
        return self._seek_proof(failure, since_ns, latest_ns)

    async def _seek_proof(self, failure: Failure, since_ns: int, latest_ns: int) -> Attempt:
        if not await self._canaries.ask(lambda: self._is_proven(failure, since_ns, latest_ns), since_ns, latest_ns):
            return self._told(failure, False)
        weighed = self._weigh_proven(failure)
        return weighed if isinstance(weighed, Attempt) else await weighed

    def _weigh_proven(self, failure: Failure) -> Weighed:
        """Weigh a failure at whose end our network worked: did it at its begin?"""
        endpoint, _, known, _, began_ns, ended_ns, is_changed, is_flapping = failure
        if self._is_proven(failure, began_ns - RECENTLY_NS, began_ns):
            known.settle(began_ns, is_failing=True)
        lasted_ms = (ended_ns - began_ns) // _MS
        # Of attempts that overlap, one short loss of ours takes several, which would look like an outage.
        may_be_ours = (
            (lasted_ms * 4 > endpoint.interval_ms * 5 and not known.is_in_outage(began_ns))
            or self._clock.monotonic_ns() - ended_ns > NEAR_NS
            or self._is_in_crowd(failure)
            or is_flapping
            or self._canaries.failed_around(began_ns)
        )
        if self._was_cut_off(failure):
            return self._told(failure, False)
        if not is_changed and (not may_be_ours or self._worked_at(failure, began_ns)):
            return self._told(failure, True)
        if known.has_succeeded_since(began_ns):
            return self._told(failure, False)
        # From now on, not from when the coroutine is awaited: the next attempt may begin before that.
        return self._fails_again(failure, known.hold(began_ns, self._clock.monotonic_ns()))

    async def _fails_again(self, failure: Failure, fails_again: asyncio.Future[bool]) -> Attempt:
        """Wait for an attempt that begins from now on, where our network works. Where none is made in time, it was the
        target's if that had failed before, too: it has not succeeded since.
        """
        try:
            async with asyncio.timeout(HOLD_S):
                return self._told(failure, await fails_again)
        except TimeoutError:
            return self._told(failure, failure.is_changed)

    @staticmethod
    def _told(failure: Failure, is_the_targets: bool) -> Attempt:
        """Return a failure without an answer once it is clear whose it was."""
        if not is_the_targets:
            failure.known.lose(failure.began_ns)
            return _as_ours(failure.attempt)
        failure.known.fail(failure.began_ns)
        return failure.attempt

    def _worked_at(self, failure: Failure, instant_ns: int) -> bool:
        """Tell whether our network is known to have worked both right before and right after an instant."""
        return self._is_proven(failure, instant_ns - NEAR_NS, instant_ns) and self._is_proven(
            failure, instant_ns, instant_ns + NEAR_NS
        )

    def _was_cut_off(self, failure: Failure) -> bool:
        """Tell whether our network had failed before an attempt, and was not seen to work again until it began."""
        lost_ns = failure.known.lost_before(failure.began_ns)
        return lost_ns is not None and not self._is_proven(failure, lost_ns, failure.began_ns)

    def _is_in_crowd(self, failure: Failure) -> bool:
        return self._crowded_ns is not None and self._crowded_ns >= failure.began_ns

    def _is_proven(self, failure: Failure, since_ns: int, until_ns: int) -> bool:
        """Tell whether our network is known to have worked for an attempt that began between two instants.

        In a crowd the others may be reached by another way than the rest, so that only canaries count.
        """
        window = (failure.place.network, since_ns, until_ns)
        if self._canaries.network.is_proven(*window):
            return True
        return not self._is_in_crowd(failure) and self._others.is_proven(*window)

    async def _weigh_lookup(
        self, endpoint: Endpoint, attempt: Attempt, ended_ns: int, second_opinion: AskOthers
    ) -> Attempt:
        """Return an attempt whose name led nowhere as down where a second resolver agrees, as unknown where none does.

        A resolver that fails is believed only if it answers for canaries.
        """
        is_missing = attempt.reason is Reason.DNS_NOT_FOUND
        since_ns = ended_ns - attempt.duration_us * 500
        canaries = self._canaries
        window = (since_ns, ended_ns + PROMPTLY_NS)
        if is_missing or await canaries.ask(lambda: canaries.have_resolved(*window), *window):
            opinion = await second_opinion(endpoint.check.host)
            agrees = opinion is (Reason.DNS_NOT_FOUND if is_missing else Reason.DNS_UNAVAILABLE)
            attempt = attempt._replace(outcome=Outcome.DOWN if agrees else Outcome.UNKNOWN)
        # Two that say that there is no such name have answered, and both are beyond a network that works.
        weighed = self._weigh_failure(endpoint, attempt, ended_ns, is_answer=is_missing)
        return weighed if isinstance(weighed, Attempt) else await weighed


def _as_ours(attempt: Attempt) -> Attempt:
    return attempt._replace(outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK)
