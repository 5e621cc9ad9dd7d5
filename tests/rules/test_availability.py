"""Timelines become sums, sums become verdicts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observation, observe, timeline_of
from uptally.model.observation import Observation
from uptally.model.statement import Availability, Statement
from uptally.model.terms import Terms
from uptally.model.timeline import State, Timeline
from uptally.model.verdict import Verdict
from uptally.rules.availability import Gauge, Tiles, measure, month_statement, rolling_statement
from uptally.rules.limits import downtime_limits
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import DAY_MS, Window

NOVEMBER = Window(0, 30 * DAY_MS)
FIVE_NINES = Terms.bare("99.999%", Fraction(99_999, 100_000))


def sums(
    up_ms: int = 0,
    down_ms: int = 0,
    unknown_ms: int = 0,
    window: Window = NOVEMBER,
    limits: tuple[int, int] | None = None,
) -> Availability:
    """Sums whose downtime is known to the millisecond, unless limits are given."""
    scheduled_ms = up_ms + down_ms + unknown_ms
    low_ms, high_ms = limits or (down_ms, down_ms)
    return Availability(window, scheduled_ms, up_ms, down_ms, unknown_ms, 0, int(down_ms > 0), down_ms, low_ms, high_ms)


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
        Availability(NOVEMBER, 100, 50, 49, 0, 0, 1, 49, 49, 49)


@pytest.mark.parametrize("limits", [(-1, 20), (11, 20), (0, 9), (0, 101)])
def test_limits_that_do_not_enclose_the_downtime_are_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not enclose"):
        sums(90, 10, limits=limits)


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


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ((9_000, 25_920), Verdict.MET),
        ((9_000, 25_921), Verdict.UNDETERMINED),
        ((25_920, 40_000), Verdict.UNDETERMINED),
        ((25_921, 40_000), Verdict.MISSED),
    ],
)
def test_a_verdict_is_given_only_where_both_limits_of_the_downtime_agree(
    limits: tuple[int, int], verdict: Verdict
) -> None:
    down_ms = min(max(limits[0], 26_000), limits[1])
    figures = sums(NOVEMBER.length_ms - down_ms, down_ms, limits=limits)
    for as_of_ms in (NOVEMBER.end_ms, NOVEMBER.end_ms - 1):
        assert month_statement("2026-11", FIVE_NINES, figures, as_of_ms=as_of_ms).verdict is verdict
    assert rolling_statement("30d", FIVE_NINES, figures).verdict is verdict


@pytest.mark.parametrize(("interval_ms", "verdict"), [(8_000, Verdict.MET), (10_000, Verdict.UNDETERMINED)])
def test_an_interval_too_slow_for_its_target_leaves_a_clean_month_undetermined(
    interval_ms: int, verdict: Verdict
) -> None:
    first, last = (observation("u", at_ms, interval_ms=interval_ms) for at_ms in (0, NOVEMBER.length_ms - interval_ms))
    timeline = Timeline(0, timeline_of([first]).turns, last)
    figures = measure(timeline, NOVEMBER, as_of_ms=NOVEMBER.end_ms)
    assert month_statement("2026-11", FIVE_NINES, figures, as_of_ms=NOVEMBER.end_ms).verdict is verdict


def limits(story: list[Observation], window: Window | None = None) -> tuple[int, int]:
    ends_ms = story[-1].at_ms
    found = measure(timeline_of(story), window or Window(0, ends_ms), as_of_ms=ends_ms)
    return found.down_low_ms, found.down_high_ms


def test_the_slowest_cadence_of_a_window_says_how_much_goes_unseen() -> None:
    quick = observe("u" * 41)
    slower = [observation("u", 40_000 + step * 2_000, sequence=40 + step, interval_ms=2_000) for step in range(1, 21)]
    assert limits(quick) == (0, 2_996)
    assert limits([*quick, *slower]) == (0, 5_992)
    assert limits([*quick, *slower], Window(0, 40_000)) == (0, 2_996)


def test_an_outage_of_one_sample_stands_for_an_interval_of_downtime() -> None:
    assert limits(observe("u" * 20 + "d" + "u" * 20)) == (51, 4_744)


def test_an_outage_of_two_samples_is_known_to_its_edges() -> None:
    # V = (1000^2 + 1000^2) / 12; 1.645 sqrt(V) = 671.6, and with what is unseen sqrt(2995.8^2 + 671.6^2) = 3070.2.
    assert limits(observe("u" * 20 + "dd" + "u" * 20)) == (1_328, 5_071)


def test_the_window_cuts_an_outage_at_no_uncertain_edge() -> None:
    story = observe("u" * 20 + "d" * 30 + "u" * 20)
    assert limits(story, Window(25_000, 45_000)) == (20_000, 20_000)
    # One edge within: 1.645 sqrt(1000^2 / 12) = 474.9.
    assert limits(story, Window(25_000, 69_000))[0] == 24_500 - 475


def test_silence_within_an_outage_is_no_wide_edge() -> None:
    story = [*observe("u" * 20 + "d" * 30), *observe("d" * 30 + "u" * 20, start_ms=9_000_000)]
    low_ms, high_ms = limits(story)
    assert (low_ms, high_ms) == (60_000 - 672, 60_000 + 3_071)


def test_what_is_not_known_has_no_limits() -> None:
    assert limits(observe("?" * 20)) == (0, 0)


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


@given(
    story=st.text("uuusd?m ", max_size=40),
    edges_ms=st.lists(st.integers(0, 50_000), min_size=2, max_size=12),
    as_of_ms=st.integers(0, 60_000),
)
def test_windows_that_tile_are_measured_together_as_one_by_one(story: str, edges_ms: list[int], as_of_ms: int) -> None:
    timeline = timeline_of(observe(story))
    windows = [Window(*edges) for edges in pairwise(sorted(edges_ms))]
    together = Tiles(windows).measure(Gauge(timeline, as_of_ms=as_of_ms))
    assert together == [measure(timeline, window, as_of_ms=as_of_ms) for window in windows]


def test_state_that_no_observation_spoke_for_is_none() -> None:
    """Of several locations, the observation that is kept may be one that fell silent before the newest turn."""
    seen = timeline_of(observe("uuuudd"))
    timeline = seen._replace(last=observe("u")[0])
    found = measure(timeline, Window(0, 20_000), as_of_ms=20_000)
    assert (found.up_ms, found.down_ms, found.unknown_ms, found.outages) == (3_500, 0, 16_500, 0)
    assert [span.state for span in spans_of(timeline, Window(0, 20_000), as_of_ms=20_000)] == [State.UP, State.UNKNOWN]


def test_days_of_one_piece_are_the_same_objects_for_all_timelines() -> None:
    tiles = Tiles([Window(0, 2_000), Window(2_000, 4_000), Window(4_000, 6_000)])
    one, other = (tiles.measure(Gauge(timeline_of(observe(story)), as_of_ms=5_000)) for story in ("uuuuu", "uuddu"))
    assert [each is theirs for each, theirs in zip(one, other, strict=True)] == [False, False, True]


def test_a_rolling_statement_is_never_over_and_bears_its_label() -> None:
    found = rolling_statement("last 24 hours", FIVE_NINES, sums(1_000, 1))
    assert (found.label, found.is_over) == ("last 24 hours", False)


@pytest.mark.parametrize("terms", [FIVE_NINES, None])
@pytest.mark.parametrize(("as_of_ms", "is_over"), [(NOVEMBER.end_ms, True), (NOVEMBER.end_ms - 1, False)])
def test_a_month_is_over_at_its_end_and_bears_its_label(terms: Terms | None, as_of_ms: int, is_over: bool) -> None:
    found = month_statement("2026-11", terms, sums(1_000, 1), as_of_ms=as_of_ms)
    assert (found.label, found.is_over) == ("2026-11", is_over)


def test_unknown_time_of_an_ended_month_may_decide_it() -> None:
    """Half a second is left of the budget: unknown time as down would overdraw it, and what is unknown has gone."""
    assert ended(up_ms=NOVEMBER.end_ms - 30_000, down_ms=0, unknown_ms=30_000).verdict is Verdict.UNDETERMINED
    assert in_progress(up_ms=1_000, down_ms=0, unknown_ms=30_000).verdict is Verdict.UNDETERMINED
    assert in_progress(up_ms=1_000, down_ms=0, unknown_ms=20_000).verdict is Verdict.MET
    assert ended(up_ms=1_000, down_ms=0, unknown_ms=20_000).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("figures", [sums(1_000, 1), sums(unknown_ms=5)])
def test_a_statement_bears_the_terms_and_the_figures_that_it_is_about(figures: Availability) -> None:
    for found in (
        rolling_statement("P", FIVE_NINES, figures),
        month_statement("P", FIVE_NINES, figures, as_of_ms=NOVEMBER.end_ms - 1),
    ):
        assert (found.label, found.terms, found.availability) == ("P", FIVE_NINES, figures)
        assert found.is_over is False
    without = rolling_statement("P", None, figures)
    assert (without.label, without.terms, without.availability) == ("P", None, figures)
    assert without.is_over is False


def test_only_the_edges_of_sampled_outages_widen_the_limits() -> None:
    """Two samples, a second between the attempts at both edges; then an outage that a single attempt saw."""
    found = measure(timeline_of(observe("uudd" + 12 * "u" + "duu")), Window(0, 19_000), as_of_ms=19_000)
    assert (found.down_ms, found.up_ms) == (3_000, 16_000)
    assert (found.down_low_ms, found.down_high_ms) == downtime_limits(
        down_ms=3_000, known_ms=19_000, sampled_ms=2_000, gaps_ms2=2_000_000, singles=1, interval_ms=1_000
    )
