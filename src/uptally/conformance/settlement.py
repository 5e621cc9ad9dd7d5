"""Fee, least credit, claim and termination rules of a file of the format ``sla-vector/1``."""

from __future__ import annotations

from uptally.conformance.part import Part
from uptally.model.comparison import Comparison
from uptally.model.fee import ClaimRule, Fee, LeastCredit, Proration
from uptally.model.termination import Misses, RollingAverage, TerminationRule
from uptally.units.money import Rounding


def fee(part: Part) -> Fee:
    """Return what a period costs."""
    is_by_period = part.take("day_basis") == "period_days"
    day_basis = None if is_by_period else part.number("day_basis")
    if day_basis == 0:
        raise part.refused("day_basis", "a fee is for no days")
    return Fee(
        amount=part.decimal("amount"),
        currency=part.text("currency"),
        decimals=part.count("decimals"),
        rounding=part.member("rounding", Rounding),
        proration=part.member("proration", Proration),
        day_basis=day_basis,
    )


def least_credit(part: Part) -> LeastCredit:
    """Return which credits are issued."""
    return LeastCredit(part.decimal("amount"), part.member("cmp", Comparison))


def claim(part: Part) -> ClaimRule | None:
    """Return by when a credit must be claimed; None where it need not be."""
    is_required, days = part.truth("required"), part.maybe("days", part.count)
    if not is_required:
        return None
    if days is None:
        raise part.refused("days", "missing")
    return ClaimRule(days)


def termination_rule(part: Part) -> TerminationRule:
    """Return what gives a right to terminate."""
    rules = {"misses": _misses, "rolling_average": _rolling_average}
    return part.choice("kind", rules)(part)


def _misses(part: Part) -> TerminationRule:
    misses, of = part.count("misses", least=1), part.count("of", least=1)
    return Misses(misses, of, part.maybe("below", part.percent), part.maybe("downtime_gt_s", part.ms))


def _rolling_average(part: Part) -> TerminationRule:
    return RollingAverage(part.count("periods", least=1), part.percent("below"))
