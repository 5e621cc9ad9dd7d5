"""Attempts as requests, for terms that count error rates: each sample is one request, and one that is down has failed.

Rechecks and tripwires are no samples, since failures cause them, and an attempt whose outcome is unknown is no request.
What an attempt would have found that was unknown, or that nobody made, is not known either: the worst that it can have
been is a failure, the best a success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from uptally.model.downtime import Empty, RequestMode, Requests
from uptally.model.facts import RequestCount, RequestCounts
from uptally.model.observation import Kind, Observation, Outcome
from uptally.rules.runs import speaks_until_ms
from uptally.units.stretches import NEVER, Stretches, stretches
from uptally.units.time import Window

_NONE = RequestCount(0, 0)


class Probed(NamedTuple):
    """What attempts say by interval, each by its start: the requests, and how many more there would have been, had all
    been made and known."""

    counts: RequestCounts = RequestCounts(_NONE, {})
    missing: Mapping[int, int] = {}


def probed_requests(observations: Iterable[Observation], period: Window, *, bucket_ms: int, as_of_ms: int) -> Probed:
    """Return what the attempts of a period say, in intervals of `bucket_ms` from its start.

    The observations come in their order, from one location and one endpoint; none before the period nor after
    `as_of_ms` counts.
    """
    end_ms = min(period.end_ms, as_of_ms)
    total: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    missing: Counter[int] = Counter()
    before: Observation | None = None
    for each in observations:
        if each.kind is not Kind.GRID or each.outcome is Outcome.MISSED or not period.start_ms <= each.at_ms < end_ms:
            continue
        slots = _slots_at_begin(each, period.start_ms) if before is None else _slots_between(before, each)
        for at_ms in slots:
            missing[_interval(at_ms, period, bucket_ms)] += 1
        interval_ms = _interval(each.at_ms, period, bucket_ms)
        if each.outcome is Outcome.UNKNOWN:
            missing[interval_ms] += 1
        else:
            total[interval_ms] += 1
            failed[interval_ms] += each.outcome is Outcome.DOWN
        before = each
    if before is None:
        # How often it would have been asked is not known: once in each interval, at least.
        missing.update(range(period.start_ms, end_ms, bucket_ms))
    elif end_ms > speaks_until_ms(before):
        for at_ms in range(before.at_ms + before.interval_ms, end_ms, before.interval_ms):
            missing[_interval(at_ms, period, bucket_ms)] += 1
    listed = {at_ms: RequestCount(number, failed[at_ms]) for at_ms, number in total.items()}
    return Probed(RequestCounts(_NONE, listed), dict(missing))


def _interval(at_ms: int, period: Window, bucket_ms: int) -> int:
    return at_ms - (at_ms - period.start_ms) % bucket_ms


def _slots_at_begin(first: Observation, begin_ms: int) -> Iterable[int]:
    """Return when attempts were missing before the first of a period, where there was silence before it."""
    silent_ms = first.at_ms - begin_ms
    if silent_ms <= speaks_until_ms(first) - first.at_ms:
        return ()
    return range(first.at_ms - first.interval_ms, begin_ms - 1, -first.interval_ms)


def _slots_between(left: Observation, right: Observation) -> Iterator[int]:
    """Yield when attempts were missing between two neighbours, to the nearest number of them."""
    if right.at_ms > speaks_until_ms(left):
        length_ms, interval_ms = right.at_ms - left.at_ms, left.interval_ms
        for number in range(1, (2 * length_ms + interval_ms) // (2 * interval_ms)):
            yield left.at_ms + number * interval_ms


def together(parts: Iterable[Probed]) -> Probed:
    """Return what the attempts of several endpoints say together, or those of several periods."""
    listed: dict[int, RequestCount] = {}
    missing: Counter[int] = Counter()
    for counts, more in parts:
        for at_ms, count in counts.listed.items():
            held = listed.get(at_ms, _NONE)
            listed[at_ms] = RequestCount(held.total + count.total, held.failed + count.failed)
        missing.update(more)
    return Probed(RequestCounts(_NONE, listed), dict(missing))


def worst_requests(rule: Requests, probed: Probed) -> RequestCounts:
    """Return the requests if all that are missing had failed.

    Where there were fewer than make an interval down, and some are missing, it is down nonetheless: nobody watched it.
    """
    listed = dict(probed.counts.listed)
    for at_ms, missing in probed.missing.items():
        total, failed = listed.get(at_ms, _NONE)
        more = max(missing, rule.least_requests - total)
        listed[at_ms] = RequestCount(total + more, failed + more)
    return RequestCounts(_NONE, listed)


def best_requests(rule: Requests, probed: Probed) -> RequestCounts:
    """Return the requests if all that are missing had succeeded.

    An interval that has too few to be down stays as it is: more of them could make it down.
    """
    listed = dict(probed.counts.listed)
    for at_ms, missing in probed.missing.items():
        total, failed = listed.get(at_ms, _NONE)
        if rule.mode is not RequestMode.THRESHOLD or total >= rule.least_requests:
            listed[at_ms] = RequestCount(total + missing, failed)
    return RequestCounts(_NONE, listed)


def unobserved(rule: Requests, probed: Probed) -> Stretches:
    """Return the time of the intervals of which nothing is known, and that count as up nonetheless."""
    if rule.mode is RequestMode.AVERAGE and rule.empty is not Empty.OK:
        return NEVER
    listed = probed.counts.listed
    return stretches((at_ms, at_ms + rule.bucket_ms) for at_ms in probed.missing if at_ms not in listed)
