"""What could be promised: the highest target that each service would have met, by what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from uptally.books.recorded import Recorded
from uptally.books.sights import Answers
from uptally.books.statements import statements_of_periods
from uptally.books.subjects import Promise, Services
from uptally.model.agreement import Service
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.model.terms import Period, Terms
from uptally.rules.confidence import least_chance
from uptally.rules.figures import DIGITS_MIN
from uptally.rules.record.occurrences import Occurrences
from uptally.units.time import month_of, month_window, previous_month

_PARTS = 10 ** (DIGITS_MIN + 2)


class Proposal(NamedTuple):
    """A target for a service window of a service, None where too few months are known.

    `months` are the worst availabilities of each, oldest first; `met` tells how many reach the target, and `chance` the
    least with which a month does, with 95% confidence.
    """

    service: Service
    window: str
    target: Fraction | None
    met: int
    chance: Fraction | None
    months: tuple[tuple[str, Fraction], ...]


def proposals(
    ledger: Answers,
    settings: Settings,
    *,
    months: int,
    met: int | None,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> list[Proposal]:
    """Return what could be promised of each service: the highest target that it would have met in `met` of its last
    `months` calendar months, or in all of them that are known.

    What counts is as the terms of the service say, where there are any, and else as for a bare target. A month counts
    that was watched from its begin; it meets a target if even its worst does. Targets are cut off to a thousandth of a
    percent.
    """
    zone = settings.page.zone
    labels = [previous_month(month_of(now_ms, zone))]
    while len(labels) < months:
        labels.append(previous_month(labels[-1]))
    wanted = [
        (Promise(None, service, ()), terms, (label, month_window(label, terms.zone)))
        for service in Services(settings).all()
        for terms in (_monthly(service, settings),)
        for label in reversed(labels)
    ]
    found = statements_of_periods(ledger, settings, wanted, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    return [
        _proposal(statements, index, met)
        for start in range(0, len(found), months)
        for statements in (found[start : start + months],)
        for index in range(len(statements[0].windows))
    ]


def _monthly(service: Service, settings: Settings) -> Terms:
    """Return the terms by which a service is looked at: its own, for calendar months, whenever they held."""
    terms = service.terms[-1] if service.terms else Terms.bare("bare", Fraction(1), settings.page.zone)
    return replace(terms, period=Period(), contract=None, objectives=(), termination=(), fee=None)


def _proposal(statements: Sequence[PeriodStatement], index: int, met: int | None) -> Proposal:
    service, window = statements[0].service, statements[0].windows[index].name
    known = tuple(_known(statements, index))
    needed = len(known) if met is None else met
    if not known or needed > len(known):
        return Proposal(service, window, None, 0, None, known)
    ranked = sorted((worst for _, worst in known), reverse=True)
    target = Fraction(int(ranked[needed - 1] * _PARTS), _PARTS)
    reached = sum(worst >= target for worst in ranked)
    return Proposal(service, window, target, reached, least_chance(met=reached, of=len(known)), known)


def _known(statements: Sequence[PeriodStatement], index: int) -> Iterator[tuple[str, Fraction]]:
    for statement in statements:
        found = statement.windows[index].availability
        if found.worst is not None and found.measured is not None and statement.terms.contract is None:
            yield statement.label, found.worst
