"""What the ledger knows of the components of services, read for many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from uptally.books.standings import Timelines, known_timelines
from uptally.model.settings import Settings
from uptally.model.terms import Edges
from uptally.model.timeline import Timeline
from uptally.rules.history import Sight, sight_of


class Sights:
    """The components that statements need, each looked at once for each kind of edges."""

    def __init__(self, known: Mapping[str, tuple[Timeline, int]], as_of_ms: int) -> None:
        self._known = known
        self._as_of_ms = as_of_ms
        self._sights: dict[tuple[str, Edges], Sight] = {}

    @classmethod
    def read(cls, ledger: Timelines, settings: Settings, since_ms: Mapping[str, int], *, as_of_ms: int) -> Sights:
        """Read components from the ledger, each by its slug and since its own instant: alike ones all at once."""
        endpoints = {endpoint.slug: endpoint for endpoint in settings.endpoints}
        known: dict[str, tuple[Timeline, int]] = {}
        for start_ms in set(since_ms.values()):
            some = [endpoints[slug] for slug, since in since_ms.items() if since == start_ms]
            read = known_timelines(ledger, settings, some, since_ms=start_ms, as_of_ms=as_of_ms)
            known.update((slug, (timeline, start_ms)) for slug, timeline in read.items())
        return cls(known, as_of_ms)

    def of(self, slugs: Iterable[str], edges: Edges) -> dict[str, Sight]:
        """Return what is known of components, by their slugs."""
        return {slug: self._sight(slug, edges) for slug in slugs}

    def _sight(self, slug: str, edges: Edges) -> Sight:
        held = self._sights.get((slug, edges))
        if held is None:
            timeline, since_ms = self._known[slug]
            held = sight_of(timeline, edges, since_ms=since_ms, as_of_ms=self._as_of_ms)
            self._sights[slug, edges] = held
        return held
