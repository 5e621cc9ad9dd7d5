"""Percentages, exactly: text to Fraction, and Fraction to text that is cut off and never rounded up."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from uptally.errors import QuantityError

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,12})?)\s?%", re.ASCII)


def parse_percent(text: str) -> Fraction:
    """Read ``99.95%`` as an exact ratio in [0, 1]. Raises QuantityError; the sign is required, since a bare
    99.95 may mean either.

    >>> parse_percent("99.999%")
    Fraction(99999, 100000)
    """
    match = _PERCENT.fullmatch(text)
    ratio = Fraction(match[1]) / 100 if match else None
    if ratio is None or ratio > 1:
        raise QuantityError(f"{text!r} is no percentage: write a number from 0 to 100 and a percent sign, as in 99.95%")
    return ratio


def floor_percent(ratio: Fraction, *, digits: int) -> str:
    """Write a ratio as a percentage with so many decimals, cut off: a figure never looks better than it is.

    >>> floor_percent(Fraction(999989999, 1000000000), digits=3)
    '99.998'
    >>> floor_percent(Fraction(-1, 3), digits=1)
    '-33.4'
    """
    return floor_share(ratio.numerator, ratio.denominator, digits=digits)


# What a page says of a service stands in its row of the overview and in its figures for programs as well.
@lru_cache(maxsize=256)
def floor_share(part: int, whole: int, *, digits: int) -> str:
    """Write a part of a positive whole as `floor_percent` does. A Fraction of the two would be written alike, and
    takes longer to make than its text.

    >>> floor_share(2, 3, digits=2)
    '66.66'
    """
    scaled = part * 10 ** (digits + 2) // whole
    whole_percent, rest = divmod(abs(scaled), 10**digits)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole_percent}.{str(rest).zfill(digits)}" if digits else f"{sign}{whole_percent}"


def exact_percent(ratio: Fraction) -> str:
    """Write a ratio that came from a decimal percentage back as that percentage, without trailing zeros.

    Raises QuantityError where no finite decimal exists.

    >>> exact_percent(Fraction(9995, 10000)), exact_percent(Fraction(1))
    ('99.95', '100')
    """
    for digits in range(16):
        scaled = ratio * 10 ** (digits + 2)
        if scaled.denominator == 1:
            return floor_percent(ratio, digits=digits)
    raise QuantityError(f"{ratio} has no finite decimal percentage")


def percent_decimals(ratio: Fraction) -> int:
    """Return how many decimals a percentage needs to be written exactly.

    >>> percent_decimals(Fraction(99999, 100000))
    3
    """
    return len(exact_percent(ratio).partition(".")[2])
