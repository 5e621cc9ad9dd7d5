"""Downtime by error rates: intervals of requests become the share of the time that was bad.

Intervals are told by their index from the start of the period, and sets of them are stretches of indexes, so that a
month of minutes costs no more than the intervals that are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from uptally.model.downtime import Empty, RequestMode, Requests
from uptally.model.facts import RequestCount, RequestCounts
from uptally.units.stretches import (
    NEVER,
    Stretches,
    covers,
    difference,
    intersection,
    length_ms,
    stretches,
)
from uptally.units.time import Window


class RequestSums(NamedTuple):
    """What intervals came to: the milliseconds that were measured, the bad share of them (None where there are none),
    and the intervals that were down, for a threshold."""

    measured_ms: int
    bad_share: Fraction | None
    down: Stretches


def request_sums(
    rule: Requests,
    counts: RequestCounts,
    period: Window,
    *,
    scheduled: Stretches,
    excluded: Stretches,
    excluded_is_up: bool,
    judged: Stretches,
) -> RequestSums:
    """Return what the intervals of a period came to.

    An interval is in `scheduled`, excluded or judged by its first instant. One that is scheduled but not judged lies in
    the future or outside the contract, and has no errors.
    """
    grid = _Grid(period, rule.bucket_ms)
    scheduled_indexes, excluded_indexes = grid.indexes(scheduled), grid.indexes(excluded)
    left_out = intersection(scheduled_indexes, excluded_indexes)
    kept = scheduled_indexes if excluded_is_up else difference(scheduled_indexes, left_out)
    read = difference(intersection(grid.indexes(judged), kept), left_out)
    of_period = grid.listed(counts)
    listed = {index: count for index, count in of_period.items() if covers(read, index)}
    default = difference(read, stretches((index, index + 1) for index in listed))
    if rule.mode is RequestMode.THRESHOLD:
        down = _down(rule, default, counts.default, listed)
        measured_ms = grid.length_ms(kept)
        share = Fraction(grid.length_ms(down), measured_ms) if measured_ms else None
        return RequestSums(measured_ms, share, grid.time(down))
    if rule.mode is RequestMode.RATIO:
        return RequestSums(grid.length_ms(kept), _ratio(counts.default, of_period, kept, default, listed), NEVER)
    if rule.empty is Empty.LEAVE_OUT:
        silent = [(index, index + 1) for index, count in listed.items() if not count.total]
        kept = difference(kept, stretches(silent if counts.default.total else [*silent, *default]))
    return RequestSums(grid.length_ms(kept), _mean(rule, length_ms(kept), length_ms(default), counts, listed), NEVER)


class _Grid(NamedTuple):
    """The intervals of a period, the last of which its end may cut."""

    period: Window
    size_ms: int

    def listed(self, counts: RequestCounts) -> dict[int, RequestCount]:
        """Return the requests of those intervals that are listed.

        The end of a period may cut its last interval, so that the first of the next begins where that would run on.
        """
        first_ms, end_ms = self.period
        return {
            (at_ms - first_ms) // self.size_ms: count
            for at_ms, count in counts.listed.items()
            if first_ms <= at_ms < end_ms
        }

    def indexes(self, time: Stretches) -> Stretches:
        """Return the intervals whose first instant lies in some time of the period."""
        first_ms = self.period.start_ms
        return stretches(
            (-((first_ms - start_ms) // self.size_ms), -((first_ms - end_ms) // self.size_ms))
            for start_ms, end_ms in time
        )

    def time(self, indexes: Stretches) -> Stretches:
        """Return the time of intervals."""
        (first_ms, end_ms), size_ms = self.period, self.size_ms
        return tuple((first_ms + low * size_ms, min(end_ms, first_ms + high * size_ms)) for low, high in indexes)

    def length_ms(self, indexes: Stretches) -> int:
        return length_ms(self.time(indexes))


def _down(rule: Requests, default: Stretches, count: RequestCount, listed: Mapping[int, RequestCount]) -> Stretches:
    found = [(index, index + 1) for index, count in listed.items() if _is_down(rule, count)]
    runs = stretches([*found, *(default if _is_down(rule, count) else ())])
    return tuple((low, high) for low, high in runs if high - low >= rule.least_run)


def _is_down(rule: Requests, count: RequestCount) -> bool:
    if not count.total or count.total < rule.least_requests:
        return False
    return rule.comparison.holds(Fraction(count.failed, count.total), rule.threshold)


def _ratio(
    default_count: RequestCount,
    of_period: Mapping[int, RequestCount],
    kept: Stretches,
    default: Stretches,
    listed: Mapping[int, RequestCount],
) -> Fraction | None:
    if not kept:
        return None
    given = [count for index, count in of_period.items() if covers(kept, index)]
    total = sum(count.total for count in given) + (length_ms(kept) - len(given)) * default_count.total
    failed = sum(count.failed for count in listed.values()) + length_ms(default) * default_count.failed
    return Fraction(failed, total) if total else Fraction(0)


def _mean(
    rule: Requests, kept: int, defaults: int, counts: RequestCounts, listed: Mapping[int, RequestCount]
) -> Fraction | None:
    """Return the plain mean of the error rates of so many intervals; those that were not read have none."""
    if not kept:
        return None
    weights: dict[int, int] = {}
    empty = 0
    for count, times in [*((count, 1) for count in listed.values()), (counts.default, defaults)]:
        if count.total:
            weights[count.total] = weights.get(count.total, 0) + count.failed * times
        else:
            empty += times
    bad = _sum([Fraction(failed, total) for total, failed in weights.items()])
    return (bad + (empty if rule.empty is Empty.DOWN else 0)) / kept


def _sum(terms: list[Fraction]) -> Fraction:
    """Return the sum of fractions of many denominators: pair by pair, so that few additions have long numbers."""
    while len(terms) > 1:
        terms = [sum(terms[index : index + 2], Fraction(0)) for index in range(0, len(terms), 2)]
    return terms[0] if terms else Fraction(0)
