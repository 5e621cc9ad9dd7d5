"""Slow answers as downtime, for terms under which an answer above a limit counts as down.

The instants decide as they do for any outage: between a slow and a fast answer the state changes midway between their
begins, an odd distance rounded so that down time never gets shorter, and an answer that nothing follows in time speaks
for one interval. Every good answer is looked at, not only those that the endpoint's own latency limit calls slow: the
contract's limit need not be that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from uptally.model.observation import GOOD, Observation, Outcome
from uptally.rules.runs import speaks_until_ms
from uptally.units.stretches import Stretches, stretches


def slow_time(observations: Iterable[Observation], *, above_us: int, as_of_ms: int) -> Stretches:
    """Return when good answers took longer than a limit. The observations come in their order, from one location."""
    return stretches(_slow(observations, above_us, as_of_ms))


def _slow(observations: Iterable[Observation], above_us: int, as_of_ms: int) -> Iterator[tuple[int, int]]:
    before: Observation | None = None
    for observation in observations:
        if observation.outcome is Outcome.MISSED or observation.at_ms >= as_of_ms:
            continue
        if before is not None:
            yield from _between(before, observation, above_us)
        before = observation
    if before is not None and _is_slow(before, above_us):
        silent_ms = before.at_ms + before.interval_ms
        yield before.at_ms, silent_ms if as_of_ms > speaks_until_ms(before) else as_of_ms


def _between(left: Observation, right: Observation, above_us: int) -> Iterator[tuple[int, int]]:
    """Yield what is slow of the time between the begins of two neighbours."""
    was_slow, is_slow = _is_slow(left, above_us), _is_slow(right, above_us)
    total_ms = left.at_ms + right.at_ms
    if right.at_ms > speaks_until_ms(left):
        if was_slow:
            yield left.at_ms, left.at_ms + left.interval_ms
    elif was_slow:
        yield left.at_ms, right.at_ms if is_slow else -(-total_ms // 2)
    elif is_slow:
        yield total_ms // 2, right.at_ms


def _is_slow(observation: Observation, above_us: int) -> bool:
    return observation.outcome in GOOD and observation.duration_us > above_us
