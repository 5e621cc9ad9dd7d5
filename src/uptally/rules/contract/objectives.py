"""Objectives besides availability: what each came to in a period, and what a miss is worth.

Pure like the rest of the contract's rules. Nothing is rounded towards a better figure.
"""

from __future__ import annotations

from fractions import Fraction

from uptally.model.objective import (
    Measure,
    Measured,
    Objective,
    ObjectiveFacts,
    ObjectiveJudgement,
    Percentile,
    Promptness,
    Quotient,
)
from uptally.model.terms import Terms
from uptally.rules.contract.credits import NOTHING, share_of, tier_share
from uptally.rules.contract.figure_sums import figure_sum
from uptally.rules.contract.latencies import latency_at, milliseconds
from uptally.rules.contract.measured import days_of_fee
from uptally.rules.contract.promptness import promptness
from uptally.rules.contract.wording import percent
from uptally.units.money import exact_text
from uptally.units.said import said
from uptally.units.time import Window


def judge_objectives(terms: Terms, facts: ObjectiveFacts, period: Window) -> tuple[ObjectiveJudgement, ...]:
    """Return what each of the objectives of terms came to in a period, in their order."""
    return tuple(
        _judgement(terms, objective, _measured(terms, objective, facts, period), period)
        for objective in terms.objectives
    )


def value_text(measure: Measure, value: Fraction) -> str:
    """Write a value as a person would, in the unit of its measure: exactly, or cut off and saying so.

    >>> value_text(Percentile(Fraction(95, 100)), Fraction(300_000))
    '300 ms'
    >>> value_text(Quotient("first contact"), Fraction(2, 3))
    '66.666666...%'
    """
    if isinstance(measure, Percentile):
        return milliseconds(value)
    if isinstance(measure, Promptness) or (isinstance(measure, Quotient) and measure.is_percent):
        return percent(value)
    return exact_text(value)


def _measured(terms: Terms, objective: Objective, facts: ObjectiveFacts, period: Window) -> Measured:
    measure = objective.measure
    if isinstance(measure, Percentile):
        return latency_at(measure.share, facts.latencies)
    if isinstance(measure, Promptness):
        return promptness(terms, measure, facts, period)
    return figure_sum(terms, objective, facts, period)


def _judgement(terms: Terms, objective: Objective, found: Measured, period: Window) -> ObjectiveJudgement:
    lines, value = list(found.lines), found.value
    is_met, share = None, NOTHING
    most = _most(terms, objective, value, period)
    if value is not None:
        is_reached = objective.comparison.holds(value, objective.limit)
        is_met = is_reached if is_reached or found.is_decided else None
        limit, written = (value_text(objective.measure, each) for each in (objective.limit, value))
        line = said(
            "promised: {comparison} {limit}; measured: {measured}; {verdict}",
            comparison=objective.comparison.value,
            limit=limit,
            measured=written,
            verdict=_VERDICTS[is_met],
        )
        lines.append(line)
        if is_met is not None:
            share = most = NOTHING if is_met and _needs_miss(objective) else most
        if share:
            given = percent(share)
            lines.append(said("credit by the tier of {measured}: {share} of the fee", measured=written, share=given))
    shown = tuple(said("{name}: {line}", name=objective.name, line=line) for line in lines)
    return ObjectiveJudgement(objective.name, value, is_met, share, most, found.counts, shown)


_VERDICTS = {
    True: said("met"),
    False: said("missed"),
    None: said("not yet reached, and the period is not over"),
}


def _needs_miss(objective: Objective) -> bool:
    return objective.tiers is not None and objective.tiers.only_if_missed


def _most(terms: Terms, objective: Objective, value: Fraction | None, period: Window) -> Fraction:
    """Return what the tiers give for a value; the most that they give for any where it is not known."""
    tiers, days = objective.tiers, days_of_fee(terms, period)
    if tiers is None:
        return NOTHING
    if value is None:
        return max((share_of(tier.award, days=days) for tier in tiers.tiers), default=NOTHING)
    return tier_share(tiers, value, days=days)
