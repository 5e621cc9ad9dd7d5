"""Statements: each agreement, service and period, as both parties would come to it by hand.

Page, commands and exports take them from here. What is read from the ledger is read for all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from uptally.books.ends import Case
from uptally.books.events import one_credit_per_event
from uptally.books.periods import Labelled, earlier_periods, look_back_ms, periods_of_month
from uptally.books.recorded import Recorded
from uptally.books.sights import Answers, Sights
from uptally.books.stated import Dependency, stated
from uptally.books.subjects import Backing, Promise, promises_of, terms_for
from uptally.model.agreement import Service
from uptally.model.downtime import Requests
from uptally.model.facts import Exclusion, Facts
from uptally.model.fee import Proration
from uptally.model.incident import Incident
from uptally.model.objective import ObjectiveFacts, ObjectiveJudgement, Percentile
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.model.terms import PartialPeriod, StartsAt, Terms
from uptally.rules.contract.evaluate import time_read
from uptally.rules.contract.objectives import judge_objectives
from uptally.rules.contract.probed_requests import Probed
from uptally.rules.history import Sight
from uptally.rules.record.claims import Claimed
from uptally.rules.record.impacts import impacts_of
from uptally.rules.record.occurrences import Occurrences, exclusions_of
from uptally.units.stretches import FIRST_MS, LAST_MS, NEVER, Stretches, stretches, union
from uptally.units.time import Window


class _Job(NamedTuple):
    """A statement to be made, before anything is read."""

    promise: Promise
    terms: Terms
    period: Labelled
    backing: Sequence[Dependency]

    @property
    def components(self) -> Iterator[str]:
        yield from self.promise.service.components
        for each in self.backing:
            yield from each.service.components


def statements_of_month(
    ledger: Answers,
    settings: Settings,
    month: str,
    *,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
    agreement: str | None = None,
) -> list[PeriodStatement]:
    """Return the statements that a month's report tells of: of all agreements, or of one by its slug or name.

    `occurrences` gives those of a recurring exclusion. Raises QuantityError where `month` is none, or terms have
    periods that cannot be named.
    """
    backing = Backing(settings)
    jobs = [
        _Job(promise, terms, period, [Dependency(*each) for each in backing.of(promise.service)])
        for promise in promises_of(settings, agreement=agreement)
        for version in promise.terms
        for terms in (terms_for(version, promise.service),)
        for period in periods_of_month(terms, month, now_ms=now_ms)
    ]
    return _stated(ledger, settings, jobs, now_ms=now_ms, recorded=recorded, occurrences=occurrences)


def statements_of_periods(
    ledger: Answers,
    settings: Settings,
    wanted: Sequence[tuple[Promise, Terms, Labelled]],
    *,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> list[PeriodStatement]:
    """Return the statements of some periods of several promises, in their order."""
    jobs = [_Job(promise, terms_for(terms, promise.service), period, ()) for promise, terms, period in wanted]
    return _stated(ledger, settings, jobs, now_ms=now_ms, recorded=recorded, occurrences=occurrences)


def _stated(
    ledger: Answers,
    settings: Settings,
    jobs: Sequence[_Job],
    *,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> list[PeriodStatement]:
    since_ms: dict[str, int] = {}
    for job in jobs:
        start_ms = look_back_ms(job.terms, job.period[1])
        for slug in job.components:
            since_ms[slug] = min(start_ms, since_ms.get(slug, start_ms))
    sights = Sights.read(ledger, settings, since_ms, as_of_ms=now_ms)
    found: list[PeriodStatement] = []
    for job in jobs:
        case = _case(job, sights, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
        dependencies = [each._replace(sights=sights.of(each.service.components, case.terms)) for each in job.backing]
        objectives = _objectives(job, case, job.period, sights, recorded, now_ms=now_ms)
        if job.terms.objectives and job.terms.credit_cap_12_months is not None:
            case = _with_earlier_shares(job, case, sights, recorded, now_ms=now_ms)
        found.append(stated(job.promise, case, dependencies, objectives, now_ms=now_ms))
    return one_credit_per_event(found)


def _case(job: _Job, sights: Sights, *, now_ms: int, recorded: Recorded, occurrences: Occurrences) -> Case:
    service, (label, period) = job.promise.service, job.period
    components = _weighed(sights.of(service.components, job.terms), job, recorded)
    first_ms = min((each.first_ms for each in components.values() if each.first_ms is not None), default=None)
    terms = _in_force(job.terms, period, first_ms)
    earlier = earlier_periods(terms, period, known_ms=first_ms)
    probed = Probed()
    if isinstance(terms.downtime, Requests):
        periods = [each for _, each in (*earlier, job.period)]
        probed = sights.requests(service.components, periods, bucket_ms=terms.downtime.bucket_ms)
    reach = Window(earlier[0][1].start_ms if earlier else period.start_ms, period.end_ms)
    facts = Facts(
        components={slug: sight.counted for slug, sight in components.items()},
        exclusions=_exclusions(service, reach, recorded, occurrences),
        requests=probed.counts,
        as_of_ms=now_ms if now_ms < period.end_ms else None,
        claims=_claims(job.promise, [*earlier, job.period], recorded),
        reported=_reported(terms, service, recorded.incidents, now_ms=now_ms),
    )
    return Case(terms, components, facts, (label, period), earlier, probed=probed)


def _weighed(components: dict[str, Sight], job: _Job, recorded: Recorded) -> dict[str, Sight]:
    """Return what is known of a component with the shares of its users that its downtime affected, where terms ask."""
    impacts = impacts_of(recorded.impacts, job.promise.service.slug) if job.terms.has_impact else ()
    if not impacts:
        return components
    return {slug: sight._replace(counted=sight.counted._replace(impacts=impacts)) for slug, sight in components.items()}


def _objectives(
    job: _Job, case: Case, period: Labelled, sights: Sights, recorded: Recorded, *, now_ms: int
) -> tuple[ObjectiveJudgement, ...]:
    """Return what is promised besides availability, and what it came to in a period.

    Incidents and figures count before the first observation too: they are on record without it.
    """
    promise, terms = job.promise, job.terms
    if not terms.objectives:
        return ()
    time = union(*time_read(terms, case.facts, *period).values())
    slug = promise.agreement.slug if promise.agreement else ""
    needs_latency = any(isinstance(each.measure, Percentile) for each in terms.objectives)
    facts = ObjectiveFacts(
        as_of_ms=now_ms,
        latencies=sights.latencies(case.sights, time) if needs_latency else {},
        incidents=tuple(each for each in recorded.incidents if each.concerns(promise.service.slug)),
        figures=tuple(each for each in recorded.figures if each.agreement in ("", slug)),
    )
    return judge_objectives(terms, facts, period[1])


def _with_earlier_shares(job: _Job, case: Case, sights: Sights, recorded: Recorded, *, now_ms: int) -> Case:
    """Return a case with what parts of the fee earlier periods gave for these promises: they use up the cap."""
    shares = {
        period[0]: tuple(each.share for each in _objectives(job, case, period, sights, recorded, now_ms=now_ms))
        for period in case.earlier
    }
    return replace(case, facts=replace(case.facts, shares=shares))


def _in_force(terms: Terms, period: Window, first_ms: int | None) -> Terms:
    """Return terms that begin with the first observation where they do not say when they begin: nothing before it is
    anything. That cuts what is measured, and no fee.
    """
    contract = terms.contract
    if first_ms is None or first_ms <= period.start_ms or (contract is not None and contract.start_ms > FIRST_MS):
        return terms
    return replace(
        terms,
        contract=Window(first_ms, contract.end_ms if contract else LAST_MS),
        partial_period=PartialPeriod.MEASURE_PART,
        fee=terms.fee and replace(terms.fee, proration=Proration.NONE),
    )


def _exclusions(
    service: Service, window: Window, recorded: Recorded, occurrences: Occurrences
) -> tuple[Exclusion, ...]:
    if not recorded.exclusions:
        return ()
    found = exclusions_of(recorded.exclusions, service.slug, window, occurrences)
    if not recorded.without:
        return found
    return tuple(each for each in found if not recorded.without & {each.id, each.id.partition("@")[0]})


def _claims(promise: Promise, periods: Sequence[Labelled], recorded: Recorded) -> dict[str, int]:
    if promise.agreement is None or not recorded.claims:
        return {}
    slugs = (promise.agreement.slug, promise.service.slug)
    received = ((label, recorded.claims.get(Claimed(*slugs, label))) for label, _ in periods)
    return {label: at_ms for label, at_ms in received if at_ms is not None}


def _reported(terms: Terms, service: Service, incidents: Sequence[Incident], *, now_ms: int) -> Stretches:
    """Return the time from the customer's report of each incident of a service to its end."""
    if terms.starts_at is not StartsAt.REPORT:
        return NEVER
    return stretches(
        (each.reported_ms, now_ms if each.restored_ms is None else each.restored_ms)
        for each in incidents
        if each.concerns(service.slug) and each.reported_ms is not None
    )
