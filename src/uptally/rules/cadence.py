"""How often a target must be looked at before its verdict means anything."""

from __future__ import annotations

from fractions import Fraction

from uptally.units.time import DAY_MS, SECOND_MS

MONTH_MS = 30 * DAY_MS
"""The month that a bare target is weighed against before any real month is known."""

INTERVALS_PER_BUDGET = 3
"""So many intervals must fit into a period's budget, or the time that passes unseen could decide the verdict alone."""


def budget_ms(target: Fraction, *, of_ms: int = MONTH_MS) -> int:
    """Return the downtime that a target in [0, 1] allows in so much time, cut off to whole milliseconds.

    >>> budget_ms(Fraction(99999, 100000))
    25920
    """
    promised, whole = target.as_integer_ratio()
    return (whole - promised) * of_ms // whole


def longest_proving_interval_ms(target: Fraction, *, of_ms: int = MONTH_MS) -> int:
    """Return the longest interval that can prove a target, cut off to whole milliseconds; 0 where none can.

    >>> longest_proving_interval_ms(Fraction(99999, 100000))
    8640
    """
    promised, whole = target.as_integer_ratio()
    return (whole - promised) * of_ms // (whole * INTERVALS_PER_BUDGET)


def proving_interval_ms(target: Fraction, *, of_ms: int = MONTH_MS) -> int:
    """Return the interval to advise for a target: the longest that can prove it, in whole seconds from one on.

    >>> proving_interval_ms(Fraction(99999, 100000)), proving_interval_ms(Fraction(999999, 1000000))
    (8000, 864)
    """
    longest_ms = longest_proving_interval_ms(target, of_ms=of_ms)
    return longest_ms if longest_ms < SECOND_MS else longest_ms - longest_ms % SECOND_MS


def checks_per_day(interval_ms: int) -> int:
    """Return how many slots a day of 24 hours holds, one begun included.

    >>> checks_per_day(8_000), checks_per_day(864)
    (10800, 100000)
    """
    return -(-DAY_MS // interval_ms)


def can_prove(*, interval_ms: int, target: Fraction) -> bool:
    """Tell whether attempts at this interval can decide whether a month kept its target.

    At five nines an interval of a minute cannot: one failed check weighs more than twice what the whole month allows,
    and an outage of 55 s between two checks weighs nothing.
    """
    return interval_ms <= longest_proving_interval_ms(target)
