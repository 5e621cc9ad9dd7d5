"""Business figures of a period, added up.

A figure counts in the period that holds all of its days. Where figures of one name overlap, the one of more days stands
and those within it are left aside: a month's count already has its days. What is not on record is not guessed: a day
without a figure adds nothing, and how many days have one is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction

from uptally.model.comparison import Comparison
from uptally.model.objective import Figure, Measured, Objective, ObjectiveFacts, Percentile, Promptness, Quotient
from uptally.model.terms import Terms
from uptally.rules.contract.periods import local_days
from uptally.units.money import exact_text
from uptally.units.said import Said, said, said_of, strung
from uptally.units.time import Window, midnight_ms


def figure_sum(terms: Terms, objective: Objective, facts: ObjectiveFacts, period: Window) -> Measured:
    """Return the total or the quotient that an objective is about, of the figures on record for a period.

    An agreement's own figures take the place of those that are for all. A floor that a total has not reached is not
    missed before the period is over; a quotient is judged by what there is of it.
    """
    measure = objective.measure
    assert not isinstance(measure, Percentile | Promptness), "only figures are added up"
    is_ratio = isinstance(measure, Quotient)
    named = [
        each for each in facts.figures if each.name == measure.figure and (each.denominator is not None) == is_ratio
    ]
    own = [each for each in named if each.agreement]
    within, beyond = _within(terms, own or named, period)
    taken = standing(within)
    days = sum((each.last - each.first).days + 1 for each in taken)
    counts = {"figures": len(taken), "days": days}
    notes = [said("left aside, reaching beyond the period: {figures}", figures=_figures(beyond))] if beyond else []
    if len(within) > len(taken):
        aside = _figures(len(within) - len(taken))
        notes.append(said("left aside, its days being in another: {figures}", figures=aside))
    if not taken:
        return Measured(None, counts, (*notes, said("no figure is on record for the period")))
    of = said_of("{number} day", "{number} days", len(local_days(period, terms.zone)))
    figures = said("{figures}, for {days} of {period}", figures=_figures(len(taken)), days=str(days), period=of)
    lines = [figures, *notes]
    over = [each.numerator for each in taken]
    total = sum(over, Fraction(0))
    if not is_ratio:
        is_over = facts.as_of_ms >= period.end_ms
        is_floor = objective.comparison in (Comparison.GE, Comparison.GT)
        return Measured(total, counts, (*lines, _shown(over, exact_text(total))), is_decided=is_over or not is_floor)
    under = [each.denominator for each in taken if each.denominator is not None]
    whole = sum(under, Fraction(0))
    lines.append(_numerators(over, exact_text(total)))
    lines.append(_denominators(under, exact_text(whole)))
    if not whole:
        return Measured(None, counts, (*lines, said("there is nothing to divide by")))
    quotient = strung(" / ", (exact_text(total), exact_text(whole)))
    return Measured(Fraction(total, whole), counts, (*lines, quotient))


def _figures(number: int) -> Said:
    return said_of("{number} figure", "{number} figures", number)


def standing(figures: Iterable[Figure]) -> list[Figure]:
    """Return the figures without those that share a day with a longer one; of two of one length the earlier stands."""
    taken: list[Figure] = []
    for figure in sorted(figures, key=lambda each: (each.first - each.last, each.first)):
        if all(figure.last < other.first or other.last < figure.first for other in taken):
            taken.append(figure)
    return sorted(taken, key=lambda each: each.first)


def _within(terms: Terms, figures: Sequence[Figure], period: Window) -> tuple[list[Figure], int]:
    """Return those of which all days lie in a period and some in the contract, and how many reach beyond the period."""
    found, beyond = [], 0
    part = period if terms.contract is None else period.clipped(terms.contract)
    for figure in figures:
        after = figure.last + timedelta(days=1)
        window = Window(midnight_ms(figure.first, terms.zone), midnight_ms(after, terms.zone))
        inside = window.clipped(period)
        if inside == window and window.clipped(part).length_ms:
            found.append(figure)
        elif inside.length_ms and inside != window:
            beyond += 1
    return found, beyond


def _shown(values: Sequence[Fraction], total: str) -> Said:
    return strung(" = ", (_added(values), total)) if len(values) > 1 else strung("", (total,))


def _numerators(values: Sequence[Fraction], total: str) -> Said:
    if len(values) > 1:
        return said("numerators: {sum} = {total}", sum=_added(values), total=total)
    return said("numerators: {total}", total=total)


def _denominators(values: Sequence[Fraction], total: str) -> Said:
    if len(values) > 1:
        return said("denominators: {sum} = {total}", sum=_added(values), total=total)
    return said("denominators: {total}", total=total)


def _added(values: Iterable[Fraction]) -> Said:
    return strung(" + ", map(exact_text, values))
