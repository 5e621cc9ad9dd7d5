"""What the ledger knows of the components of services, read for many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from uptally.books.standings import Timelines, known_timelines
from uptally.model.observation import Observation
from uptally.model.settings import Settings
from uptally.model.terms import Edges, Terms
from uptally.model.timeline import Timeline
from uptally.rules.contract.probed_requests import Probed, probed_requests, together
from uptally.rules.contract.slowness import slow_time
from uptally.rules.history import Sight, sight_of, with_slow_time
from uptally.units.stretches import Stretches
from uptally.units.time import Window


class Answers(Timelines, Protocol):
    """What statements need of a ledger: `ledger.Reader` is one."""

    def observations(self, slug: str, *, location: str, window: Window) -> Iterator[Observation]:
        """Yield the observations that began in a window, in their order."""
        ...

    def latencies(self, slug: str, *, location: str, time: Stretches) -> Mapping[int, int]:
        """Return how many good answers that began within some time fell into which bucket of a sketch."""
        ...


class Sights:
    """The components that statements need, each looked at once for each kind of terms that sees them alike.

    How fast answers were, and how many attempts failed, is what the monitor's own location measured.
    """

    def __init__(
        self, ledger: Answers, location: str, known: Mapping[str, tuple[Timeline, int]], as_of_ms: int
    ) -> None:
        self._ledger = ledger
        self._location = location
        self._known = known
        self._as_of_ms = as_of_ms
        self._sights: dict[tuple[str, Edges, int | None], Sight] = {}
        self._requests: dict[tuple[str, int, Window], Probed] = {}

    @classmethod
    def read(cls, ledger: Answers, settings: Settings, since_ms: Mapping[str, int], *, as_of_ms: int) -> Sights:
        """Read components from the ledger, each by its slug and since its own instant: alike ones all at once."""
        endpoints = {endpoint.slug: endpoint for endpoint in settings.endpoints if endpoint.slug in since_ms}
        known: dict[str, tuple[Timeline, int]] = {}
        for start_ms in set(since_ms.values()):
            some = [endpoints[slug] for slug, since in since_ms.items() if since == start_ms]
            read = known_timelines(ledger, settings, some, since_ms=start_ms, as_of_ms=as_of_ms)
            known.update((slug, (timeline, start_ms)) for slug, timeline in read.items())
        return cls(ledger, settings.monitor.location, known, as_of_ms)

    def of(self, slugs: Iterable[str], terms: Terms) -> dict[str, Sight]:
        """Return what is known of components under terms, by their slugs."""
        return {slug: self._sight(slug, terms.edges, terms.slow_above_us) for slug in slugs}

    def latencies(self, slugs: Iterable[str], time: Stretches) -> dict[str, Mapping[int, int]]:
        """Return how fast components answered within some time, by their slugs."""
        return {slug: self._ledger.latencies(slug, location=self._location, time=time) for slug in slugs}

    def requests(self, slugs: Iterable[str], periods: Sequence[Window], *, bucket_ms: int) -> Probed:
        """Return what the attempts of components in some periods say, all of them together, by intervals."""
        return together(self._probed(slug, bucket_ms, period) for slug in slugs for period in periods)

    def _probed(self, slug: str, bucket_ms: int, period: Window) -> Probed:
        held = self._requests.get((slug, bucket_ms, period))
        if held is None:
            window = Window(period.start_ms, min(period.end_ms, self._as_of_ms))
            attempts = self._ledger.observations(slug, location=self._location, window=window)
            held = probed_requests(attempts, period, bucket_ms=bucket_ms, as_of_ms=self._as_of_ms)
            self._requests[slug, bucket_ms, period] = held
        return held

    def _sight(self, slug: str, edges: Edges, slow_above_us: int | None) -> Sight:
        held = self._sights.get((slug, edges, slow_above_us))
        if held is None:
            timeline, since_ms = self._known[slug]
            held = sight_of(timeline, edges, since_ms=since_ms, as_of_ms=self._as_of_ms)
            if slow_above_us is not None:
                window = Window(since_ms, self._as_of_ms)
                answers = self._ledger.observations(slug, location=self._location, window=window)
                held = with_slow_time(held, slow_time(answers, above_us=slow_above_us, as_of_ms=self._as_of_ms))
            self._sights[slug, edges, slow_above_us] = held
        return held
