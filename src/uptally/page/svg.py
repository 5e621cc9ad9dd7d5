"""Drawings, as markup that this module alone writes from numbers: bars, their axis, the meter, the latency plot.

Nothing here takes text from outside, so that its results may pass the templates unescaped. Coordinates are whole
numbers or tenths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from uptally.model.statement import Budget, LatencyPart
from uptally.page.days import Days, Level
from uptally.page.language import _

DAY_UNITS = 8
"""The width of a day; the style sheet's dash pattern (6 on, 2 off) cuts a run of equal days apart."""

# Middle height and class of each level's stroke; one that exceeds the month's budget is broken in two; maintenance
# floats above the base.
_STROKES = (
    (Level.CLEAN, "b0", ("28.5",)),
    (Level.WITHIN, "b1", ("24.5",)),
    (Level.OVER, "b2", ("20.5",)),
    (Level.SPENT, "b3", ("25", "7")),
    (Level.UPKEEP, "b5", ("16",)),
)
_EDGE_PERMILLE = 120
"""Axis labels keep this distance from the first and the last one."""
_ROOMY_PERMILLE = range(200, 701)
"""Where an axis label has room on the narrowest screen too."""


@lru_cache(maxsize=1024)
def bars(levels: str, unseen: str) -> Markup:
    """Draw a strip of days (see `page.days.Strip`): one path for each level, however many days."""
    paths = []
    for level, name, heights in _STROKES:
        runs = [match.span() for match in re.finditer(f"{re.escape(level)}+", levels)]
        if runs:
            paths.append(f'<path class="{name}" d="{"".join(_runs(runs, height) for height in heights)}"/>')
    frames = [match.span() for match in re.finditer(f"{re.escape(Level.UNSEEN)}+", unseen)]
    if frames:
        outline = "".join(
            f"M{start * DAY_UNITS}.5 1.5h{(end - start) * DAY_UNITS - 3}v30h-{(end - start) * DAY_UNITS - 3}z"
            for start, end in frames
        )
        paths.append(f'<path class="b4" d="{outline}"/>')
    return Markup("".join(paths))


def _runs(runs: Sequence[tuple[int, int]], height: str) -> str:
    """Horizontal strokes, the first placed absolutely and each further one relative to the end of the one before."""
    at = 0
    parts: list[str] = []
    for start, end in runs:
        parts.append(f"m{(start - at) * DAY_UNITS} 0" if parts else f"M{start * DAY_UNITS} {height}")
        parts.append(f"h{(end - start) * DAY_UNITS}")
        at = end
    return "".join(parts)


def axis(days: Days) -> Markup:
    """Label a strip of days: its first day, the month starts that have room, and today."""
    return _axis(days, _("today")) if days.names else Markup("")


@lru_cache(maxsize=32)
def _axis(run: Days, today: str) -> Markup:
    days = run.names
    labels = [Markup('<text x="0" y="11">{}</text>').format(days[0].moment.text)]
    for index in range(1, len(days)):
        place = index * 1000 // len(days)
        if days[index].month != days[index - 1].month and _EDGE_PERMILLE <= place <= 1000 - _EDGE_PERMILLE:
            text = days[index].moment.text
            kind = "" if place in _ROOMY_PERMILLE else Markup(' class="w"')
            labels.append(Markup('<text{} x="{}" y="11">{}</text>').format(kind, _percent(place), text))
    labels.append(Markup('<text x="100%" y="11" text-anchor="end">{}</text>').format(today))
    return Markup("").join(labels)


def meter(budget: Budget, *, unknown_ms: int, to_come_permille: int) -> Markup:
    """Draw what is left of a month's budget: filled what surely is, hatched what the unknown time may have used.

    The mark is where an even pace would stand, which is the share of the month that is still to come. An overdrawn
    budget is a block below the zero.
    """
    sure = _share(max(0, budget.left_ms - unknown_ms), budget.allowed_ms)
    perhaps = _share(max(0, budget.left_ms), budget.allowed_ms)
    parts = ['<path class="t" d="M0 6h100"/>']
    if budget.left_ms < 0:
        parts.append('<path class="x" d="M-12 6h10"/>')
    if sure:
        parts.append(f'<path class="l" d="M0 6h{sure}"/>')
    if perhaps > sure:
        parts.append(f'<path class="u" d="M{sure} 6h{perhaps - sure}"/>')
    parts.append(f'<path class="m" d="M{to_come_permille // 10}.{to_come_permille % 10} 1v10"/>')
    return Markup("".join(parts))


def _share(part_ms: int, whole_ms: int) -> int:
    """A part in hundredths, cut off, but never nothing where there is something."""
    return max(1, part_ms * 100 // whole_ms) if part_ms and whole_ms else 0


class PlotHour(NamedTuple):
    """The latencies of an hour of the plot, or of another part of it, in microseconds."""

    p50_us: int
    p95_us: int


PLOT_WIDTH, PLOT_HEIGHT = 1440, 400


def plot(
    hours: Sequence[PlotHour | LatencyPart | None], *, top_us: int, step_us: int, ticks: Iterable[int | Fraction]
) -> Markup:
    """Draw p50 and p95 as steps, an hour wide each; an hour without a measurement is a grey gap, never bridged.

    `top_us` is the latency at the upper edge, a multiple of `step_us`, which sets the grid lines apart; `ticks` are
    the places that are marked on the axis, in hours. What is said of hours holds for any parts of equal length.
    """
    edges = [index * PLOT_WIDTH // len(hours) for index in range(len(hours) + 1)]
    gaps = _gaps(hours, edges)
    grid = "".join(f"M0 {_height(level, top_us)}h{PLOT_WIDTH}" for level in range(step_us, top_us + 1, step_us))
    marks = "".join(f"M{index * PLOT_WIDTH // len(hours)} {PLOT_HEIGHT}v8" for index in ticks)
    p50 = _steps([None if hour is None else _height(hour.p50_us, top_us) for hour in hours], edges)
    p95 = _steps([None if hour is None else _height(hour.p95_us, top_us) for hour in hours], edges)
    return Markup(
        (f'<path class="gap" d="{gaps}"/>' if gaps else "")
        + f'<path class="g" d="{grid}"/><path class="z" d="M0 {PLOT_HEIGHT}h{PLOT_WIDTH}{marks}"/>'
        + f'<path class="p95" d="{p95}"/><path class="p50" d="{p50}"/>'
    )


def _height(latency_us: int, top_us: int) -> int:
    return PLOT_HEIGHT - latency_us * PLOT_HEIGHT // top_us


def _gaps(hours: Sequence[object | None], edges: Sequence[int]) -> str:
    """A block for each run of hours without a measurement."""
    parts, index = [], 0
    for is_gap, run in groupby(hours, lambda hour: hour is None):
        start, index = index, index + len(list(run))
        if is_gap:
            width = edges[index] - edges[start]
            parts.append(f"M{edges[start]} 0h{width}v{PLOT_HEIGHT}h-{width}z")
    return "".join(parts)


def _steps(heights: Sequence[int | None], edges: Sequence[int]) -> str:
    parts, before = [], None
    for index, height in enumerate(heights):
        if height is not None:
            width = edges[index + 1] - edges[index]
            parts.append(f"V{height}h{width}" if before is not None else f"M{edges[index]} {height}h{width}")
        before = height
    return "".join(parts)


def labels_below(texts: Iterable[tuple[int | Fraction, str]], hours: int) -> Markup:
    """Write texts such as ``16:00`` under places of a plot, which are given in its hours."""
    return Markup("").join(
        Markup('<text x="{}" y="248" text-anchor="middle">{}</text>').format(_percent(index * 1000 // hours), text)
        for index, text in texts
    )


def labels_beside(texts: Sequence[str]) -> Markup:
    """Write a plot's grid values beside it, evenly from its lower edge to its upper."""
    last = max(1, len(texts) - 1)
    return Markup("").join(
        Markup('<text x="-10" y="{}" text-anchor="end">{}</text>').format(232 - 220 * index // last, text)
        for index, text in enumerate(texts)
    )


def _percent(permille: int) -> str:
    return f"{permille // 10}.{permille % 10}%"
