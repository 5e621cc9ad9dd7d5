"""Quantiles of the last hours, days and months, against all answers that were given."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.ledger.made import Clock, observed, open_ledger
from uptally.daemon.latencies import LOOK_MS, LOOKS_AHEAD, Stopwatch
from uptally.ledger import Ledger, Reader
from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.statement import LatencyCourse, LatencyWindow
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Window

NOW_MS = 1_795_446_000_000 + 11 * MINUTE_MS
"""Eleven minutes past an hour."""
BEGIN_MS = NOW_MS - 93 * DAY_MS


def answers() -> list[Observation]:
    """Answers every 50 minutes or so for 93 days, but for a week without any; they get slower and slower."""
    random, found, at_ms = Random(7), [], BEGIN_MS
    while at_ms < NOW_MS:
        is_silent = 0 <= at_ms - (NOW_MS - 30 * DAY_MS) < 7 * DAY_MS
        if not is_silent:
            share = (at_ms - BEGIN_MS) / (NOW_MS - BEGIN_MS)
            duration_us = round(random.lognormvariate(9 + 3 * share, 0.4))
            found.append(observed(at_ms, duration_us=duration_us, interval_ms=HOUR_MS))
        at_ms += random.randrange(40 * MINUTE_MS, 60 * MINUTE_MS)
    found.append(observed(NOW_MS - 5 * SECOND_MS, Outcome.DOWN, duration_us=9_000_000, interval_ms=HOUR_MS))
    found.append(observed(NOW_MS - 4 * SECOND_MS, kind=Kind.RECHECK, duration_us=9_000_000, interval_ms=HOUR_MS))
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "ledger.db", clock=Clock(NOW_MS))
    opened.import_observations(answers())
    yield opened
    opened.close()


@pytest.fixture
def reader(ledger: Ledger, tmp_path: Path) -> Iterator[Reader]:
    with Reader.open(tmp_path / "ledger.db") as opened:
        yield opened


def check(window: LatencyWindow, given: list[Observation]) -> None:
    """Hold a window against the sorted list of all answers that began in it."""
    within = sorted(
        each.duration_us
        for each in given
        if window.window.start_ms <= each.at_ms < window.window.end_ms
        and each.outcome is Outcome.UP
        and each.kind is Kind.GRID
    )
    assert window.answers == len(within)
    for found_us, share in ((window.p50_us, Fraction(1, 2)), (window.p95_us, Fraction(95, 100))):
        exact_us = within[-(-len(within) * share.numerator // share.denominator) - 1]
        assert found_us is not None
        assert abs(found_us - exact_us) * 128 <= exact_us


def test_windows_hold_what_a_sorted_list_of_all_answers_says(reader: Reader) -> None:
    windows = Stopwatch("local").read(reader, "web", now_ms=NOW_MS).windows
    assert [(each.label, each.window.length_ms) for each in windows] == [
        ("24h", DAY_MS),
        ("7d", 7 * DAY_MS),
        ("90d", 90 * DAY_MS),
    ]
    assert {each.window.end_ms for each in windows} == {NOW_MS + 49 * MINUTE_MS}
    for window in windows:
        check(window, answers())


def test_answer_of_the_running_hour_counts_at_once_and_what_is_kept_moves_on_with_the_hour(
    ledger: Ledger, reader: Reader
) -> None:
    stopwatch, given = Stopwatch("local"), answers()
    for after_ms in (0, 3 * MINUTE_MS, HOUR_MS, 26 * HOUR_MS):
        given.append(observed(NOW_MS + after_ms, duration_us=5, interval_ms=HOUR_MS))
        ledger.import_observations(given[-1:])
        found = stopwatch.read(reader, "web", now_ms=NOW_MS + after_ms)
        for window in found.windows:
            check(window, given)
        assert found.hours == reader.latency_hours("web", location="local", window=found.windows[0].window)


def test_endpoint_that_never_answered_has_no_quantiles(reader: Reader) -> None:
    found = Stopwatch("local").read(reader, "other", now_ms=NOW_MS)
    assert not found.hours
    assert {each[2:] for each in found.windows} == {(0, None, None)}


def held(course: LatencyCourse, given: list[Observation]) -> None:
    """Hold each part of a course against the sorted list of all answers that began in it."""
    found = {part.start_ms: part for part in course.parts}
    for start_ms in range(course.window.start_ms, course.window.end_ms, course.step_ms):
        part = found.pop(start_ms, None)
        within = [
            each.duration_us
            for each in given
            if start_ms <= each.at_ms < start_ms + course.step_ms
            and each.outcome is Outcome.UP
            and each.kind is Kind.GRID
        ]
        if part is None:
            assert not within
        else:
            window = Window(start_ms, start_ms + course.step_ms)
            check(LatencyWindow("", window, len(within), part.p50_us, part.p95_us), given)
    assert not found


def test_courses_hold_what_a_sorted_list_of_each_part_says_from_hour_to_hour(ledger: Ledger, reader: Reader) -> None:
    stopwatch, given = Stopwatch("local"), answers()
    # The hour before a part begins, its first and its second hour; and the same of a day.
    for after_ms in (0, 4 * HOUR_MS, 5 * HOUR_MS, 6 * HOUR_MS, 11 * HOUR_MS, 12 * HOUR_MS, 26 * HOUR_MS):
        given.append(observed(NOW_MS + after_ms, duration_us=5, interval_ms=HOUR_MS))
        ledger.import_observations(given[-1:])
        week, quarter = stopwatch.read(reader, "web", now_ms=NOW_MS + after_ms).courses
        assert (week.label, week.window.length_ms, week.step_ms) == ("7d", 7 * DAY_MS, 6 * HOUR_MS)
        assert (quarter.label, quarter.window.length_ms, quarter.step_ms) == ("90d", 90 * DAY_MS, DAY_MS)
        for course in (week, quarter):
            assert course.window.end_ms - course.step_ms <= NOW_MS + after_ms < course.window.end_ms
            held(course, given)


def test_looks_back_over_months_are_made_a_few_at_a_time_unless_in_a_hurry(reader: Reader) -> None:
    stopwatch = Stopwatch("local")

    def looked(now_ms: int) -> int:
        return sum(bool(stopwatch.read(reader, f"other-{number}", now_ms=now_ms).courses) for number in range(60))

    assert looked(NOW_MS) == LOOKS_AHEAD
    assert looked(NOW_MS + 3 * LOOK_MS) == LOOKS_AHEAD + 3
    # Those of which nothing is told yet go before those whose hour has ended.
    assert looked(NOW_MS + HOUR_MS) == 60
    stopwatch = Stopwatch("local")
    stopwatch.hurry()
    assert looked(NOW_MS) == 60


def test_clock_that_is_set_back_holds_up_no_look(reader: Reader) -> None:
    stopwatch = Stopwatch("local")
    assert stopwatch.read(reader, "web", now_ms=NOW_MS).courses
    assert stopwatch.read(reader, "other", now_ms=NOW_MS - DAY_MS).courses
    assert [each.label for each in stopwatch.read(reader, "other", now_ms=NOW_MS).windows] == ["24h", "7d", "90d"]


def test_week_that_has_not_had_its_turn_ends_where_it_was_added_up(ledger: Ledger, reader: Reader) -> None:
    stopwatch, given = Stopwatch("local"), answers()
    stopwatch.read(reader, "web", now_ms=NOW_MS)
    for number in range(LOOKS_AHEAD):
        stopwatch.read(reader, f"other-{number}", now_ms=NOW_MS + HOUR_MS)
    given.append(observed(NOW_MS + HOUR_MS, duration_us=5, interval_ms=HOUR_MS))
    ledger.import_observations(given[-1:])
    found = stopwatch.read(reader, "web", now_ms=NOW_MS + HOUR_MS)
    assert [each.window.end_ms - NOW_MS - 49 * MINUTE_MS for each in found.windows] == [HOUR_MS, 0, 0]
    for window in found.windows:
        check(window, given)
