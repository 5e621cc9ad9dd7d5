"""Percentages as a reader is shown them: cut off, never rounded up, and never 100 where something is missing.

Everything that shows an availability calls these, so that the page, a command and an export never differ by a digit.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from uptally.model.period_statement import WindowStatement
from uptally.model.statement import Availability
from uptally.units.ratio import floor_percent, floor_share, percent_decimals

DIGITS_MIN = 3


def figure_digits(target: Fraction | None) -> int:
    """Return how many decimals a figure needs: one more than its target has, so that a near miss is seen.

    >>> figure_digits(Fraction(99999, 100000)), figure_digits(None)
    (4, 3)
    """
    return DIGITS_MIN if target is None else _digits(target.numerator, target.denominator)


# Two integers are found sooner than a Fraction, which is made canonical at each look.
@lru_cache(maxsize=256)
def _digits(part: int, whole: int) -> int:
    return max(DIGITS_MIN, percent_decimals(Fraction(part, whole)) + 1)


def shown_percent(availability: Availability, *, target: Fraction | None) -> str:
    """Write the availability as a percentage without its sign, such as ``99.998``; empty where nothing is known.

    Time whose state is unknown keeps a perfect figure below 100: it shows the largest figure that its digits can write.
    """
    known_ms, unknown_ms = availability.known_ms, availability.unknown_ms
    if not known_ms:
        return ""
    if unknown_ms and not availability.down_ms:
        return shown_ratio(Fraction(1), unknown_ms=unknown_ms, target=target)
    return floor_share(availability.up_ms, known_ms, digits=figure_digits(target))


def shown_ratio(ratio: Fraction, *, unknown_ms: int, target: Fraction | None) -> str:
    """Write a measured availability, as `shown_percent` does."""
    digits = figure_digits(target)
    if ratio == 1 and unknown_ms:
        ratio -= Fraction(1, 10 ** (digits + 2))
    return floor_percent(ratio, digits=digits)


def shown_range(availability: Availability, *, target: Fraction | None) -> tuple[str, str] | None:
    """Write the worst and the best that the availability can have been; None where nothing was scheduled.

    The ends are exact before they are cut off: the best is 100 where all that is unknown may have been up.
    """
    agreed_ms = availability.agreed_service_ms
    if not agreed_ms:
        return None
    digits = figure_digits(target)
    worst_ms, best_ms = availability.known_ms - availability.down_high_ms, agreed_ms - availability.down_low_ms
    return floor_share(worst_ms, agreed_ms, digits=digits), floor_share(best_ms, agreed_ms, digits=digits)


class WindowFigures(NamedTuple):
    """Percentages of a service window without their signs: as it counts, the worst and the best that it can have been,
    and the share of the agreed time for which the state is known. Each is None where there is none."""

    measured: str | None
    worst: str | None
    best: str | None
    coverage: str | None


def window_figures(window: WindowStatement) -> WindowFigures:
    """Write what a service window came to, as `shown_percent` and `shown_range` do."""
    digits = figure_digits(window.target)
    measured, worst, best = window.availability
    ends = (None if ratio is None else floor_percent(ratio, digits=digits) for ratio in (worst, best, window.coverage))
    shown = None if measured is None else shown_ratio(measured, unknown_ms=window.unknown_ms, target=window.target)
    return WindowFigures(shown, *ends)


SHARE_DIGITS = 4
"""So many decimals of a percentage of a fee are shown."""


def shown_share(share: Fraction) -> str:
    """Write a share of a fee as a percentage without its sign: without trailing zeros, and cut off where it is longer.

    >>> shown_share(Fraction(1, 10)), shown_share(Fraction(1, 3)), shown_share(Fraction(1, 40))
    ('10', '33.3333', '2.5')
    """
    return floor_percent(share, digits=SHARE_DIGITS).rstrip("0").removesuffix(".")
