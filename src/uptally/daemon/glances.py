"""Looks at endpoints in the ledger, and keeps of each what the overview shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from uptally.books import ROLLING_MS, standings_of
from uptally.ledger import Reader
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.statement import Standing

AT_ONCE = 50
"""Endpoints whose timelines are in memory together."""


class Glances:
    """How the endpoints of a configuration stood when they were last looked at. Belongs to one thread."""

    def __init__(self, settings: Settings, endpoints: Mapping[str, Endpoint]) -> None:
        self._settings = settings
        self._endpoints = endpoints
        self._kept: dict[str, Standing] = {}

    def __bool__(self) -> bool:
        return bool(self._kept)

    def __iter__(self) -> Iterator[Standing]:
        """Yield what is kept, in the configuration's order."""
        return (self._kept[slug] for slug in self._endpoints if slug in self._kept)

    @property
    def missing(self) -> list[str]:
        """The endpoints of which nothing is kept."""
        return [slug for slug in self._endpoints if slug not in self._kept]

    def look(self, reader: Reader, slugs: Iterable[str], *, now_ms: int) -> list[Standing]:
        """Return how a few endpoints stand, in all detail, and keep nothing. Raises LedgerCorrupt."""
        endpoints = [self._endpoints[slug] for slug in slugs]
        return [*standings_of(reader, self._settings, endpoints, now_ms=now_ms)]

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
