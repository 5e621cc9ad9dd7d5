"""The credit rules of a file of the format ``sla-vector/1``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from uptally.errors import QuantityError
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
from uptally.units.time import SECOND_MS

_COMPARISONS = {"lt": Comparison.LT, "le": Comparison.LE, "gt": Comparison.GT, "ge": Comparison.GE}

Part = Mapping[str, Any]


def ratio(percent: str | int) -> Fraction:
    """Read a percentage, given as decimal text or as ``p/q``, as a ratio."""
    return Fraction(str(percent)) / 100


def credit_rules(part: Part | None) -> CreditRules:
    """Return a window's credit rules; none where it has no credit."""
    if part is None:
        return CreditRules()
    cap = part.get("cap_percent")
    return CreditRules(
        rules=tuple(_rule(rule) for rule in part["rules"]),
        combine=Combine(part["combine"]),
        cap=None if cap is None else ratio(cap),
    )


def _rule(part: Part) -> CreditRule:
    kind, only_if_missed = part["kind"], part.get("only_if_missed", False)
    if kind in ("tiers", "downtime_tiers"):
        of_downtime = kind == "downtime_tiers"
        tiers = tuple(_tier(tier, of_downtime=of_downtime) for tier in part["tiers"])
        return Tiers(tiers, of_downtime, only_if_missed)
    if kind == "blocks":
        is_each = part.get("measure") == "each_outage"
        return Blocks(
            block_ms=_ms(part["block_s"]),
            award=_award(part, "percent_per_block", "days_per_block"),
            counts_started=_is_started(part),
            over_budget=_is_over_budget(part),
            each_outage_ms=_ms(part.get("min_outage_s", 0)) if is_each else None,
            only_if_missed=only_if_missed,
        )
    if kind == "prorata":
        return ProRata(Fraction(str(part["multiple"])), _is_over_budget(part), only_if_missed)
    if kind == "per_day":
        return PerDay(
            days=Fraction(str(part["days_per_hit"])),
            limit_ms=_ms(part["threshold_s"]),
            comparison=Comparison(part["cmp"]),
            is_consecutive=part.get("consecutive", False),
            only_if_missed=only_if_missed,
        )
    if kind == "shortfall":
        award = _award(part, "percent_per_step", "days_per_step")
        return Shortfall(ratio(part["step"]), award, _is_started(part), only_if_missed)
    raise QuantityError(f"{kind!r} is no credit rule")


def _tier(part: Part, *, of_downtime: bool) -> Tier:
    bounds = []
    for key, value in part.items():
        comparison = _COMPARISONS.get(key.removesuffix("_s"))
        if comparison is not None:
            bounds.append(Bound(comparison, Fraction(_ms(value)) if of_downtime else ratio(value)))
    return Tier(tuple(bounds), _award(part, "percent", "days"))


def _award(part: Part, percent: str, days: str) -> Award:
    return Award(ratio(part.get(percent, 0)), Fraction(str(part.get(days, 0))))


def _ms(seconds: str | float) -> int:
    return int(Fraction(str(seconds)) * SECOND_MS)


def _is_started(part: Part) -> bool:
    return {"count": True, "ignore": False}[part.get("partial", "ignore")]


def _is_over_budget(part: Part) -> bool:
    return {"all": False, "budget": True}[part.get("over", "all")]
