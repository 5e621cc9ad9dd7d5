"""What the page says of how it is measured: what anybody may hold the figures against. Pure; knows no template.

Whatever depends on the configuration is taken from it, so that the page never says what is not so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from uptally.model.agreement import Service
from uptally.model.downtime import Instant
from uptally.model.endpoint import Endpoint
from uptally.model.settings import PageSettings
from uptally.model.terms import Edges, StartsAt, Terms, Unknown
from uptally.page import clauses
from uptally.page.language import N_, _
from uptally.page.views import Taken, promised_text, taken_at
from uptally.page.words import duration, interval_text, long_day_text, plain, set_length
from uptally.rules.cadence import INTERVALS_PER_BUDGET, budget_ms
from uptally.rules.schedule import RECHECK_MIN_MS
from uptally.units.time import day_of

_EXAMPLE = Fraction(999, 1_000)
"""The promise that is explained where none was given."""

NAMED_MAX = 40
"""So many services that are asked alike are named; the rest are counted."""

_EDGES = {
    Edges.OBSERVED: N_("An outage counts from the first bad check to the first good one"),
    Edges.MIN: N_("An outage counts for the shortest time that it can have lasted"),
    Edges.MAX: N_("An outage counts for the longest time that it can have lasted"),
}


@dataclass(frozen=True, slots=True)
class Measuring:
    """How it is measured, as far as anybody may know.

    `endpoints` and `services` may hold private ones, of which nothing is told. `canaries` and `resolvers` are how many
    there are. `keep_ms` is for how long single attempts are kept, None for ever; `checked_ms` is when the whole ledger
    was last found to be unchanged, by the record. `tells_head` is whether the ledger's head is published, and
    `tells_key` whether the key is that signs it.
    """

    endpoints: Sequence[Endpoint] = ()
    services: Sequence[Service] = ()
    locations: Sequence[str] = ()
    canaries: int = 0
    resolvers: int = 0
    keep_ms: int | None = None
    checked_ms: int | None = None
    tells_head: bool = False
    tells_key: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Services of which the same is said: their names, and how many more there are."""

    names: tuple[str, ...]
    more: int

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Name as many as have room."""
        return cls(tuple(map(plain, names[:NAMED_MAX])), max(0, len(names) - NAMED_MAX))


@dataclass(frozen=True, slots=True)
class AskedRow:
    """Services that are asked alike; `proves` is the least budget of a month that can be proven so."""

    of: Named
    every: str
    waits: str
    proves: str
    has_tripwire: bool


@dataclass(frozen=True, slots=True)
class Method:
    """All that the page on the method shows; texts are empty where there is nothing to say."""

    title: str
    rows: tuple[AskedRow, ...]
    has_tripwires: bool
    recheck: str
    example: tuple[str, str]
    """A promise, and what it allows in 30 days."""
    canaries: int
    resolvers: int
    locations: tuple[str, ...]
    quorums: tuple[tuple[int, Named], ...]
    """How many locations must say that a service is down, where that is not a majority, and of which."""
    terms: tuple[tuple[Named, tuple[str, ...]], ...]
    """Services whose public terms count otherwise than a bare promise, and how."""
    kept: str
    checked: str
    tells_head: bool
    tells_key: bool
    coverage: str
    taken: Taken


def method_of(measuring: Measuring, settings: PageSettings, *, coverage: str, now_ms: int) -> Method:
    """Return what is said of the method. `coverage` is the share of the month so far that was seen, as a percentage."""
    shown = [each for each in measuring.endpoints if each.is_public]
    targets = [each.terms.target for each in shown if each.terms is not None and each.terms.target < 1]
    example = max(targets, default=_EXAMPLE)
    rows = tuple(_rows(shown))
    checked_ms = measuring.checked_ms
    return Method(
        title=plain(settings.title),
        rows=rows,
        has_tripwires=any(row.has_tripwire for row in rows),
        recheck=duration(RECHECK_MIN_MS),
        example=(promised_text(example), duration(budget_ms(example))),
        canaries=measuring.canaries,
        resolvers=measuring.resolvers,
        locations=tuple(measuring.locations),
        quorums=tuple(_quorums(shown)),
        terms=tuple(_terms(measuring, shown)),
        kept="" if measuring.keep_ms is None else clauses.days_words(measuring.keep_ms),
        checked="" if checked_ms is None else long_day_text(day_of(checked_ms, settings.zone)),
        tells_head=measuring.tells_head,
        tells_key=measuring.tells_key,
        coverage=coverage,
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=settings.zone),
    )


def _rows(shown: Sequence[Endpoint]) -> Iterator[AskedRow]:
    """Yield services that are asked alike, those that are asked most often first."""
    alike: dict[tuple[int, int, bool], list[str]] = {}
    for each in shown:
        alike.setdefault((each.interval_ms, each.timeout_ms, each.has_tripwire), []).append(each.name)
    for (interval_ms, timeout_ms, has_tripwire), names in sorted(alike.items()):
        yield AskedRow(
            of=Named.of(names),
            every=interval_text(interval_ms),
            waits=set_length(timeout_ms),
            proves=set_length(INTERVALS_PER_BUDGET * interval_ms),
            has_tripwire=has_tripwire,
        )


def _quorums(shown: Sequence[Endpoint]) -> Iterator[tuple[int, Named]]:
    alike: dict[int, list[str]] = {}
    for each in shown:
        if each.quorum is not None:
            alike.setdefault(each.quorum, []).append(each.name)
    yield from ((quorum, Named.of(names)) for quorum, names in sorted(alike.items()))


def _terms(measuring: Measuring, shown: Sequence[Endpoint]) -> Iterator[tuple[Named, tuple[str, ...]]]:
    """Yield the public services whose terms count otherwise than a bare promise."""
    found: dict[str, tuple[str, tuple[Terms, ...]]] = {
        each.slug: (each.name, each.versions or ((each.terms,) if each.terms else ())) for each in shown
    }
    found |= {each.slug: (each.name, each.terms) for each in measuring.services if each.is_public and each.terms}
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, versions in found.values():
        said = dict.fromkeys(text for terms in versions for text in _said(terms))
        if said:
            alike.setdefault(tuple(said), []).append(name)
    yield from ((Named.of(names), said) for said, names in alike.items())


def _said(terms: Terms) -> Iterator[str]:
    """Yield what terms say of what counts, as far as that is not what a bare promise means."""
    if not isinstance(terms.downtime, Instant):
        yield clauses.downtime_words(terms)[0]
    if terms.unknown is not Unknown.LEAVE_OUT:
        yield clauses.downtime_words(terms)[1]
    if terms.edges in _EDGES:
        yield _(_EDGES[terms.edges])
    if terms.starts_at is StartsAt.REPORT:
        yield _("Downtime counts from the report of the outage on")
    if terms.slow_above_us is not None:
        yield _("Answers that take too long count as downtime")
    words = N_("What counts as up: {what}") if terms.exclusions.counts_as_up else N_("What is left out: {what}")
    for rule in terms.exclusions.rules:
        yield _(words, what=clauses.exclusion_words(rule))
