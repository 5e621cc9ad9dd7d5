"""Statements as a program reads them: integers of milliseconds beside every percentage, amounts as decimal text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from uptally.model.agreement import Agreement
from uptally.model.objective import ObjectiveJudgement
from uptally.model.period_statement import (
    Credit,
    Forecast,
    LeftOut,
    PeriodStatement,
    ServiceOutage,
    WindowStatement,
)
from uptally.rules.figures import window_figures
from uptally.units.money import exact_text
from uptally.units.ratio import exact_percent, floor_percent

Document = dict[str, object]


def document_of(statement: PeriodStatement) -> Document:
    """Return a statement as JSON can write it; keys are only ever added."""
    termination = statement.termination
    return {
        "agreement": _agreement(statement.agreement) if statement.agreement else None,
        "service": {"name": statement.service.name, "slug": statement.service.slug},
        "terms": statement.terms.name,
        "period": {
            "label": statement.label,
            "start_ms": statement.period.start_ms,
            "end_ms": statement.period.end_ms,
            "timezone": statement.terms.zone.key,
        },
        "as_of_ms": statement.as_of_ms,
        "provisional": not statement.is_over,
        "verdict": statement.verdict.value if statement.verdict else None,
        "windows": [_window(each) for each in statement.windows],
        "objectives": [_objective(each) for each in statement.objectives],
        "outages": [_outage(each) for each in statement.outages],
        "exclusions": [_exclusion(each) for each in statement.exclusions],
        "credit": {
            "currency": statement.currency,
            "counted": _credit(statement.credit),
            "least": _credit(statement.least),
            "most": _credit(statement.most),
            "due": _credit(statement.due) if statement.due else None,
            "booked_amount": _amount(statement.booked),
            "tax_amount": _amount(statement.tax),
            "forecast": _credit(statement.forecast) if statement.forecast else None,
        },
        "claim": {"status": statement.claim.value, "before_ms": statement.claim_by_ms},
        "termination": None
        if termination is None
        else {"right": termination.is_right, "first_period": termination.first_period, "rule": termination.rule},
        "codes": list(statement.codes),
        "lines": list(statement.lines),
    }


def _agreement(agreement: Agreement) -> Document:
    return {
        "name": agreement.name,
        "slug": agreement.slug,
        "kind": agreement.kind.value,
        "reference": agreement.reference or None,
        "customer": agreement.customer.name,
        "draft": agreement.is_draft,
        "change_notice_ms": agreement.change_notice_ms,
        "duties": [
            {
                "party": each.party,
                "text": each.text,
                "due": each.due.isoformat() if each.due else None,
                "done": each.done.isoformat() if each.done else None,
                "evidence": each.evidence or None,
            }
            for each in agreement.duties
        ],
        "escalation": [{"after_ms": each.after_ms, "contact": each.contact} for each in agreement.escalation],
    }


def _window(window: WindowStatement) -> Document:
    measured, worst, best = window.availability
    figures = window_figures(window)
    return {
        "name": window.name,
        "verdict": window.verdict.value if window.verdict else None,
        "target_percent": exact_percent(window.target),
        "availability_percent": figures.measured,
        "availability_worst_percent": figures.worst,
        "availability_best_percent": figures.best,
        "availability": _exact(measured),
        "availability_worst": _exact(worst),
        "availability_best": _exact(best),
        "scheduled_ms": window.scheduled_ms,
        "agreed_ms": window.agreed_ms,
        "up_ms": window.up_ms,
        "down_ms": window.down_ms,
        "unknown_ms": window.unknown_ms,
        "excluded_ms": window.excluded_ms,
        "denominator_ms": window.denominator_ms,
        "counted_ms": window.counted_ms,
        "coverage_percent": figures.coverage,
        "budget_ms": window.budget_ms,
        "budget_left_ms": window.left_ms,
        "uses": [
            {
                "dependency": use.name,
                "agreement": use.agreement or None,
                "alone_ms": use.alone_ms,
                "shared_ms": use.shared_ms,
            }
            for use in window.uses
        ],
        "forecast": _forecast(window.forecast) if window.forecast else None,
    }


def _objective(objective: ObjectiveJudgement) -> Document:
    return {
        "name": objective.name,
        "verdict": objective.verdict.value,
        "value": _exact(objective.value),
        "credit_percent": exact_text(100 * objective.share),
        "counts": dict(objective.counts),
        "lines": list(objective.lines),
    }


def _forecast(forecast: Forecast) -> Document:
    return {
        "spent_percent": None if forecast.spent is None else floor_percent(forecast.spent, digits=1),
        "gone_ms": forecast.gone_ms,
        "counted_ms": -int(-forecast.counted_ms // 1),
    }


def _outage(outage: ServiceOutage) -> Document:
    return {
        "start_ms": outage.start_ms,
        "end_ms": outage.end_ms,
        "down_ms": outage.down_ms,
        "unknown_ms": outage.unknown_ms,
        "start_earliest_ms": outage.start_earliest_ms,
        "start_latest_ms": outage.start_latest_ms,
        "end_earliest_ms": outage.end_earliest_ms,
        "end_latest_ms": outage.end_latest_ms,
        "reason": outage.reason.label,
        "components": list(outage.components),
        "counted_ms": dict(outage.counted),
    }


def _exclusion(left_out: LeftOut) -> Document:
    exclusion = left_out.exclusion
    return {
        "id": exclusion.id,
        "kind": exclusion.kind,
        "start_ms": exclusion.start_ms,
        "end_ms": exclusion.end_ms,
        "notified_ms": exclusion.notified_ms,
        "counts": left_out.counts,
    }


def _credit(credit: Credit) -> Document:
    return {"percent": exact_text(100 * credit.share), "amount": _amount(credit.amount)}


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _exact(ratio: Fraction | None) -> str | None:
    """Write a ratio as `p/q`, where that is of a length that anybody would read."""
    if ratio is None:
        return None
    text = f"{ratio.numerator}/{ratio.denominator}"
    return text if len(text) <= 200 else None
