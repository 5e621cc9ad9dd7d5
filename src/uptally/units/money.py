"""Money: exact shares of decimal amounts, rounded once, in the way that a contract names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction


class Rounding(Enum):
    """What becomes of the digits beyond the last; `TRUNCATE` goes towards zero."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    TRUNCATE = "truncate"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency, by its ISO 4217 code; the amount has as many places as the currency is kept in."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


def rounded(value: Fraction, *, decimals: int, rounding: Rounding) -> Decimal:
    """Return an exact value as a decimal with exactly so many places.

    >>> rounded(Fraction(2005, 1000), decimals=2, rounding=Rounding.HALF_EVEN)
    Decimal('2.00')
    >>> rounded(Fraction(2005, 1000), decimals=2, rounding=Rounding.HALF_UP)
    Decimal('2.01')
    """
    scaled = abs(value) * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    is_half_up = rounding is Rounding.HALF_UP or (rounding is Rounding.HALF_EVEN and whole % 2 == 1)
    if rounding is not Rounding.TRUNCATE and (
        twice > scaled.denominator or (twice == scaled.denominator and is_half_up)
    ):
        whole += 1
    sign = "-" if value < 0 and whole else ""
    return Decimal(f"{sign}{whole}e-{decimals}")


def exact_text(value: Fraction) -> str:
    """Write a value as an exact decimal without trailing zeros, or as ``p/q`` where no finite decimal exists.

    >>> exact_text(Fraction(5, 2)), exact_text(Fraction(-300)), exact_text(Fraction(1, 3))
    ('2.5', '-300', '1/3')
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
