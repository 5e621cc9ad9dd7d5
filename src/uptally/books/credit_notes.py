"""Credit notes: what was promised to everyone, what was measured, and what part of a fee is due, for the public page.

A bare target of one endpoint needs none of this: its standing says the same, at a fraction of the cost. What is worth
something when it is missed, and counted as a bare target is, needs it only once a period is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from uptally.books.periods import Labelled, periods_of_month, recent_periods
from uptally.books.recorded import Recorded
from uptally.books.sights import Answers
from uptally.books.statements import statements_of_periods
from uptally.books.subjects import Promise, Services
from uptally.model.agreement import Service
from uptally.model.credit import CreditRules
from uptally.model.credit_note import CreditNote, ObjectiveNote, WindowNote
from uptally.model.objective import Objective, ObjectiveJudgement, Percentile, Promptness
from uptally.model.period_statement import PeriodStatement, WindowStatement
from uptally.model.settings import Settings
from uptally.model.statement import Budget
from uptally.model.terms import Terms
from uptally.rules.contract.objectives import value_text
from uptally.rules.record.occurrences import Occurrences
from uptally.units.said import strung
from uptally.units.time import month_of


def public_services(settings: Settings) -> dict[str, Service]:
    """Return the public services of which something is promised to everyone, by their slugs."""
    return {service.slug: service for service in Services(settings).promised() if service.is_public and service.terms}


def bare_terms(service: Service, zone: ZoneInfo) -> Terms | None:
    """Return the bare target that comes to the same figures and verdicts as what is promised of a service: that of one
    endpoint, by months of the page's zone, whatever a miss is worth. None where the terms count otherwise."""
    if len(service.components) != 1 or len(service.terms) != 1:
        return None
    (terms,) = service.terms
    bare = Terms.bare(terms.name, terms.target, zone)
    return bare if terms == bare or _without_worth(terms) == bare else None


def has_notes(service: Service, zone: ZoneInfo) -> bool:
    """Tell whether more than a bare target is promised of a service."""
    return service.terms != (bare_terms(service, zone),)


def _without_worth(terms: Terms) -> Terms:
    """Return terms without what a miss is worth, which decides no figure and no verdict."""
    nothing = Terms.bare(terms.name, terms.target)
    return replace(
        terms,
        windows=tuple(replace(window, credit=CreditRules()) for window in terms.windows),
        credit_combine=nothing.credit_combine,
        credit_cap=None,
        credit_cap_12_months=None,
        fee=None,
        least_credit=None,
        claim=None,
        termination=(),
    )


def ended_notes(
    ledger: Answers,
    settings: Settings,
    services: Sequence[Service],
    *,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> dict[str, tuple[CreditNote, ...]]:
    """Return the credit notes of services, by slug: of the periods that ended in the last months, the newest first,
    from the first on of which anything is known."""
    wanted = [each for service in services for each in _periods(service, now_ms) if each[2][1].end_ms <= now_ms]
    found = statements_of_periods(ledger, settings, wanted, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    notes = {}
    for slug, statements in _by_service(services, found).items():
        known = next((index for index, each in enumerate(statements) if _is_known(each)), len(statements))
        notes[slug] = _notes(statements[known:])
    return notes


def running_notes(
    ledger: Answers,
    settings: Settings,
    services: Sequence[Service],
    *,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> dict[str, tuple[CreditNote, ...]]:
    """Return the credit notes of the period in progress of services, by slug: one under each of the terms that hold in
    it, as far as anything is known of it."""
    wanted = [
        (Promise(None, service, service.terms), version, labelled)
        for service in services
        for version in service.terms
        for labelled in periods_of_month(version, month_of(now_ms, version.zone), now_ms=now_ms)
        if now_ms < labelled[1].end_ms
    ]
    found = statements_of_periods(ledger, settings, wanted, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    return {
        slug: _notes([each for each in statements if _is_known(each)])
        for slug, statements in _by_service(services, found).items()
    }


def _periods(service: Service, now_ms: int) -> list[tuple[Promise, Terms, Labelled]]:
    """Return the periods of a service that a report of the last months tells of, the oldest first."""
    promise = Promise(None, service, service.terms)
    found = [
        (promise, version, labelled) for version in service.terms for labelled in recent_periods(version, now_ms=now_ms)
    ]
    return sorted(found, key=_end_ms)


def _end_ms(wanted: tuple[Promise, Terms, Labelled]) -> int:
    return wanted[2][1].end_ms


def _by_service(services: Sequence[Service], statements: Sequence[PeriodStatement]) -> dict[str, list[PeriodStatement]]:
    found: dict[str, list[PeriodStatement]] = {service.slug: [] for service in services}
    for statement in statements:
        found[statement.service.slug].append(statement)
    return found


def _notes(statements: Sequence[PeriodStatement]) -> tuple[CreditNote, ...]:
    return tuple(_note(each) for each in reversed(statements) if each.verdict is not None)


def _is_known(statement: PeriodStatement) -> bool:
    return any(window.up_ms or window.down_ms for window in statement.windows)


def _note(statement: PeriodStatement) -> CreditNote:
    period, contract = statement.period, statement.terms.contract
    return CreditNote(
        label=statement.label,
        period=period,
        part=period if contract is None else period.clipped(contract),
        zone=statement.terms.zone,
        is_over=statement.is_over,
        windows=tuple(map(_window, statement.windows)),
        objectives=tuple(map(_objective, statement.terms.objectives, statement.objectives)),
        verdict=statement.verdict,
        share=statement.credit.share,
        least=statement.least.share,
        most=statement.most.share,
        needs_claim=statement.terms.claim is not None,
        claim_by_ms=statement.claim_by_ms,
    )


def _window(found: WindowStatement) -> WindowNote:
    budget = Budget(allowed_ms=found.budget_ms, left_ms=found.left_ms)
    return WindowNote(found.name, found.target, found.verdict, found.availability, found.unknown_ms, budget)


def _objective(objective: Objective, found: ObjectiveJudgement) -> ObjectiveNote:
    """Return what is public of a promise besides availability: of business figures, only whether it was kept."""
    measure, promised, measured = objective.measure, "", ""
    if isinstance(measure, Percentile | Promptness):
        promised = strung(" ", (objective.comparison.value, value_text(measure, objective.limit)))
        measured = "" if found.value is None else value_text(measure, found.value)
    return ObjectiveNote(found.name, found.verdict, promised, measured)
