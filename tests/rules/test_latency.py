"""Latencies of hours, windows and parts, by sketches whose values are exact below 128 us."""

from __future__ import annotations

import pytest

from uptally.model.statement import LatencyHour, LatencyPart, LatencyWindow
from uptally.rules.latency import latency_buckets, latency_hour, latency_part, latency_window
from uptally.rules.sketch import Sketch
from uptally.units.time import Window

HUNDRED = Sketch.of(range(1, 101))
NONE = Sketch.of(())


def test_an_hour_tells_how_many_answers_there_were_and_below_what_half_and_nineteen_of_twenty_stayed() -> None:
    assert latency_hour(3_600_000, HUNDRED) == LatencyHour(3_600_000, 100, 50, 95)


def test_a_window_without_answers_has_no_quantiles() -> None:
    window = Window(0, 10)
    assert latency_window("24h", window, HUNDRED) == LatencyWindow("24h", window, 100, 50, 95)
    assert latency_window("7d", window, Sketch.of([8])) == LatencyWindow("7d", window, 1, 8, 8)
    assert latency_window("7d", window, NONE) == LatencyWindow("7d", window, 0, None, None)


def test_a_part_is_kept_as_buckets_and_told_by_their_middles() -> None:
    p50, p95 = latency_buckets(Sketch.of([1_000, 1_000, 1_000, 90_000]))
    part = latency_part(7, p50, p95)
    assert part.start_ms == 7
    assert abs(part.p50_us - 1_000) <= 1_000 // 128
    assert abs(part.p95_us - 90_000) <= 90_000 // 128
    assert latency_part(0, *latency_buckets(HUNDRED)) == LatencyPart(0, 50, 95)


def test_nothing_is_told_of_an_hour_without_answers() -> None:
    for tell in (lambda: latency_hour(0, NONE), lambda: latency_buckets(NONE)):
        with pytest.raises(ValueError, match="no values"):
            tell()
