"""How fast answers were: quantiles of an hour, and of a longer window from the sketches of its parts."""

from __future__ import annotations

from fractions import Fraction

from uptally.model.statement import LatencyHour, LatencyWindow
from uptally.rules.sketch import Sketch
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
