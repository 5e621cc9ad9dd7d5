"""Looks at endpoints, and services of several, in the ledger, and keeps of each what the overview shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from uptally.books import ROLLING_MS, standings_of
from uptally.books.combined import combined_standings, composite_of
from uptally.clock import Clock
from uptally.daemon.notebook import endpoints_held_to_targets
from uptally.daemon.noticeboard import Noticeboard
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Made

AT_ONCE = 50
"""So many of which the timelines are in memory together."""


class Glances:
    """How all that has a page stood when it was last looked at. Belongs to one thread."""

    def __init__(self, settings: Settings, noticeboard: Noticeboard, *, clock: Clock) -> None:
        self._settings, self._noticeboard, self._clock = settings, noticeboard, clock
        self._endpoints = endpoints_held_to_targets(settings)
        self.services = {
            each.slug: each
            for each in settings.services
            if each.is_public and each.terms and each.slug not in self._endpoints
        }
        """The services that are no endpoint, and stand by how their components do, by slug."""
        self.slugs = dict.fromkeys((*self._endpoints, *self.services))
        """Of all that has a page, endpoints first."""
        self.waiting: dict[str, None] = {}
        """Those that are still to be looked at since `begin`."""
        self.took_ms = 0
        """What looking took since `begin`."""
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

    def begin(self) -> None:
        """Have all looked at anew, as far as `go_on` is called."""
        self.waiting, self.took_ms = dict.fromkeys(self.slugs), 0

    def go_on(self, reader: Reader, *, for_ms: int) -> None:
        """Look at those that wait, some at once, until a time is over or there are no more. Raises LedgerCorrupt."""
        began_ns = self._clock.monotonic_ns()
        took_ms = 0
        while self.waiting and took_ms < for_ms:
            slugs = list(islice(self.waiting, AT_ONCE))
            self.keep(self.look(reader, slugs))
            for slug in slugs:
                del self.waiting[slug]
            took_ms = (self._clock.monotonic_ns() - began_ns) // 1_000_000
        self.took_ms += took_ms

    def look_at(self, reader: Reader, slugs: Iterable[str]) -> None:
        """Look at some, however many. Raises LedgerCorrupt."""
        for some in batches(slugs):
            self.keep(self.look(reader, some))

    def look(self, reader: Reader, slugs: Iterable[str]) -> list[Standing]:
        """Return how a few stand, in all detail, and keep nothing. Raises LedgerCorrupt."""
        wanted, now_ms = [*slugs], self._clock.wall_ms()
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

    def keep(self, standings: Iterable[Standing]) -> None:
        """Keep of standings what the overview shows: two months and the newest outage. More would take much memory."""
        for each in standings:
            slug = each.endpoint.slug
            if slug not in self.services:
                self._noticeboard.see(each)
            months = [statement for statement in each.statements if statement.label not in ROLLING_MS]
            self._kept[slug] = replace(each, statements=tuple(months[:2]), outages=each.outages[:1])


def batches(slugs: Iterable[str], most: int = AT_ONCE) -> Iterator[list[str]]:
    """Yield slugs, so many at a time."""
    left = iter(slugs)
    while some := list(islice(left, most)):
        yield some
