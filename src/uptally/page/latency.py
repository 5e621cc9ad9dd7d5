"""Latencies: those of some windows, and of the last 24 hours a scale that fits, the plot, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from zoneinfo import ZoneInfo

from markupsafe import Markup

from uptally.model.statement import LatencyHour, LatencyPart, LatencyWindow
from uptally.page import svg
from uptally.page.language import _, figure, grouped, ngettext
from uptally.page.words import Moment, minute_moment, unbroken, window_text
from uptally.units.time import HOUR_MS, to_local

HOURS = 24
_TICK_HOURS = 4
_LINES_MAX = 5


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of the table; texts are empty where nothing was measured."""

    start: Moment
    p50: str
    p95: str
    count: str


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A window of the table; texts are empty where nothing was measured."""

    label: str
    p50: str
    p95: str
    count: str


@dataclass(frozen=True, slots=True)
class LatencyView:
    """The windows, and the plot of 24 hours with its texts; `rows` is empty where nothing was measured in these, and
    `windows` where nothing was at all.
    """

    windows: tuple[WindowRow, ...]
    is_early: bool
    """Whether the longer windows are not added up yet."""
    plot: Markup
    hour_labels: Markup
    scale_labels: Markup
    summary: str
    rows: tuple[HourRow, ...]


def latency_of(
    latencies: Sequence[LatencyHour], windows: Sequence[LatencyWindow], *, as_of_ms: int, zone: ZoneInfo
) -> LatencyView:
    """Return some windows, and the plot of the 24 hours that end with the running one."""
    told = tuple(map(_window_row, windows)) if any(each.answers for each in windows) else ()
    is_early = bool(told) and len(windows) == 1
    by_start = {hour.start_ms: hour for hour in latencies}
    newest_ms = as_of_ms - as_of_ms % HOUR_MS
    starts = [newest_ms - back * HOUR_MS for back in reversed(range(HOURS))]
    hours = [by_start.get(start_ms) for start_ms in starts]
    known = [hour for hour in hours if hour is not None]
    if not known:
        return LatencyView(told, is_early, Markup(""), Markup(""), Markup(""), "", ())
    step_us, lines = scale_of(max(hour.p95_us for hour in known))
    ticks = _ticks(starts, zone)
    plotted = [None if hour is None else svg.PlotHour(hour.p50_us, hour.p95_us) for hour in hours]
    return LatencyView(
        windows=told,
        is_early=is_early,
        plot=svg.plot(plotted, top_us=step_us * lines, step_us=step_us, ticks=[index for index, _time in ticks]),
        hour_labels=svg.labels_below(ticks, HOURS),
        scale_labels=svg.labels_beside([scale_text(step_us * line, step_us) for line in range(lines + 1)]),
        summary=_summary(known),
        rows=tuple(
            HourRow(
                minute_moment(start_ms, zone, seen_ms=as_of_ms),
                "" if hour is None else latency_text(hour.p50_us),
                "" if hour is None else latency_text(hour.p95_us),
                "" if hour is None else grouped(hour.observations),
            )
            for start_ms, hour in reversed(list(zip(starts, hours, strict=True)))
        ),
    )


def _window_row(window: LatencyWindow) -> WindowRow:
    label = window_text(window.label)
    if window.p50_us is None or window.p95_us is None:
        return WindowRow(label, "", "", "")
    return WindowRow(label, latency_text(window.p50_us), latency_text(window.p95_us), grouped(window.answers))


def scale_of(top_us: int) -> tuple[int, int]:
    """Return a step of 1, 2 or 5 times a power of ten, and how many of them reach over the highest latency.

    >>> scale_of(472_000), scale_of(310), scale_of(0)
    ((100000, 5), (100, 4), (1, 1))
    """
    for power in count():
        for factor in (1, 2, 5):
            step_us = factor * 10**power
            lines = top_us // step_us + 1
            if lines <= _LINES_MAX:
                return step_us, lines
    raise AssertionError("unreachable: powers of ten end above every latency")


def scale_text(latency_us: int, step_us: int) -> str:
    """Write a grid value with the unit and the decimals that its step needs.

    >>> scale_text(500_000, 100_000), scale_text(2_500, 500), scale_text(0, 500), scale_text(10_000_000, 5_000_000)
    ('500 ms', '2.5 ms', '0', '10 s')
    """
    if not latency_us:
        return "0"
    if step_us >= 1_000_000:
        return figure(f"{latency_us // 1_000_000:,} s")
    decimals = 0 if step_us >= 1_000 else 1 if step_us >= 100 else 2 if step_us >= 10 else 3
    return f"{_thousandths(latency_us, decimals)} ms"


def latency_text(latency_us: int) -> str:
    """Write a latency with about three digits, cut off.

    >>> latency_text(164_999), latency_text(2_349), latency_text(312), latency_text(12_345_678)
    ('164 ms', '2.34 ms', '0.312 ms', '12.3 s')
    """
    if latency_us >= 10_000_000:
        return f"{_thousandths(latency_us // 1_000, 1)} s"
    decimals = 0 if latency_us >= 100_000 else 1 if latency_us >= 10_000 else 2 if latency_us >= 1_000 else 3
    return f"{_thousandths(latency_us, decimals)} ms"


def _thousandths(thousandths: int, decimals: int) -> str:
    """A number of thousandths as a decimal number, cut off after so many decimals."""
    whole, part = divmod(thousandths, 1_000)
    return figure(f"{whole:,}.{f'{part:03d}'[:decimals]}" if decimals else f"{whole:,}")


def _ticks(starts: Sequence[int], zone: ZoneInfo) -> list[tuple[int, str]]:
    """Every fourth hour of the zone's clock, but none so near an edge that it would hang over."""
    ticks = []
    for index, start_ms in enumerate(starts):
        local = to_local(start_ms, zone)
        if local.hour % _TICK_HOURS == 0 and 1 <= index < len(starts) - 1:
            ticks.append((index, f"{local:%H:%M}"))
    return ticks


def _summary(known: Sequence[LatencyHour]) -> str:
    told, missing = spread_text(known), HOURS - len(known)
    if not missing:
        return told
    gaps = ngettext("Not measured in {number} hour.", "Not measured in {number} hours.", missing)
    return f"{told} {gaps}"


def spread_text(known: Sequence[LatencyHour | LatencyPart]) -> str:
    """Write between what the latencies of some parts lie, of which there is one at least."""
    p50 = [part.p50_us for part in known]
    p95 = [part.p95_us for part in known]
    return _("p50 {p50}, p95 {p95}.", p50=_spread(min(p50), max(p50)), p95=_spread(min(p95), max(p95)))


def _spread(lowest_us: int, highest_us: int) -> str:
    lowest, highest = unbroken(latency_text(lowest_us)), unbroken(latency_text(highest_us))
    if lowest == highest:
        return lowest
    return _("between {lowest} and {highest}", lowest=lowest, highest=highest)
