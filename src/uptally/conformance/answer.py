"""A judgement in the words of the format ``sla-vector/1``."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from uptally.model.judgement import Judgement, PeriodJudgement, WindowJudgement
from uptally.model.terms import PeriodKind, Terms
from uptally.units.money import exact_text
from uptally.units.ratio import floor_percent
from uptally.units.time import SECOND_MS

LONGEST = 200
"""So many characters of a number are written at most; thousands of different request counts make longer ones."""

Answer = dict[str, object]
"""What stands under a key is a Number, text, a truth, None, a whole number, or more of the same."""


class Number(NamedTuple):
    """An exact number, and whether it is written as ``p/q`` also where a finite decimal exists."""

    value: Fraction
    is_ratio: bool = False

    @property
    def text(self) -> str | None:
        """The number as the format writes it; None where that is too long to be written."""
        # A digit takes more than three bits, so nothing that is left out here is short enough.
        if max(self.value.numerator.bit_length(), self.value.denominator.bit_length()) > 4 * LONGEST:
            return None
        value = self.value
        text = f"{value.numerator}/{value.denominator}" if self.is_ratio else exact_text(value)
        return text if len(text) <= LONGEST else None


def answer_of(terms: Terms, judgement: Judgement) -> Answer:
    """Return what a judgement says as the format's `expected`, without the lines, which are free text."""
    found: Answer = {"periods": [_period(terms, period) for period in judgement.periods]}
    if judgement.termination is not None:
        right = judgement.termination
        labels = {period.label: _label(terms, period) for period in judgement.periods}
        first = None if right.first_period is None else labels[right.first_period]
        found["termination"] = {"right": right.is_right, "first_period": first, "rule": right.rule}
    return found


def _period(terms: Terms, period: PeriodJudgement) -> Answer:
    fee = terms.fee
    assert fee is not None, "every case has a fee"
    assert period.amount is not None
    assert period.payable is not None
    return {
        "period": _label(terms, period),
        "target_met": period.is_met,
        "credit_percent": Number(100 * period.share),
        "credit_amount": f"{period.amount:f}",
        "currency": fee.currency,
        "credit_eligible": period.amount > 0,
        "claim_status": period.claim.value,
        "credit_payable": f"{period.payable:f}",
        "windows": {window.name: _window(window) for window in period.windows},
        "reason_codes": sorted(period.codes),
    }


def _label(terms: Terms, period: PeriodJudgement) -> str | Answer:
    if terms.period.kind is PeriodKind.CUSTOM:
        return {"from_ms": period.period.start_ms, "to_ms": period.period.end_ms}
    return period.label


def _window(window: WindowJudgement) -> Answer:
    availability, decision = window.availability, window.decision
    return {
        "scheduled_s": _seconds(window.scheduled_ms),
        "agreed_service_s": _seconds(window.agreed_ms),
        "denominator_s": _seconds(window.denominator_ms),
        "counted_downtime_s": _seconds(window.counted_ms),
        "excluded_downtime_s": _seconds(window.excluded_ms),
        "ignored_downtime_s": _seconds(window.ignored_ms),
        "unknown_s": _seconds(window.unknown_ms),
        "availability": None if availability is None else Number(availability, is_ratio=True),
        "availability_percent": None if availability is None else floor_percent(availability, digits=6),
        "decision_availability": None if decision is None else Number(decision, is_ratio=True),
        "target_met": window.is_met,
        "downtime_budget_s": _seconds(window.budget_ms),
        "budget_left_s": _seconds(window.left_ms),
        "credit_percent": Number(100 * window.share),
    }


def _seconds(length_ms: Fraction) -> Number:
    return Number(length_ms / SECOND_MS)
