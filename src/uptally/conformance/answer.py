"""A judgement in the words of the format ``sla-vector/1``."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

from uptally.model.judgement import Judgement, PeriodJudgement, WindowJudgement
from uptally.model.terms import PeriodKind, Terms
from uptally.units.money import exact_text
from uptally.units.ratio import floor_percent
from uptally.units.time import SECOND_MS

LONGEST = 200
"""Fractions that are longer, as thousands of different request counts make them, are not written out."""


def answer_of(terms: Terms, judgement: Judgement) -> dict[str, Any]:
    """Return what a judgement says as the format's `expected`, without the lines, which are free text."""
    found: dict[str, Any] = {"periods": [_period(terms, period) for period in judgement.periods]}
    if judgement.termination is not None:
        right = judgement.termination
        found["termination"] = {"right": right.is_right, "first_period": right.first_period, "rule": right.rule}
    return found


def _period(terms: Terms, period: PeriodJudgement) -> dict[str, Any]:
    fee = terms.fee
    assert fee is not None, "every case has a fee"
    assert period.amount is not None
    assert period.payable is not None
    return {
        "period": _label(terms, period),
        "target_met": period.is_met,
        "credit_percent": _decimal(100 * period.share),
        "credit_amount": f"{period.amount:f}",
        "currency": fee.currency,
        "credit_eligible": period.amount > 0,
        "claim_status": period.claim.value,
        "credit_payable": f"{period.payable:f}",
        "windows": {window.name: _window(window) for window in period.windows},
        "reason_codes": sorted(period.codes),
    }


def _label(terms: Terms, period: PeriodJudgement) -> str | dict[str, int]:
    if terms.period.kind is PeriodKind.CUSTOM:
        return {"from_ms": period.period.start_ms, "to_ms": period.period.end_ms}
    return period.label


def _window(window: WindowJudgement) -> dict[str, Any]:
    availability = window.availability
    return {
        "scheduled_s": _seconds(window.scheduled_ms),
        "agreed_service_s": _seconds(window.agreed_ms),
        "denominator_s": _seconds(window.denominator_ms),
        "counted_downtime_s": _seconds(window.counted_ms),
        "excluded_downtime_s": _seconds(window.excluded_ms),
        "ignored_downtime_s": _seconds(window.ignored_ms),
        "unknown_s": _seconds(window.unknown_ms),
        "availability": _ratio(availability),
        "availability_percent": None if availability is None else floor_percent(availability, digits=6),
        "decision_availability": _ratio(window.decision),
        "target_met": window.is_met,
        "downtime_budget_s": _seconds(window.budget_ms),
        "budget_left_s": _seconds(window.left_ms),
        "credit_percent": _decimal(100 * window.share),
    }


def _seconds(length_ms: Fraction) -> str | None:
    return _decimal(length_ms / SECOND_MS)


def _decimal(value: Fraction) -> str | None:
    return exact_text(value) if _is_writable(value) else None


def _ratio(value: Fraction | None) -> str | None:
    return None if value is None or not _is_writable(value) else f"{value.numerator}/{value.denominator}"


def _is_writable(value: Fraction) -> bool:
    limit = min(LONGEST, sys.get_int_max_str_digits() or LONGEST)
    return max(value.numerator.bit_length(), value.denominator.bit_length()) < limit * 3
