"""One credit for one event, where an agreement says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from uptally.model.period_statement import Credit, PeriodStatement, ServiceOutage
from uptally.rules.contract.settlement import claimed_codes
from uptally.units.said import said


def one_credit_per_event(statements: Sequence[PeriodStatement]) -> list[PeriodStatement]:
    """Return the statements with at most one credit of those of an agreement and period that share an outage: the
    largest, be it claimed or yet to be. The others say by which service it is given. One that was claimed is not taken
    away for a larger one that was not.
    """
    found = list(statements)
    groups: dict[tuple[str, str], list[int]] = {}
    for index, each in enumerate(statements):
        if each.agreement is not None and each.agreement.one_credit_per_event and each.is_over and _due(each):
            groups.setdefault((each.agreement.slug, each.label), []).append(index)
    for indices in groups.values():
        given: list[int] = []
        for index in sorted(indices, key=lambda index: (-_booked(statements[index]), -_due(statements[index]))):
            winner = next((other for other in given if _gives(statements[other], statements[index])), None)
            if winner is None:
                given.append(index)
                continue
            each, nothing = statements[index], Decimal(0) * _due(statements[index])
            slug = statements[winner].service.slug
            found[index] = replace(
                each,
                due=Credit(Fraction(0), nothing),
                booked=nothing,
                tax=None if each.tax is None else nothing,
                claim=each.claim.of_nothing,
                codes=(*claimed_codes(each.codes, each.claim.of_nothing), f"credit_given_by:{slug}"),
                lines=(
                    *each.lines,
                    said("one credit per event: the same outage is credited by {service}, with more", service=slug),
                ),
            )
    return found


def _booked(statement: PeriodStatement) -> Decimal:
    return statement.booked or Decimal(0)


def _due(statement: PeriodStatement) -> Decimal:
    return (statement.due.amount if statement.due else None) or Decimal(0)


def _gives(winner: PeriodStatement, other: PeriodStatement) -> bool:
    """Tell whether one credit stands for another as well: it is no smaller, and an outage is of both."""
    return _due(winner) >= _due(other) and _share(winner, other)


def _share(left: PeriodStatement, right: PeriodStatement) -> bool:
    return any(_overlap(one, other) for one in left.outages for other in right.outages)


def _overlap(left: ServiceOutage, right: ServiceOutage) -> bool:
    """Tell whether two outages that count were one event: they lasted at the same time."""
    if not any(left.counted.values()) or not any(right.counted.values()):
        return False
    return (left.end_ms is None or right.start_ms < left.end_ms) and (
        right.end_ms is None or left.start_ms < right.end_ms
    )
