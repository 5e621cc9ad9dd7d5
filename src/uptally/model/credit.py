"""What a miss is worth: the rules by which contracts give a part of the fee back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from uptally.model.comparison import Comparison


class Combine(Enum):
    """How several credits make one."""

    MAX = "max"
    SUM = "sum"


class Award(NamedTuple):
    """What a rule gives: a share of the fee, or so many days of it."""

    share: Fraction = Fraction(0)
    days: Fraction = Fraction(0)


class Bound(NamedTuple):
    """A condition of a tier: a figure compares so with a limit."""

    comparison: Comparison
    limit: Fraction

    def holds(self, figure: Fraction) -> bool:
        """Tell whether a figure keeps to it."""
        return self.comparison.holds(figure, self.limit)


class Tier(NamedTuple):
    """An award where all bounds hold."""

    bounds: tuple[Bound, ...]
    award: Award


@dataclass(frozen=True, slots=True)
class Tiers:
    """The largest award of the tiers of which all bounds hold: of the availability, or (`of_downtime`) of counted
    downtime in milliseconds."""

    tiers: tuple[Tier, ...]
    of_downtime: bool = False
    only_if_missed: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """An award for each block of downtime; a started block counts, or not.

    `over_budget` takes only the downtime beyond the budget, `each_outage_ms` each counted outage of at least that
    length on its own.
    """

    block_ms: int
    award: Award
    counts_started: bool = False
    over_budget: bool = False
    each_outage_ms: int | None = None
    only_if_missed: bool = False


@dataclass(frozen=True, slots=True)
class ProRata:
    """A multiple of the share of the time that was down."""

    multiple: Fraction = Fraction(1)
    over_budget: bool = False
    only_if_missed: bool = False


@dataclass(frozen=True, slots=True)
class PerDay:
    """Days for each local day whose counted downtime compares so with a limit; `is_consecutive` looks at the longest
    piece within the day."""

    days: Fraction
    limit_ms: int
    comparison: Comparison = Comparison.GT
    is_consecutive: bool = False
    only_if_missed: bool = False


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An award for each step by which the availability lies below the target; a started step counts, or not."""

    step: Fraction
    award: Award
    counts_started: bool = False
    only_if_missed: bool = False


CreditRule = Tiers | Blocks | ProRata | PerDay | Shortfall


@dataclass(frozen=True, slots=True)
class CreditRules:
    """What a window's rules come to together: no more than `cap` of the fee."""

    rules: tuple[CreditRule, ...] = ()
    combine: Combine = Combine.MAX
    cap: Fraction | None = None
