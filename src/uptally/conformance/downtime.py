"""The definition of downtime of a file of the format ``sla-vector/1``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from uptally.conformance.part import Part
from uptally.model.comparison import Comparison
from uptally.model.downtime import BucketTime, Counted, DowntimeRule, Empty, Instant, RequestMode, Requests, Run

_BELOW = (Comparison.LT, Comparison.LE)
"""Comparisons by which nothing is down."""


def downtime_rule(part: Part) -> DowntimeRule:
    """Return what counts as downtime."""
    rules: Mapping[str, Callable[[Part], DowntimeRule]] = {
        "instant": lambda _: Instant(),
        "run": _run,
        "bucket_time": _bucket_time,
        "requests": _requests,
    }
    return part.choice("kind", rules)(part)


def _run(part: Part) -> Run:
    return Run(
        least_ms=part.ms("min_s"),
        comparison=part.member("cmp", Comparison, less=_BELOW),
        is_incident=part.choice("scope", {"counted": False, "incident": True}),
        counted=part.member("count", Counted),
    )


def _bucket_time(part: Part) -> BucketTime:
    return BucketTime(part.ms("bucket_s", least=1), part.choice("down_when", {"any": False, "all": True}))


def _requests(part: Part) -> Requests:
    bucket_ms, mode = part.ms("bucket_s", least=1), part.member("mode", RequestMode)
    empty = part.maybe("empty", lambda key: part.member(key, Empty))
    threshold = part.maybe("threshold", part.ratio)
    comparison = part.maybe("cmp", lambda key: part.member(key, Comparison, less=_BELOW))
    least_requests, least_run = part.maybe("min_requests", part.count), part.maybe("min_consecutive", part.count)
    if mode is not RequestMode.THRESHOLD:
        return Requests(bucket_ms, mode, empty or Empty.OK)
    if threshold is None or comparison is None:
        raise part.refused("threshold" if threshold is None else "cmp", "missing")
    return Requests(
        bucket_ms=bucket_ms,
        mode=mode,
        empty=empty or Empty.OK,
        threshold=threshold,
        comparison=comparison,
        least_requests=1 if least_requests is None else least_requests,
        least_run=1 if least_run is None else least_run,
    )
