"""Timelines become sums, sums become verdicts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observe, timeline_of
from uptally.model.statement import Availability, Statement, Verdict
from uptally.model.terms import Terms
from uptally.model.timeline import State, Timeline
from uptally.rules.availability import measure, month_statement, rolling_statement
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import DAY_MS, Window

NOVEMBER = Window(0, 30 * DAY_MS)
FIVE_NINES = Terms("99.999%", Fraction(99_999, 100_000))


def sums(up_ms: int = 0, down_ms: int = 0, unknown_ms: int = 0, window: Window = NOVEMBER) -> Availability:
    return Availability(window, up_ms + down_ms + unknown_ms, up_ms, down_ms, unknown_ms, 0, int(down_ms > 0), down_ms)


def ended(up_ms: int = 0, down_ms: int = 0, unknown_ms: int = 0) -> Statement:
    return month_statement("2026-11", FIVE_NINES, sums(up_ms, down_ms, unknown_ms), as_of_ms=NOVEMBER.end_ms)


def in_progress(up_ms: int = 0, down_ms: int = 0, unknown_ms: int = 0) -> Statement:
    return month_statement("2026-11", FIVE_NINES, sums(up_ms, down_ms, unknown_ms), as_of_ms=NOVEMBER.end_ms - 1)


def test_up_down_and_unknown_add_up_to_the_scheduled_time() -> None:
    found = measure(timeline_of(observe("uuddu  ?u")), Window(0, 8_500), as_of_ms=8_500)
    assert (found.up_ms, found.down_ms, found.unknown_ms) == (1_500 + 1_500 + 1_000, 2_000, 2_500)
    assert found.scheduled_ms == 8_500


def test_sums_that_do_not_tile_are_refused() -> None:
    with pytest.raises(ValueError, match="do not tile"):
        Availability(NOVEMBER, 100, 50, 49, 0, 0, 1, 49)


def test_only_the_time_since_the_first_observation_is_scheduled() -> None:
    assert measure(timeline_of(observe("uu", start_ms=5_000)), Window(0, 10_000), as_of_ms=6_000).scheduled_ms == 1_000


def test_a_window_without_length_holds_no_outage() -> None:
    found = measure(timeline_of(observe("dd")), Window(500, 500), as_of_ms=1_000)
    assert (found.outages, found.scheduled_ms) == (0, 0)


def test_the_longest_outage_counts_down_time_only() -> None:
    found = measure(timeline_of(observe("ud   duuudu")), Window(0, 10_000), as_of_ms=10_000)
    assert (found.outages, found.longest_outage_ms) == (2, 2_000)


def test_an_endpoint_never_observed_has_no_figure_and_is_undetermined() -> None:
    found = month_statement(
        "2026-11", FIVE_NINES, measure(Timeline(None, (), None), NOVEMBER, as_of_ms=DAY_MS), as_of_ms=DAY_MS
    )
    assert found.availability.ratio is None
    assert found.verdict is Verdict.UNDETERMINED


# 0.001% of 30 days is 25.92 s.
@pytest.mark.parametrize(
    ("down_ms", "unknown_ms", "verdict"),
    [
        (25_920, 0, Verdict.MET),
        (25_921, 0, Verdict.MISSED),
        (25_920, 1, Verdict.UNDETERMINED),
        (0, 25_920, Verdict.MET),
        (0, 25_921, Verdict.UNDETERMINED),
        (25_921, 1_000, Verdict.MISSED),
    ],
)
def test_an_ended_month_is_met_only_if_the_worst_reaches_the_target(
    down_ms: int, unknown_ms: int, verdict: Verdict
) -> None:
    up_ms = NOVEMBER.length_ms - down_ms - unknown_ms
    assert ended(up_ms, down_ms, unknown_ms).verdict is verdict


def test_the_budget_of_an_ended_month_is_that_of_its_known_time() -> None:
    half_ms = NOVEMBER.length_ms // 2
    budget = ended(half_ms - 10_000, 10_000, half_ms).budget
    assert budget is not None
    assert (budget.allowed_ms, budget.left_ms) == (12_960, 2_960)


def test_the_budget_of_a_month_in_progress_is_the_full_months() -> None:
    budget = in_progress(DAY_MS, 30_000).budget
    assert budget is not None
    assert (budget.allowed_ms, budget.left_ms) == (25_920, -4_080)


@pytest.mark.parametrize(
    ("down_ms", "unknown_ms", "verdict"),
    [(25_920, 0, Verdict.MET), (25_921, 0, Verdict.MISSED), (20_000, 6_000, Verdict.UNDETERMINED)],
)
def test_a_month_in_progress_is_judged_with_the_full_months_budget(
    down_ms: int, unknown_ms: int, verdict: Verdict
) -> None:
    assert in_progress(DAY_MS, down_ms, unknown_ms).verdict is verdict


@pytest.mark.parametrize("statement", [ended, in_progress])
@pytest.mark.parametrize("unknown_ms", [0, DAY_MS])
def test_where_nothing_is_known_no_budget_is_left_or_spent(
    statement: Callable[[int, int, int], Statement], unknown_ms: int
) -> None:
    found = statement(0, 0, unknown_ms)
    assert (found.budget, found.verdict) == (None, Verdict.UNDETERMINED)
    assert rolling_statement("1h", FIVE_NINES, sums(unknown_ms=unknown_ms)).budget is None


def test_budgets_are_cut_off_never_rounded_up() -> None:
    budget = rolling_statement("1h", FIVE_NINES, sums(99_999, 0)).budget
    assert budget is not None
    assert budget.allowed_ms == 0


def test_without_a_promise_there_is_neither_budget_nor_verdict() -> None:
    statement = rolling_statement("24h", None, sums(1_000, 10))
    assert (statement.budget, statement.verdict) == (None, None)


@given(
    story=st.text("uuusd?m ", max_size=40),
    start_ms=st.integers(0, 30_000),
    length_ms=st.integers(0, 40_000),
    as_of_ms=st.integers(0, 60_000),
)
def test_sums_and_outages_agree_with_the_spans(story: str, start_ms: int, length_ms: int, as_of_ms: int) -> None:
    timeline, window = timeline_of(observe(story)), Window(start_ms, start_ms + length_ms)
    found = measure(timeline, window, as_of_ms=as_of_ms)
    spans = spans_of(timeline, window, as_of_ms=as_of_ms)
    outages = outages_of(spans)
    for state, total_ms in ((State.UP, found.up_ms), (State.DOWN, found.down_ms), (State.UNKNOWN, found.unknown_ms)):
        assert total_ms == sum(span.length_ms for span in spans if span.state is state)
    assert found.outages == len(outages)
    assert found.longest_outage_ms == max((outage.down_ms for outage in outages), default=0)
