"""Tiers held against each other: contracts have holes, overlaps and tiers that never apply, which is well to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from uptally.config.contract.credits import figures
from uptally.config.marks import Path, path_text
from uptally.model.credit import Tier, Tiers
from uptally.units.money import exact_text
from uptally.units.time import format_duration


def tier_findings(tiers: Tiers, paths: Sequence[Path], *, target: Fraction) -> Iterator[tuple[Path, str]]:
    """Yield what is odd about tiers, each with the path of a tier.

    Figures are availabilities below the target, or any downtime beyond the least limit.
    """
    everywhere = figures([tier.bounds for tier in tiers.tiers])
    points = everywhere
    if not tiers.of_downtime:
        everywhere = [*(figure for figure in everywhere if figure < 1), Fraction(1)]
        below = [figure for figure in everywhere if figure < target]
        points = [*below, (max(below, default=Fraction(0)) + target) / 2]
    for where in _holes(tiers, points, _held(tiers, points), target):
        yield paths[0], f"the tiers leave a hole: {where} nothing is credited"
    # Unless it says that it gives nothing then, a tier holds where the target is met, too.
    yield from _crossings(tiers, paths, _held(tiers, points if tiers.only_if_missed else everywhere))


def _held(tiers: Tiers, points: Sequence[Fraction]) -> list[frozenset[int]]:
    """Return for each figure the tiers that hold at it."""
    return [frozenset(index for index, tier in enumerate(tiers.tiers) if _holds(tier, point)) for point in points]


def _holds(tier: Tier, figure: Fraction) -> bool:
    return all(bound.holds(figure) for bound in tier.bounds)


def _holes(tiers: Tiers, points: Sequence[Fraction], held: Sequence[frozenset[int]], target: Fraction) -> Iterator[str]:
    limits = {bound.limit for tier in tiers.tiers for bound in tier.bounds}
    write = _duration if tiers.of_downtime else _percent
    for is_hole, group in groupby(range(len(points)), key=lambda index: not held[index]):
        indexes = list(group)
        first, last = indexes[0], indexes[-1]
        if not is_hole or (tiers.of_downtime and first == 0):
            continue
        low = points[first] if points[first] in limits else max((x for x in limits if x < points[first]), default=None)
        high = min((x for x in limits if x >= points[last]), default=None)
        if not tiers.of_downtime:
            high = target if high is None else min(high, target)
        is_from, is_to = points[first] in limits, points[last] in limits
        if low is not None and low == high:
            yield f"at exactly {write(low)}"
        elif low is None:
            yield f"{'up to' if is_to else 'below'} {write(high or Fraction(0))}"
        elif high is None:
            yield f"{'from' if is_from else 'above'} {write(low)} on"
        else:
            yield f"{'from' if is_from else 'above'} {write(low)} {'up to' if is_to else 'to below'} {write(high)}"


def _percent(ratio: Fraction) -> str:
    return f"{exact_text(ratio * 100)}%"


def _duration(length_ms: Fraction) -> str:
    return format_duration(int(length_ms))


def _crossings(tiers: Tiers, paths: Sequence[Path], held: Sequence[frozenset[int]]) -> Iterator[tuple[Path, str]]:
    """Tell of tiers that overlap without one lying within the other, and of those that never give the most."""
    places = [frozenset(point for point, here in enumerate(held) if index in here) for index in range(len(paths))]
    for later in range(len(paths)):
        if not places[later]:
            yield paths[later], "never applies: the target is met wherever it holds"
            continue
        for earlier in range(later):
            both = places[earlier] & places[later]
            if not both:
                continue
            less, more = sorted((earlier, later), key=lambda index: tiers.tiers[index].award.share)
            if places[less] <= places[more] and _is_comparable(tiers, less, more):
                yield paths[less], f"never applies: {path_text(paths[more])} holds wherever it does, and gives as much"
            elif not places[earlier] <= places[later] and not places[later] <= places[earlier]:
                yield paths[later], f"overlaps {path_text(paths[earlier])}: where both hold, the larger is given"


def _is_comparable(tiers: Tiers, less: int, more: int) -> bool:
    """Whether both give shares, or both days, and the one no more than the other."""
    left, right = tiers.tiers[less].award, tiers.tiers[more].award
    return left.share <= right.share and left.days <= right.days
