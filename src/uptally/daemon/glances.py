"""Looks at endpoints, and services of several, in the ledger, and keeps of each what the overview shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from uptally.books import ROLLING_MS, standings_of
from uptally.books.combined import combined_standings, composite_of
from uptally.daemon.notebook import endpoints_held_to_targets
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Made

AT_ONCE = 50
"""So many of which the timelines are in memory together."""


class Glances:
    """How all that has a page stood when it was last looked at. Belongs to one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = endpoints_held_to_targets(settings)
        self.services = {
            each.slug: each
            for each in settings.services
            if each.is_public and each.terms and each.slug not in self._endpoints
        }
        """The services that are no endpoint, and stand by how their components do, by slug."""
        self.slugs = dict.fromkeys((*self._endpoints, *self.services))
        """Of all that has a page, endpoints first."""
        self._kept: dict[str, Standing] = {}

    def __bool__(self) -> bool:
        return bool(self._kept)

    def __iter__(self) -> Iterator[Standing]:
        """Yield what is kept, in the configuration's order."""
        return (self._kept[slug] for slug in self.slugs if slug in self._kept)

    @property
    def missing(self) -> list[str]:
        """Those of which nothing is kept."""
        return [slug for slug in self.slugs if slug not in self._kept]

    def concerned(self, turned: Collection[str]) -> dict[str, None]:
        """Return those that stand otherwise when some endpoints, public or not, changed their state."""
        changed = frozenset(turned)
        resting = (slug for slug, each in self.services.items() if not changed.isdisjoint(each.components))
        return dict.fromkeys((*(slug for slug in turned if slug in self._endpoints), *resting))

    def look(self, reader: Reader, slugs: Iterable[str], *, now_ms: int) -> list[Standing]:
        """Return how a few stand, in all detail, and keep nothing. Raises LedgerCorrupt."""
        wanted = [*slugs]
        endpoints = [self._endpoints[slug] for slug in wanted if slug in self._endpoints]
        services = [self.services[slug] for slug in wanted if slug in self.services]
        return [
            *standings_of(reader, self._settings, endpoints, now_ms=now_ms),
            *combined_standings(reader, self._settings, services, now_ms=now_ms),
        ]

    def made(self, slug: str, *, now_ms: int) -> Made | None:
        """Return what a service is made of, with the parts as they are kept; None for an endpoint."""
        service = self.services.get(slug)
        if service is None:
            return None
        parts = [self._kept[part] for part in service.components if part in self._kept]
        return Made(len(service.components), composite_of(service, now_ms=now_ms), parts)

    def keep(self, standing: Standing) -> None:
        """Keep of a standing what the overview shows: two months and the newest outage. More would take much memory."""
        months = [statement for statement in standing.statements if statement.label not in ROLLING_MS]
        self._kept[standing.endpoint.slug] = replace(
            standing, statements=tuple(months[:2]), outages=standing.outages[:1]
        )


def batches(slugs: Iterable[str], most: int = AT_ONCE) -> Iterator[list[str]]:
    """Yield slugs, so many at a time."""
    left = iter(slugs)
    while some := list(islice(left, most)):
        yield some
