"""What was promised."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of an SLA. A bare target means: calendar month in the page's zone, always, every down
    millisecond counts, unknown time left out of the denominator, met at equality, no credit.

    `name` is what statements call it (the target's own text for a bare target), `target` a ratio in [0, 1].
    """

    name: str
    target: Fraction
