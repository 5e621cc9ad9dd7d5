"""What a window's result is worth: each credit rule becomes a share of the fee, and the rules together one share.

Nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.model.credit import (
    Award,
    Blocks,
    Combine,
    CreditRule,
    CreditRules,
    PerDay,
    ProRata,
    Shortfall,
    Tiers,
)
from uptally.model.judgement import Yield
from uptally.rules.contract.periods import local_days
from uptally.units.stretches import Stretches, clipped
from uptally.units.time import Window, day_window

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Result:
    """What credit rules look at: a window's result before its credit.

    `weigh` gives the milliseconds that some of the counted time counts for, and `days` is how many days the fee is for.
    """

    target: Fraction
    decision: Fraction
    is_met: bool
    denominator_ms: Fraction
    counted_ms: Fraction
    budget_ms: Fraction
    counted: Stretches
    period: Window
    zone: ZoneInfo
    days: Fraction
    weigh: Callable[[Stretches], Fraction]


def credit_of(rules: CreditRules, result: Result) -> tuple[tuple[Yield, ...], Fraction, bool]:
    """Return what each rule gives that gives anything, what they give together, and whether the cap took of it."""
    yields = tuple(
        Yield(index, share) for index, rule in enumerate(rules.rules) if (share := _share_of(rule, result)) > 0
    )
    share = combined_shares((each.share for each in yields), rules.combine)
    if rules.cap is not None and share > rules.cap:
        return yields, rules.cap, True
    return yields, share, False


def combined_shares(shares: Iterable[Fraction], combine: Combine) -> Fraction:
    """Return several credits as one."""
    return max(shares, default=NOTHING) if combine is Combine.MAX else sum(shares, NOTHING)


def _share_of(rule: CreditRule, result: Result) -> Fraction:
    if rule.only_if_missed and result.is_met:
        return NOTHING
    if isinstance(rule, Tiers):
        return tier_share(rule, result.counted_ms if rule.of_downtime else result.decision, days=result.days)
    if isinstance(rule, Blocks):
        return _of_blocks(rule, result)
    if isinstance(rule, ProRata):
        down_ms = _beyond_budget(result) if rule.over_budget else result.counted_ms
        return rule.multiple * down_ms / result.denominator_ms if result.denominator_ms else NOTHING
    if isinstance(rule, PerDay):
        return share_of(Award(days=rule.days * _days_hit(rule, result)), days=result.days)
    return _of_shortfall(rule, result)


def tier_share(rule: Tiers, figure: Fraction, *, days: Fraction) -> Fraction:
    """Return what tiers give for a figure, a part of a fee that is for so many days."""
    fitting = (tier.award for tier in rule.tiers if all(bound.holds(figure) for bound in tier.bounds))
    return max((share_of(award, days=days) for award in fitting), default=NOTHING)


def share_of(award: Award, *, days: Fraction) -> Fraction:
    """Return an award as a part of a fee that is for so many days."""
    return award.share + (award.days / days if award.days else 0)


def _times(award: Award, times: int) -> Award:
    return Award(award.share * times, award.days * times)


def _beyond_budget(result: Result) -> Fraction:
    return max(NOTHING, result.counted_ms - result.budget_ms)


def _of_blocks(rule: Blocks, result: Result) -> Fraction:
    if rule.each_outage_ms is None:
        lengths: Sequence[Fraction] = [_beyond_budget(result) if rule.over_budget else result.counted_ms]
    else:
        each = (result.weigh((piece,)) for piece in result.counted)
        lengths = [down_ms for down_ms in each if down_ms >= rule.each_outage_ms]
    blocks = sum(_steps(down_ms, Fraction(rule.block_ms), counts_started=rule.counts_started) for down_ms in lengths)
    return share_of(_times(rule.award, blocks), days=result.days)


def _of_shortfall(rule: Shortfall, result: Result) -> Fraction:
    below = max(NOTHING, result.target - result.decision)
    return share_of(_times(rule.award, _steps(below, rule.step, counts_started=rule.counts_started)), days=result.days)


def _steps(value: Fraction, size: Fraction, *, counts_started: bool) -> int:
    return -int(-value // size) if counts_started else int(value // size)


def _days_hit(rule: PerDay, result: Result) -> int:
    hits = 0
    for day in local_days(result.period, result.zone):
        pieces = clipped(result.counted, day_window(day, result.zone))
        if pieces:
            each = [result.weigh((piece,)) for piece in pieces]
            down_ms = max(each) if rule.is_consecutive else sum(each, NOTHING)
        else:
            down_ms = NOTHING
        hits += rule.comparison.holds(down_ms, rule.limit_ms)
    return hits
