"""The credit rules of a file of the format ``sla-vector/1``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from uptally.conformance.part import Part
from uptally.model.comparison import Comparison
from uptally.model.credit import (
    Award,
    Blocks,
    Bound,
    Combine,
    CreditRule,
    CreditRules,
    PerDay,
    ProRata,
    Shortfall,
    Tier,
    Tiers,
)

_BOUNDS = {"lt": Comparison.LT, "le": Comparison.LE, "gt": Comparison.GT, "ge": Comparison.GE}


def credit_rules(part: Part) -> CreditRules:
    """Return a window's credit rules."""
    return CreditRules(
        rules=part.many("rules", _rule),
        combine=part.member("combine", Combine),
        cap=part.maybe("cap_percent", part.percent),
    )


def _rule(part: Part) -> CreditRule:
    rules: Mapping[str, Callable[[Part, bool], CreditRule]] = {
        "tiers": _tiers,
        "downtime_tiers": _downtime_tiers,
        "blocks": _blocks,
        "prorata": _prorata,
        "per_day": _per_day,
        "shortfall": _shortfall,
    }
    rule = part.choice("kind", rules)
    return rule(part, part.maybe("only_if_missed", part.truth) or False)


def _tiers(part: Part, only_if_missed: bool) -> CreditRule:
    return Tiers(part.many("tiers", _tier), only_if_missed=only_if_missed)


def _downtime_tiers(part: Part, only_if_missed: bool) -> CreditRule:
    return Tiers(part.many("tiers", _downtime_tier), of_downtime=True, only_if_missed=only_if_missed)


def _tier(part: Part) -> Tier:
    limits = ((comparison, part.maybe(key, part.percent)) for key, comparison in _BOUNDS.items())
    bounds = tuple(Bound(comparison, limit) for comparison, limit in limits if limit is not None)
    return Tier(bounds, _award(part, "percent", "days"))


def _downtime_tier(part: Part) -> Tier:
    limits = ((comparison, part.maybe(f"{key}_s", part.ms)) for key, comparison in _BOUNDS.items())
    bounds = tuple(Bound(comparison, Fraction(limit)) for comparison, limit in limits if limit is not None)
    return Tier(bounds, _award(part, "percent", "days"))


def _blocks(part: Part, only_if_missed: bool) -> CreditRule:
    is_each = part.maybe("measure", lambda key: part.choice(key, {"each_outage": True})) or False
    least_ms = part.maybe("min_outage_s", part.ms) or 0
    over_budget = _is_over_budget(part)
    if is_each and over_budget:
        raise part.refused("over", "each outage is not combined with the budget")
    return Blocks(
        block_ms=part.ms("block_s", least=1),
        award=_award(part, "percent_per_block", "days_per_block"),
        counts_started=_is_started(part),
        over_budget=over_budget,
        each_outage_ms=least_ms if is_each else None,
        only_if_missed=only_if_missed,
    )


def _prorata(part: Part, only_if_missed: bool) -> CreditRule:
    return ProRata(part.number("multiple"), _is_over_budget(part), only_if_missed)


def _per_day(part: Part, only_if_missed: bool) -> CreditRule:
    return PerDay(
        days=part.number("days_per_hit"),
        limit_ms=part.ms("threshold_s"),
        comparison=part.member("cmp", Comparison),
        is_consecutive=part.maybe("consecutive", part.truth) or False,
        only_if_missed=only_if_missed,
    )


def _shortfall(part: Part, only_if_missed: bool) -> CreditRule:
    step = part.percent("step")
    if not step:
        raise part.refused("step", "0 is no step")
    return Shortfall(step, _award(part, "percent_per_step", "days_per_step"), _is_started(part), only_if_missed)


def _award(part: Part, percent: str, days: str) -> Award:
    share, fee_days = part.maybe(percent, part.percent), part.maybe(days, part.number)
    if (share is None) == (fee_days is None):
        raise part.refused(percent, f"either it or {days} is needed, and not both")
    return Award(share or Fraction(0), fee_days or Fraction(0))


def _is_started(part: Part) -> bool:
    return part.maybe("partial", lambda key: part.choice(key, {"count": True, "ignore": False})) or False


def _is_over_budget(part: Part) -> bool:
    return part.maybe("over", lambda key: part.choice(key, {"all": False, "budget": True})) or False
