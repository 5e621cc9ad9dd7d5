"""How latencies went over days and months: a plot, its axis, and in words what it spans. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from uptally.model.statement import LatencyCourse
from uptally.page import svg
from uptally.page.language import Language, _, ngettext, speaking, spoken
from uptally.page.latency import scale_of, scale_text, spread_text
from uptally.page.words import day_text
from uptally.units.time import DAY_MS, Window, day_of, midnight_ms

_EDGE = Fraction(6, 100)
"""A label keeps this share of the axis from each end, so that it hangs over neither."""
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class CourseView:
    """A plot with its texts."""

    caption: str
    summary: str
    label: str
    plot: Markup
    scale_labels: Markup
    axis_labels: Markup


def course_view(course: LatencyCourse, zone: ZoneInfo) -> CourseView:
    """Return how latencies went, of a course with an answer at least, with the days of a zone marked.

    Where its parts are days, they are days of UTC, whatever the zone, and the begins of months are marked.
    """
    by_start = {part.start_ms: part for part in course.parts}
    starts = range(course.window.start_ms, course.window.end_ms, course.step_ms)
    parts = [by_start.get(start_ms) for start_ms in starts]
    days, missing, is_daily = course.window.length_ms // DAY_MS, parts.count(None), course.step_ms == DAY_MS
    summary = spread_text(course.parts)
    if is_daily:
        caption = ngettext(
            "The last {number} day, by the day of UTC.", "The last {number} days, by the day of UTC.", days
        )
        gaps = ngettext("Not measured on {number} day.", "Not measured on {number} days.", missing)
    else:
        caption = ngettext("The last {number} day, by six hours.", "The last {number} days, by six hours.", days)
        gaps = ngettext(
            "Not measured in {number} stretch of six hours.",
            "Not measured in {number} stretches of six hours.",
            missing,
        )
    if missing:
        summary = f"{summary} {gaps}"
    step_us, lines = scale_of(max(part.p95_us for part in course.parts))
    ticks, labels = _axis(course.window, course.step_ms, _UTC if is_daily else zone, spoken())
    return CourseView(
        caption=caption,
        summary=summary,
        label=_("p50 and p95. {caption} {summary}", caption=caption, summary=summary),
        plot=svg.plot(parts, top_us=step_us * lines, step_us=step_us, ticks=ticks),
        scale_labels=svg.labels_beside([scale_text(step_us * line, step_us) for line in range(lines + 1)]),
        axis_labels=labels,
    )


# All services of a page have the same axes.
@lru_cache(maxsize=32)
def _axis(window: Window, step_ms: int, zone: ZoneInfo, language: Language) -> tuple[tuple[Fraction, ...], Markup]:
    """Return the places of an axis that are marked, in parts, and the texts below."""
    marked = list(_days(window, zone) if step_ms < DAY_MS else _months(window, zone))
    parts = window.length_ms // step_ms
    ticks = tuple(Fraction(at_ms - window.start_ms, step_ms) for at_ms, _day in marked)
    # Of days there is room for every second one's name.
    every = 2 if step_ms < DAY_MS else 1
    with speaking(language):
        texts = [
            (tick, day_text(day))
            for tick, (_at_ms, day) in zip(ticks[::every], marked[::every], strict=True)
            if _EDGE <= tick / parts <= 1 - _EDGE
        ]
    return ticks, svg.labels_below(texts, parts)


def _days(window: Window, zone: ZoneInfo) -> Iterator[tuple[int, date]]:
    """The midnights within a window, and the days that begin there."""
    day = day_of(window.start_ms, zone) + timedelta(days=1)
    while (at_ms := midnight_ms(day, zone)) < window.end_ms:
        yield at_ms, day
        day += timedelta(days=1)


def _months(window: Window, zone: ZoneInfo) -> Iterator[tuple[int, date]]:
    return ((at_ms, day) for at_ms, day in _days(window, zone) if day.day == 1)
