"""A judgement, and the worst and the best that it can have been.

Unknown time is down for the worst and up for the best. Where the terms count every down millisecond, the downtime's
limits have what no attempt saw as well; where short outages do not count, or only hard bounds are to be trusted, each
outage lies between its bounds. Where they count failed requests, those that nobody made failed for the worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from uptally.books.periods import Labelled
from uptally.model.downtime import Instant, Requests
from uptally.model.facts import Facts, History
from uptally.model.judgement import Judgement, PeriodJudgement
from uptally.model.terms import CompositeMode, Confidence, StartsAt, Terms
from uptally.rules.contract.evaluate import judge, left_of_cap, time_read
from uptally.rules.contract.probed_requests import Probed, best_requests, worst_requests
from uptally.rules.history import Margin, Sight, margin_of
from uptally.units.stretches import Stretches, union

Margins = dict[tuple[str, str], Fraction]


@dataclass(frozen=True, slots=True)
class Case:
    """Terms, and what happened under them: components with what is known of each, facts, and the period.

    `earlier` are the periods that the rules look back on, `most_shares` what facts have as `shares` if all that is
    promised besides availability, and not known, was missed. `probed` is where the facts' requests are from.
    """

    terms: Terms
    sights: Mapping[str, Sight]
    facts: Facts
    period: Labelled
    earlier: Sequence[Labelled] = ()
    most_shares: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    probed: Probed = Probed()

    def time_read(self) -> dict[str, Stretches]:
        """Return the time of each service window in which states are read."""
        return time_read(self.terms, self.facts, *self.period)


class Ends(NamedTuple):
    """The judgement of a period by what counts, with those before it, and those of its worst and its best."""

    all: Judgement
    worst: PeriodJudgement
    best: PeriodJudgement

    @property
    def counted(self) -> PeriodJudgement:
        """The judgement of the period itself."""
        return self.all.periods[-1]


def judged(case: Case, read: Mapping[str, Stretches]) -> Ends:
    """Return what a case comes to, and its ends; `read` is its `time_read`."""
    found = judge(case.terms, case.facts, [*case.earlier, case.period])
    terms = case.terms
    left = left_of_cap(terms, case.period[1], found.periods[:-1])
    if left is not None:
        # What earlier periods took of the cap, they took as counted.
        terms = replace(terms, credit_cap_12_months=left)
    worst, best = _ends(case, read)
    worst = replace(worst, shares=case.most_shares)
    return Ends(found, _end(terms, case, worst, found.periods[-1]), _end(terms, case, best, found.periods[-1]))


def _end(terms: Terms, case: Case, facts: Facts, counted: PeriodJudgement) -> PeriodJudgement:
    held = case.facts
    is_same = facts.components == held.components and facts.shares == held.shares and facts.requests == held.requests
    if is_same and not any(facts.margins.values()):
        return counted
    return judge(terms, facts, [case.period]).periods[0]


def _ends(case: Case, read: Mapping[str, Stretches]) -> tuple[Facts, Facts]:
    terms, sights = case.terms, case.sights
    if isinstance(terms.downtime, Requests):
        worst_of, best_of = worst_requests(terms.downtime, case.probed), best_requests(terms.downtime, case.probed)
        return replace(case.facts, requests=worst_of), replace(case.facts, requests=best_of)
    if not has_unseen(terms):
        is_certain = terms.confidence is Confidence.CERTAIN
        worst = {slug: sight.worst if is_certain else History(sight.most) for slug, sight in sights.items()}
        best = {slug: sight.best for slug, sight in sights.items()}
        return replace(case.facts, components=_like(case, worst)), replace(case.facts, components=_like(case, best))
    more: Margins = {}
    less: Margins = {}
    for name, time in read.items():
        key = (case.period[0], name)
        more[key], less[key] = _margin(terms, sights, time)
    worst = {slug: _worst(sight) for slug, sight in sights.items()}
    best = {slug: History(sight.middle.down) for slug, sight in sights.items()}
    return (
        replace(case.facts, components=_like(case, worst), margins=more),
        replace(case.facts, components=_like(case, best), margins=less),
    )


def _like(case: Case, histories: Mapping[str, History]) -> dict[str, History]:
    """Return histories that weigh as much as the components of a case do."""
    held = case.facts.components
    return {slug: history._replace(impacts=held[slug].impacts) for slug, history in histories.items()}


def _worst(sight: Sight) -> History:
    return History(union(sight.middle.down, sight.middle.unknown))


def has_unseen(terms: Terms) -> bool:
    """Tell whether downtime that no attempt saw would count: every millisecond does, from the outage on."""
    return (
        isinstance(terms.downtime, Instant)
        and terms.confidence is Confidence.LIKELY
        and terms.starts_at is StartsAt.OUTAGE
    )


def _margin(terms: Terms, sights: Mapping[str, Sight], time: Stretches) -> tuple[Fraction, Fraction]:
    composite = terms.composite
    if composite is None or composite.mode is not CompositeMode.WEIGHTED:
        return _signed(margin_of(list(sights.values()), time), Fraction(1))
    whole = sum((composite.weights[slug] for slug in sights), Fraction(0))
    each = [
        _signed(margin_of([sight], time), Fraction(composite.weights[slug], whole)) for slug, sight in sights.items()
    ]
    return sum((more for more, _ in each), Fraction(0)), sum((less for _, less in each), Fraction(0))


def _signed(margin: Margin, share: Fraction) -> tuple[Fraction, Fraction]:
    return share * margin.more_ms, -share * margin.less_ms
