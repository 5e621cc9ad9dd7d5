"""What counts as downtime of what a component was down, under each definition but that by requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from uptally.model.downtime import BucketTime, Counted, Instant, Run
from uptally.units.stretches import NEVER, Stretch, Stretches, difference, intersection, stretches
from uptally.units.time import MINUTE_MS, Window


class Judged(NamedTuple):
    """What a definition of downtime looks at.

    `down` is what counts as down at all, unknown time included where the terms say so: as it happened, inside the
    window or not. `time` is what is judged: in the window, the contract and the period, not excluded, and not unknown
    where that is left out.
    """

    down: Stretches
    time: Stretches
    period: Window


def counted_time(rule: Instant | Run | BucketTime, judged: Judged) -> Stretches:
    """Return the time that counts as downtime."""
    inside = intersection(judged.down, judged.time)
    if isinstance(rule, Instant):
        return inside
    if isinstance(rule, BucketTime):
        return _of_buckets(rule, judged, inside)
    if rule.is_incident:
        return intersection(stretches(_of_runs(rule, judged.down)), judged.time)
    return stretches(_of_runs(rule, inside))


def _of_runs(rule: Run, runs: Stretches) -> Iterator[Stretch]:
    for start_ms, end_ms in runs:
        if not rule.comparison.holds(end_ms - start_ms, rule.least_ms):
            continue
        if rule.counted is Counted.EXCESS:
            yield start_ms + rule.least_ms, end_ms
        elif rule.counted is Counted.WHOLE_MINUTES:
            yield start_ms, end_ms - (end_ms - start_ms) % MINUTE_MS
        else:
            yield start_ms, end_ms


def _of_buckets(rule: BucketTime, judged: Judged, inside: Stretches) -> Stretches:
    if not inside:
        return NEVER
    if rule.needs_all:
        up = difference(judged.time, inside)
        return difference(inside, _whole_buckets(rule, judged.period, up))
    return intersection(_whole_buckets(rule, judged.period, inside), judged.time)


def _whole_buckets(rule: BucketTime, period: Window, parts: Stretches) -> Stretches:
    """Return the buckets of a period that parts of it touch; the last may be cut by the period's end."""
    first_ms, size_ms = period.start_ms, rule.bucket_ms
    return stretches(
        (
            start_ms - (start_ms - first_ms) % size_ms,
            min(period.end_ms, end_ms + (first_ms - end_ms) % size_ms),
        )
        for start_ms, end_ms in parts
    )
