"""How often a target must be looked at before its verdict means anything."""

from __future__ import annotations

from fractions import Fraction

from uptally.units.time import DAY_MS

MONTH_MS = 30 * DAY_MS
"""The month that a bare target is weighed against before any real month is known."""

INTERVALS_PER_BUDGET = 3
"""So many intervals must fit into a period's budget, or the time that passes unseen could decide the verdict alone."""


def monthly_budget_ms(target: Fraction) -> int:
    """Return the downtime that a target in [0, 1] allows in a month of 30 days, cut off to whole milliseconds.

    >>> monthly_budget_ms(Fraction(99999, 100000))
    25920
    """
    return (1 - target) * MONTH_MS // 1


def longest_proving_interval_ms(target: Fraction) -> int:
    """Return the longest interval that can prove a target, cut off to whole milliseconds; 0 where none can.

    >>> longest_proving_interval_ms(Fraction(99999, 100000))
    8640
    """
    return (1 - target) * MONTH_MS // INTERVALS_PER_BUDGET


def can_prove(*, interval_ms: int, target: Fraction) -> bool:
    """Tell whether attempts at this interval can decide whether a month kept its target.

    At five nines an interval of a minute cannot: one failed check weighs more than twice what the whole month allows,
    and an outage of 55 s between two checks weighs nothing.
    """
    return interval_ms <= longest_proving_interval_ms(target)
