"""Doubts failures: was it the target, or our own network, or our resolver?

Only failures are doubted; a success stands. An answer, even a wrong one, proves the network, and loopback needs
no proof. A failure without an answer is down if, in its later half or right after it, a canary or an endpoint on
another network succeeded; else it is unknown. Where half of all networks fail at once, the successes of the others
prove nothing: the failures are held until a canary has spoken. Without canaries there is nothing to hold failures
against, and they are down.

A name that our resolver could not look up is down only where a second resolver says the same of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from uptally.clock import Clock
from uptally.daemon.proofs import Crowd, Place, Proofs, address_of, place_of
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Outcome, Reason

HOLD_S = 60
"""So long may failures be held; what is not proven by then never will be."""

AskOthers = Callable[[str], Awaitable[Reason | None]]
"""What other resolvers say of a name: `NONE` that it has addresses, `DNS_NOT_FOUND` that it has none,
`DNS_UNAVAILABLE` that they fail at it as well; None where they are silent or do not agree."""

_UP = (Outcome.UP, Outcome.SLOW)
_MS = 1_000_000
_NAMES = "names"
"""What stands for the networks in proofs that our resolver works."""


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
        self.change(canaries, second_opinion=second_opinion)
        self._clock = clock
        self._probe = probe
        self._places: dict[str, Place] = {}
        """Where each endpoint was last sought, by slug."""
        self._anyone, self._by_canary, self._lookups = Proofs(), Proofs(), Proofs()
        self._crowd = Crowd()
        self._waiters: set[asyncio.Event] = set()
        self._round: asyncio.Task[None] | None = None

    def change(self, canaries: Sequence[Endpoint], *, second_opinion: AskOthers | None) -> None:
        """Ask other canaries and other resolvers from the next round on; what was proven stays so."""
        self._canaries = tuple(canaries)
        self._canary_slugs = frozenset(canary.slug for canary in canaries)
        self._second_opinion = second_opinion

    async def weigh(self, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        """Return an attempt as it stands, or as unknown where our own network may be to blame for its failure.

        Waits for a round of canaries and for second resolvers at most, and not at all where the proof is there already.
        """
        now_ns = self._clock.monotonic_ns()
        if endpoint.slug in self._canary_slugs:
            self._note_canary(endpoint, attempt, now_ns)
        if attempt.outcome in _UP:
            if self._canaries:
                self._note(endpoint, attempt, now_ns)
            return attempt
        if attempt.reason in (Reason.DNS_NOT_FOUND, Reason.DNS_UNAVAILABLE, Reason.DNS_TIMEOUT):
            attempt = await self._weigh_lookup(endpoint, attempt, now_ns)
        if attempt.outcome is not Outcome.DOWN or not self._canaries:
            return attempt
        place = self._place(endpoint, attempt)
        if attempt.reason.is_answer or place.is_loopback:
            self._crowd.reach(endpoint.slug, place.network)
            return attempt
        if await self._is_the_targets(endpoint, attempt, place, now_ns):
            return attempt
        return replace(attempt, outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK)

    async def close(self) -> None:
        """End a round of canaries that is under way."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)

    async def _is_the_targets(self, endpoint: Endpoint, attempt: Attempt, place: Place, now_ns: int) -> bool:
        """Tell whether a failure without an answer, which has just ended, was the target's."""
        if endpoint.slug in self._canary_slugs:
            return self._anyone.is_proven(place.network, now_ns - attempt.duration_us * 500)
        self._crowd.miss(endpoint.slug, place.network, until_ns=now_ns + endpoint.interval_ms * _MS)
        if self._crowd.is_half_failing(now_ns):
            return await self._ask(self._by_canary, place.network, now_ns)
        # Its earlier half would let a success from right before a loss of our network speak for the time after it.
        since_ns = now_ns - attempt.duration_us * 500
        return self._anyone.is_proven(place.network, since_ns) or await self._ask(self._anyone, place.network, since_ns)

    async def _weigh_lookup(self, endpoint: Endpoint, attempt: Attempt, now_ns: int) -> Attempt:
        """Return an attempt whose name led nowhere as down where a second resolver agrees, as unknown where none does.

        A resolver that fails is believed only if it answers for canaries. Of names that redirects lead to nobody else
        is asked, and without second resolvers things are as the attempt found them.
        """
        if self._second_opinion is None or attempt.redirects or endpoint.slug in self._canary_slugs:
            return attempt
        is_missing = attempt.reason is Reason.DNS_NOT_FOUND
        if not is_missing and not await self._ask(self._lookups, "", now_ns - attempt.duration_us * 500):
            return attempt
        opinion = await self._second_opinion(endpoint.check.host)
        agrees = opinion is (Reason.DNS_NOT_FOUND if is_missing else Reason.DNS_UNAVAILABLE)
        return replace(attempt, outcome=Outcome.DOWN if agrees else Outcome.UNKNOWN)

    def _place(self, endpoint: Endpoint, attempt: Attempt) -> Place:
        """Return where an attempt went. Read once, as long as the endpoint stays at its address."""
        address = address_of(attempt)
        place = self._places.get(endpoint.slug)
        if place is None or place.address != address:
            place = place_of(address)
            self._places[endpoint.slug] = place
        return place

    def _note(self, endpoint: Endpoint, attempt: Attempt, now_ns: int) -> None:
        """Remember a success, which proves the network for failures elsewhere; one on a private address says nothing
        of the way out.
        """
        place = self._place(endpoint, attempt)
        if place.is_public:
            self._anyone.note(place.network, now_ns)
        if not place.is_loopback and endpoint.slug not in self._canary_slugs:
            self._crowd.reach(endpoint.slug, place.network)
        self._tell()

    def _note_canary(self, canary: Endpoint, attempt: Attempt, now_ns: int) -> None:
        """Remember what a canary's attempt proves: an address for its name, the resolver; an answer, the network."""
        place = self._place(canary, attempt)
        if place.address and place.address != canary.check.host:
            self._lookups.note(_NAMES, now_ns)
        if attempt.outcome in _UP and place.is_public:
            self._by_canary.note(place.network, now_ns)
        self._tell()

    def _tell(self) -> None:
        for waiter in self._waiters:
            waiter.set()

    async def _ask(self, proofs: Proofs, network: str, since_ns: int) -> bool:
        """Send out the canaries, unless they are under way, and tell whether a proof arrives before the last of them is
        back.

        A round that comes back without one ends the wait: what answers only later says nothing of the time before.
        """
        if proofs.is_proven(network, since_ns):
            return True
        if not self._canaries:
            return False
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._send_canaries())
        round_ = self._round
        arrived = asyncio.Event()
        self._waiters.add(arrived)
        round_.add_done_callback(lambda _: arrived.set())
        try:
            async with asyncio.timeout(HOLD_S):
                while not proofs.is_proven(network, since_ns):
                    if round_.done():
                        return False
                    arrived.clear()
                    await arrived.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(arrived)

    async def _send_canaries(self) -> None:
        async def send(canary: Endpoint) -> None:
            attempt = await self._probe(canary)
            now_ns = self._clock.monotonic_ns()
            self._note_canary(canary, attempt, now_ns)
            if attempt.outcome in _UP:
                self._note(canary, attempt, now_ns)

        async with asyncio.TaskGroup() as group:
            for canary in self._canaries:
                group.create_task(send(canary))
