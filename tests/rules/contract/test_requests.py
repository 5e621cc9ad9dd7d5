"""Downtime by error rates: intervals of ten seconds, in a period of a minute unless a test says otherwise."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.rules.contract.stories import drawn
from uptally.model.comparison import Comparison
from uptally.model.downtime import Empty, RequestMode, Requests
from uptally.model.facts import RequestCount, RequestCounts
from uptally.rules.contract.requests import RequestSums, request_sums
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import SECOND_MS, Window

TEN_S = 10 * SECOND_MS
START_MS = 5 * SECOND_MS
MINUTE = Window(START_MS, START_MS + 6 * TEN_S)
AVERAGE, RATIO, THRESHOLD = RequestMode.AVERAGE, RequestMode.RATIO, RequestMode.THRESHOLD


def counts(*each: tuple[int, int] | None, default: tuple[int, int] = (0, 0)) -> RequestCounts:
    """Return requests and failures of the intervals from the first on; None for one that is not listed."""
    listed = {START_MS + index * TEN_S: RequestCount(*count) for index, count in enumerate(each) if count is not None}
    return RequestCounts(RequestCount(*default), listed)


def intervals(story: str) -> Stretches:
    """Return the time of the marks, each of which is an interval."""
    return drawn(story, start_ms=START_MS, each_ms=TEN_S)


def sums(
    rule: Requests,
    found: RequestCounts,
    *,
    period: Window = MINUTE,
    scheduled: Stretches | None = None,
    excluded: Stretches = NEVER,
    excluded_is_up: bool = False,
    judged: Stretches | None = None,
) -> RequestSums:
    whole = ((period.start_ms, period.end_ms),)
    time = whole if scheduled is None else scheduled
    return request_sums(
        rule,
        found,
        period,
        scheduled=time,
        excluded=excluded,
        excluded_is_up=excluded_is_up,
        judged=time if judged is None else judged,
    )


def average(empty: Empty = Empty.OK) -> Requests:
    return Requests(TEN_S, AVERAGE, empty)


def threshold(
    share: Fraction = Fraction(1, 20),
    comparison: Comparison = Comparison.GT,
    *,
    least_requests: int = 1,
    least_run: int = 1,
) -> Requests:
    return Requests(
        TEN_S, THRESHOLD, threshold=share, comparison=comparison, least_requests=least_requests, least_run=least_run
    )


MIXED = counts((10, 1), (20, 10), (0, 0), default=(10, 0))
"""A tenth, a half, nothing; and three intervals without errors."""


@pytest.mark.parametrize(
    ("empty", "measured_ms", "bad"),
    [
        (Empty.OK, 6 * TEN_S, Fraction(6, 10) / 6),
        (Empty.DOWN, 6 * TEN_S, Fraction(16, 10) / 6),
        (Empty.LEAVE_OUT, 5 * TEN_S, Fraction(6, 10) / 5),
    ],
)
def test_average_is_the_plain_mean_of_error_rates(empty: Empty, measured_ms: int, bad: Fraction) -> None:
    assert sums(average(empty), MIXED) == (measured_ms, bad, NEVER)


@pytest.mark.parametrize(
    ("empty", "measured_ms", "bad"),
    [(Empty.OK, 6, Fraction(1, 12)), (Empty.DOWN, 6, Fraction(11, 12)), (Empty.LEAVE_OUT, 1, Fraction(1, 2))],
)
def test_intervals_that_are_not_listed_may_be_empty(empty: Empty, measured_ms: int, bad: Fraction) -> None:
    assert sums(average(empty), counts(None, (10, 5)))[:2] == (measured_ms * TEN_S, bad)


def test_every_empty_interval_is_down_where_empty_ones_are() -> None:
    assert sums(average(Empty.DOWN), counts((0, 0), (10, 0), (0, 0), default=(10, 0))).bad_share == Fraction(2, 6)
    assert sums(average(Empty.DOWN), counts((0, 0), (10, 0))).bad_share == Fraction(5, 6)


def test_intervals_that_are_not_listed_may_fail() -> None:
    assert sums(average(), counts((10, 0), (10, 0), default=(100, 3))).bad_share == Fraction(4 * 3, 600)


def test_average_over_different_numbers_of_requests_is_exact() -> None:
    found = sums(average(), counts((2, 1), (3, 1), (5, 1), (7, 1), (11, 1), (13, 1)))
    whole = Fraction(1, 2) + Fraction(1, 3) + Fraction(1, 5) + Fraction(1, 7) + Fraction(1, 11) + Fraction(1, 13)
    assert found.bad_share == whole / 6


def test_average_without_any_interval_is_no_service_time() -> None:
    assert sums(average(Empty.LEAVE_OUT), counts()) == (0, None, NEVER)
    assert sums(average(), counts(), scheduled=NEVER) == (0, None, NEVER)


def test_ratio_is_all_failures_over_all_requests() -> None:
    found = sums(Requests(TEN_S, RATIO), counts((1, 1), (99, 0), default=(25, 1)))
    assert found == (6 * TEN_S, Fraction(1 + 4 * 1, 1 + 99 + 4 * 25), NEVER)


def test_ratio_without_requests_is_no_failure() -> None:
    assert sums(Requests(TEN_S, RATIO), counts()) == (6 * TEN_S, Fraction(0), NEVER)


def test_ratio_without_time_is_none() -> None:
    assert sums(Requests(TEN_S, RATIO), counts((1, 1)), scheduled=NEVER) == (0, None, NEVER)


@pytest.mark.parametrize("rule", [average(), Requests(TEN_S, RATIO)])
def test_failures_outside_the_time_do_not_count(rule: Requests) -> None:
    found = sums(rule, counts((10, 10), (10, 1), (10, 10)), scheduled=intervals(" #    "))
    assert found == (TEN_S, Fraction(1, 10), NEVER)


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        # Three tenths are kept; only the first was judged.
        (average(), Fraction(1, 2) / 3),
        (Requests(TEN_S, RATIO), Fraction(5, 10 + 30 + 20)),
    ],
)
def test_time_that_is_not_judged_has_no_errors_but_its_requests(rule: Requests, bad: Fraction) -> None:
    found = sums(
        rule, counts((10, 5), (30, 30), default=(20, 20)), scheduled=intervals("###   "), judged=intervals("#     ")
    )
    assert found == (3 * TEN_S, bad, NEVER)


def test_empty_intervals_that_are_not_judged_stay_where_others_are_left_out() -> None:
    found = sums(average(Empty.LEAVE_OUT), counts((10, 5)), scheduled=intervals("####  "), judged=intervals("##    "))
    assert found[:2] == (3 * TEN_S, Fraction(1, 2) / 3)


@pytest.mark.parametrize(
    ("excluded_is_up", "measured_ms", "bad"), [(False, 5, Fraction(1, 10)), (True, 6, Fraction(1, 12))]
)
@pytest.mark.parametrize("empty", [Empty.OK, Empty.LEAVE_OUT])
def test_excluded_interval_is_left_out_or_without_errors(
    excluded_is_up: bool, measured_ms: int, bad: Fraction, empty: Empty
) -> None:
    found = sums(
        average(empty),
        counts((10, 10), (10, 5), default=(10, 0)),
        excluded=intervals("#     "),
        excluded_is_up=excluded_is_up,
    )
    assert found[:2] == (measured_ms * TEN_S, bad)


def test_excluded_interval_without_requests_counts_as_up_whatever_is_said_of_empty_ones() -> None:
    found = sums(average(Empty.DOWN), counts(default=(10, 0)), excluded=intervals("#     "), excluded_is_up=True)
    assert found[:2] == (6 * TEN_S, Fraction(0))
    found = sums(average(Empty.DOWN), counts((0, 0), default=(1, 0)), excluded=intervals("# "), excluded_is_up=True)
    assert found[:2] == (6 * TEN_S, Fraction(0))


def test_exclusion_beyond_the_schedule_leaves_out_nothing_more() -> None:
    found = sums(average(), counts((10, 5)), scheduled=intervals("##    "), excluded=intervals(" #####"))
    assert found[:2] == (TEN_S, Fraction(1, 2))


@pytest.mark.parametrize(
    ("cut", "measured_ms"),
    [
        ((START_MS, START_MS + 1), TEN_S),
        ((START_MS + 1, START_MS + TEN_S), 0),
        ((START_MS + 1, START_MS + TEN_S + 1), TEN_S),
    ],
)
def test_interval_is_in_by_its_first_instant_with_all_of_its_time(cut: tuple[int, int], measured_ms: int) -> None:
    assert sums(average(), counts(default=(1, 0)), scheduled=(cut,)).measured_ms == measured_ms


def test_last_interval_ends_with_the_period() -> None:
    period = Window(START_MS, START_MS + TEN_S + 1)
    found = sums(threshold(), counts(None, (1, 1)), period=period)
    assert found == (TEN_S + 1, Fraction(1, TEN_S + 1), ((START_MS + TEN_S, START_MS + TEN_S + 1),))


@pytest.mark.parametrize("rule", [average(), Requests(TEN_S, RATIO), threshold()])
def test_first_interval_of_the_next_period_is_not_the_cut_last_one_of_this(rule: Requests) -> None:
    period = Window(START_MS, START_MS + TEN_S + 1)
    following = RequestCounts(RequestCount(1, 0), {period.end_ms: RequestCount(5, 5), START_MS - 1: RequestCount(5, 5)})
    assert sums(rule, following, period=period)[:2] == (TEN_S + 1, Fraction(0))


def test_mean_weighs_a_cut_interval_like_any_other() -> None:
    period = Window(START_MS, START_MS + TEN_S + 1)
    assert sums(average(), counts(None, (1, 1), default=(1, 0)), period=period)[:2] == (TEN_S + 1, Fraction(1, 2))


@pytest.mark.parametrize(
    ("rule", "down"),
    [
        (threshold(), "  ##  "),
        (threshold(comparison=Comparison.GE), " ###  "),
        (threshold(Fraction(1, 2)), "   #  "),
        (threshold(least_requests=100), "  #   "),
        (threshold(least_requests=101), "      "),
    ],
)
def test_interval_is_down_where_its_error_rate_passes_the_threshold(rule: Requests, down: str) -> None:
    found = sums(rule, counts((100, 0), (100, 5), (100, 6), (3, 3), (0, 0)))
    assert found.down == intervals(down)
    assert found.measured_ms == 6 * TEN_S
    assert found.bad_share == Fraction(down.count("#"), 6)


def test_interval_without_requests_is_not_down_even_where_none_need_fail() -> None:
    rule = threshold(Fraction(0), Comparison.GE, least_requests=0)
    assert sums(rule, counts((0, 0), (1, 0))).down == intervals(" #")


@pytest.mark.parametrize(("least_run", "down"), [(1, "## ###"), (2, "## ###"), (3, "   ###"), (4, "      ")])
def test_only_runs_of_enough_intervals_are_down(least_run: int, down: str) -> None:
    found = sums(threshold(least_run=least_run), counts((1, 1), (1, 1), (1, 0), (1, 1), (1, 1), (1, 1)))
    assert found.down == intervals(down)


def test_intervals_that_are_not_listed_join_a_run() -> None:
    rule = threshold(least_run=3)
    assert sums(rule, counts((1, 0), (1, 1), None, None, (1, 0), default=(9, 9))).down == intervals(" ###  ")


@pytest.mark.parametrize("excluded_is_up", [False, True])
def test_excluded_interval_ends_a_run(excluded_is_up: bool) -> None:
    found = sums(
        threshold(least_run=2),
        counts(default=(1, 1)),
        excluded=intervals(" #  # "),
        excluded_is_up=excluded_is_up,
    )
    assert found.down == intervals("  ##  ")


def test_threshold_without_time_has_no_share() -> None:
    assert sums(threshold(), counts((1, 1)), scheduled=NEVER) == (0, None, NEVER)
