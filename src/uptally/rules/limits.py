"""How well downtime is known: what lies between two attempts, and what no attempt saw.

Outages shorter than the interval T are seen only sometimes. Over a period, let M be the sum of the midpoint lengths of
the down spans that two or more grid attempts saw fail (or only rechecks did), V the sum of the squares of the gaps at
their edges over twelve, and k the number of those that a single grid attempt saw. An outage shorter than T is seen with
a probability in proportion to its length, so that each one seen stands for T of downtime: M + kT is expected, the
unseen included. Its limits at 95% combine the one-sided Poisson limits L and U of k with the uniform errors of the
edges::

    M + kT - sqrt((T(k - L))^2 + 1.645^2 V)   and   M + kT + sqrt((T(U - k))^2 + 1.645^2 V)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from math import isqrt
from typing import NamedTuple

EXACT_MOST = 200
"""Up to so many events the limits are exact; beyond, Wilson and Hilferty's approximation is within a thousandth."""

PARTS = 10_000
"""Poisson limits are integers of so many parts of an event."""

_Z = Decimal("1.645")
"""The 95% point of the normal distribution, one-sided."""

_TAIL = Decimal("0.05")
_CONTEXT = Context(prec=40)

_SHARES = 12 * PARTS**2
_SPREAD = int((_Z * PARTS) ** 2)
"""1.645^2 V in parts of `_SHARES` milliseconds squared, for each millisecond squared of the gaps."""


class Limits(NamedTuple):
    """The least and the most downtime there can have been, in milliseconds, each with 95% confidence."""

    low_ms: int
    high_ms: int


def downtime_limits(
    *, down_ms: int, known_ms: int, sampled_ms: int, gaps_ms2: int, singles: int, interval_ms: int
) -> Limits:
    """Return the limits of the downtime in a time of which `known_ms` are known and `down_ms` of these were down.

    Whole milliseconds, the low one cut off and the high one rounded up. They enclose `down_ms`, and lie between 0 and
    what is known: where that is nothing, there is no downtime.

    >>> downtime_limits(down_ms=0, known_ms=10**9, sampled_ms=0, gaps_ms2=0, singles=0, interval_ms=1_000)
    Limits(low_ms=0, high_ms=2996)
    """
    low, high = poisson_limits(singles)
    expected_ms, edges = sampled_ms + singles * interval_ms, _SPREAD * gaps_ms2
    # Squares in parts of `_SHARES`, whose roots are rounded up.
    below = 12 * (interval_ms * (singles * PARTS - low)) ** 2 + edges
    above = 12 * (interval_ms * (high - singles * PARTS)) ** 2 + edges
    low_ms = expected_ms - (1 + isqrt((below - 1) // _SHARES) if below else 0)
    high_ms = expected_ms + (1 + isqrt((above - 1) // _SHARES) if above else 0)
    return Limits(max(0, min(low_ms, down_ms)), min(max(high_ms, down_ms), known_ms))


@lru_cache(maxsize=4_096)
def poisson_limits(events: int) -> tuple[int, int]:
    """Return the one-sided 95% limits of the mean of a Poisson distribution of which so many events were seen.

    In `PARTS` of an event, the lower cut off and the upper rounded up.

    >>> poisson_limits(0), poisson_limits(1)
    ((0, 29958), (512, 47439))
    """
    if events > EXACT_MOST:
        return _approximate(events, -_Z, ROUND_FLOOR), _approximate(events + 1, _Z, ROUND_CEILING)
    # At the upper limit so few events, at the lower one so many, happen once in twenty times.
    upper = _least(lambda mean: _at_most(events, mean) <= _TAIL, (4 * events + 8) * PARTS)
    if not events:
        return 0, upper
    return _least(lambda mean: 1 - _at_most(events - 1, mean) >= _TAIL, events * PARTS) - 1, upper


def _least(holds: Callable[[Decimal], bool], last: int) -> int:
    """Return the least number of parts, up to the last, for which something holds from there on."""
    first = 0
    while first < last:
        middle = (first + last) // 2
        if holds(_CONTEXT.divide(Decimal(middle), Decimal(PARTS))):
            last = middle
        else:
            first = middle + 1
    return first


def _at_most(events: int, mean: Decimal) -> Decimal:
    """Return the probability of no more than so many events."""
    term = total = Decimal(1)
    for number in range(1, events + 1):
        term = _CONTEXT.divide(term * mean, Decimal(number))
        total += term
    return _CONTEXT.multiply(total, (-mean).exp(_CONTEXT))


def _approximate(events: int, point: Decimal, rounding: str) -> int:
    """Return Wilson and Hilferty's cube for the quantile of the chi-squared distribution behind a limit."""
    count = Decimal(events)
    root = 1 - _CONTEXT.divide(Decimal(1), 9 * count) + _CONTEXT.divide(point, 3 * count.sqrt(_CONTEXT))
    return int((count * root**3 * PARTS).to_integral_value(rounding))
