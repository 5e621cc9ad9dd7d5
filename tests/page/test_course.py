"""The course of latencies over a week and a quarter: where it is drawn, marked and left out."""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.page.by_hand import NOW_MS, standing
from tests.page.sample import at, courses, settings, windows
from uptally.model.statement import LatencyCourse, LatencyPart
from uptally.page.catalogue import language_of
from uptally.page.course import CourseView, course_view
from uptally.page.detail import detail_of
from uptally.page.language import speaking
from uptally.units.time import DAY_MS, HOUR_MS, Window

UTC_ZONE = ZoneInfo("UTC")


def course(begin: str, step_ms: int, steps: int, *, missing: frozenset[int] = frozenset()) -> LatencyCourse:
    window = Window(at(begin), at(begin) + steps * step_ms)
    starts = [window.start_ms + place * step_ms for place in range(steps) if place not in missing]
    return LatencyCourse("", window, step_ms, [LatencyPart(start_ms, 100_000, 300_000) for start_ms in starts])


def path(view: CourseView, name: str) -> str:
    found = re.search(f'class="{name}" d="([^"]*)"', view.plot)
    return found[1] if found else ""


def labels(view: CourseView) -> list[tuple[str, str]]:
    return re.findall(r'x="([^"]*)"[^>]*>([^<]*)<', view.axis_labels)


@pytest.mark.parametrize(("step_ms", "steps"), [(6 * HOUR_MS, 28), (DAY_MS, 90)])
def test_the_parts_fill_the_plot_to_its_edges_whatever_their_number(step_ms: int, steps: int) -> None:
    line = path(course_view(course("2026-08-26 00:00:00", step_ms, steps), UTC_ZONE), "p50")
    widths = [int(width) for width in re.findall("h([0-9]+)", line)]
    assert (line.count("M"), len(widths), sum(widths)) == (1, steps, 1440)
    assert max(widths) - min(widths) <= 1


def test_where_nothing_was_measured_no_line_is_drawn_and_the_gap_is_told() -> None:
    view = course_view(course("2026-08-26 00:00:00", DAY_MS, 90, missing=frozenset({3, 4, 88})), UTC_ZONE)
    assert path(view, "gap") == "M48 0h32v400h-32zM1408 0h16v400h-16z"
    assert [int(start) for start in re.findall("M([0-9]+) ", path(view, "p95"))] == [0, 80, 1424]
    assert view.summary == "p50 100\u00a0ms, p95 300\u00a0ms. Not measured on 3 days."


def test_a_quarter_names_its_months_and_a_week_every_second_day() -> None:
    quarter = course_view(course("2026-08-26 00:00:00", DAY_MS, 90), ZoneInfo("Asia/Kolkata"))
    assert labels(quarter) == [("6.6%", "1 Sep"), ("40.0%", "1 Oct"), ("74.4%", "1 Nov")]
    week = course_view(course("2026-11-16 18:00:00", 6 * HOUR_MS, 28), UTC_ZONE)
    assert [text for _place, text in labels(week)] == ["19 Nov", "21 Nov", "23 Nov"]
    assert path(week, "z").count("v8") == 7


def test_a_week_marks_the_midnights_of_the_zone_though_they_lie_within_its_parts() -> None:
    week = course_view(course("2026-11-16 18:00:00", 6 * HOUR_MS, 28), ZoneInfo("Asia/Kolkata"))
    # Half past six in the evening is 30 minutes after a part began.
    assert path(week, "z").startswith("M0 400h1440M4 400v8M210 400v8")
    assert "UTC" not in week.caption


def test_a_course_without_any_answer_is_not_drawn_and_longer_windows_may_not_be_known_yet() -> None:
    one, week, day = standing(), course("2026-11-16 18:00:00", 6 * HOUR_MS, 28), windows()[:1]
    empty = week._replace(parts=())
    page = detail_of(one, settings(), latencies=(), now_ms=NOW_MS, latency_windows=day, latency_courses=[empty])
    assert (page.courses, page.latency.is_early) == ((), True)
    page = detail_of(one, settings(), latencies=(), now_ms=NOW_MS, latency_windows=windows(), latency_courses=[week])
    assert (len(page.courses), page.latency.is_early) == (1, False)


def test_a_course_speaks_the_language_of_its_page() -> None:
    with speaking(language_of(replace(settings(), language="de"))):
        quarter = course_view(courses()[1], UTC_ZONE)
    assert quarter.caption == "Die letzten 90 Tage, je Tag in UTC."
    assert [text for _place, text in labels(quarter)][1:] == ["1. Okt.", "1. Nov."]
