"""Intervals held against all that is promised of an endpoint: in each version, window and period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from uptally.config.contract.windows import WEEK, weekly_time_ms
from uptally.config.endpoints import Placed
from uptally.config.marks import Path
from uptally.model.agreement import Agreement, Service
from uptally.model.downtime import Requests
from uptally.model.terms import Period, PeriodKind, Terms
from uptally.rules.cadence import (
    MONTH_MS,
    budget_ms,
    checks_per_day,
    longest_proving_interval_ms,
    proving_interval_ms,
)
from uptally.units.ratio import exact_percent
from uptally.units.time import DAY_MS, format_duration

_LENGTHS: Mapping[PeriodKind, tuple[int, str]] = {
    PeriodKind.MONTH: (MONTH_MS, "a month"),
    PeriodKind.QUARTER: (91 * DAY_MS, "a quarter"),
    PeriodKind.YEAR: (365 * DAY_MS, "a year"),
    PeriodKind.CYCLE: (MONTH_MS, "a billing cycle"),
}


class _Promise(NamedTuple):
    """A target, and the time that it is of. Names of terms and windows are not told: they may be a customer's."""

    target: Fraction
    of_ms: int
    when: str

    @property
    def longest_ms(self) -> int:
        return longest_proving_interval_ms(self.target, of_ms=self.of_ms)


def promised_of(services: Sequence[Service], agreements: Sequence[Agreement]) -> dict[str, list[Terms]]:
    """Return all terms of each endpoint, by its slug: those of services that it is part of, and of their agreements."""
    found: dict[str, list[Terms]] = {}
    for slugs, versions in _promised_together(services, agreements):
        for slug in slugs:
            found.setdefault(slug, []).extend(versions)
    return found


def _promised_together(
    services: Sequence[Service], agreements: Sequence[Agreement]
) -> Iterator[tuple[Sequence[str], Sequence[Terms]]]:
    """Yield the endpoints of each service, by their slugs, with each of its promises."""
    components = {service.slug: service.components for service in services}
    yield from ((service.components, service.terms) for service in services)
    for agreement in agreements:
        for covered in agreement.coverage:
            yield components.get(covered.service, ()), covered.terms


def never_down(
    placed: Sequence[Placed], services: Sequence[Service], agreements: Sequence[Agreement]
) -> Iterator[tuple[Path, str]]:
    """Yield what is to be said of endpoints of which an interval has fewer attempts than make it down.

    All attempts of a service count together, and its first endpoint is the one that is named.
    """
    found = {endpoint.slug: (endpoint, path) for endpoint, path in placed}
    for slugs, versions in _promised_together(services, agreements):
        asked = [found[slug] for slug in slugs if slug in found]
        for rule in (terms.downtime for terms in versions):
            if not isinstance(rule, Requests) or not asked:
                continue
            most = sum(-(-rule.bucket_ms // endpoint.interval_ms) for endpoint, _ in asked)
            if most < rule.least_requests:
                yield (
                    (*asked[0][1], "interval"),
                    f"leaves its service at most {most} attempts in {format_duration(rule.bucket_ms)}, too few for the "
                    f"{rule.least_requests} requests without which it is never down: ask more often, or for fewer",
                )


def unproved(placed: Sequence[Placed], promised: Mapping[str, Sequence[Terms]]) -> Iterator[tuple[Path, str]]:
    """Yield what is to be said of each endpoint that is asked too rarely for the hardest of its promises."""
    for endpoint, path in placed:
        every = (promise for terms in promised.get(endpoint.slug, ()) for promise in _promises(terms))
        hardest = min(every, key=lambda promise: promise.longest_ms, default=None)
        if hardest is None or endpoint.interval_ms <= hardest.longest_ms:
            continue
        here = (*path, "interval")
        interval, percent = _seconds(endpoint.interval_ms), f"{exact_percent(hardest.target)}%"
        if hardest.target == 1:
            why = "and none can, since it leaves no time in which an outage could pass unseen"
            yield here, f"a {interval} interval cannot prove {percent} {why}"
            continue
        budget = _seconds(budget_ms(hardest.target, of_ms=hardest.of_ms))
        longest_ms = proving_interval_ms(hardest.target, of_ms=hardest.of_ms)
        yield (
            here,
            f"a {interval} interval cannot prove {percent} ({budget} {hardest.when}); {_seconds(longest_ms)} or "
            f"less can: that is {checks_per_day(longest_ms):,} checks a day",
        )


def _promises(terms: Terms) -> Iterator[_Promise]:
    """Yield what terms promise, as if every week and period of them were like any other."""
    length_ms, when = _length(terms.period)
    for window in terms.windows:
        open_ms = weekly_time_ms(window, terms.windows)
        in_hours = when if open_ms == WEEK.length_ms else f"{when}, in its hours"
        yield _Promise(window.target, length_ms * open_ms // WEEK.length_ms, in_hours)


def _length(period: Period) -> tuple[int, str]:
    if period.kind is PeriodKind.ROLLING:
        return period.days * DAY_MS, f"in {period.days} days"
    if period.window is not None:
        return period.window.length_ms, "in its period"
    return _LENGTHS[period.kind]


def _seconds(duration_ms: int) -> str:
    """Write a duration in seconds, cut off to a tenth; below one in milliseconds."""
    if duration_ms < 1_000:
        return f"{duration_ms} ms"
    whole, rest = divmod(duration_ms, 1_000)
    return f"{whole:,}.{rest // 100} s" if rest >= 100 else f"{whole:,} s"
