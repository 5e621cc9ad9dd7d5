"""How fast answers were: quantiles of an hour, and of a longer window from the sketches of its parts."""

from __future__ import annotations

from fractions import Fraction

from uptally.model.statement import LatencyHour, LatencyPart, LatencyWindow
from uptally.rules.sketch import Sketch, middle_of
from uptally.units.time import Window

_SHARES = Fraction(1, 2), Fraction(95, 100)


def latency_hour(start_ms: int, sketch: Sketch) -> LatencyHour:
    """Return the latencies of an hour. Raises ValueError for one without any."""
    p50_us, p95_us = sketch.quantiles(*_SHARES)
    return LatencyHour(start_ms, sketch.count, p50_us, p95_us)


def latency_window(label: str, window: Window, sketch: Sketch) -> LatencyWindow:
    """Return the latencies of a window, from the sketch of all its parts: quantiles of sketches do not add up."""
    answers = sketch.count
    if not answers:
        return LatencyWindow(label, window, 0, None, None)
    p50_us, p95_us = sketch.quantiles(*_SHARES)
    return LatencyWindow(label, window, answers, p50_us, p95_us)


def latency_buckets(sketch: Sketch) -> tuple[int, int]:
    """Return the buckets of p50 and p95: what a part's latencies are kept as. Raises ValueError for a part without
    any.
    """
    p50, p95 = sketch.buckets_at(*_SHARES)
    return p50, p95


def latency_part(start_ms: int, p50: int, p95: int) -> LatencyPart:
    """Return the latencies of a part by the buckets of its quantiles."""
    return LatencyPart(start_ms, middle_of(p50), middle_of(p95))
