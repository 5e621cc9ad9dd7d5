from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.period_statement import Range, WindowStatement
from uptally.model.statement import Availability
from uptally.rules.figures import shown_percent, shown_range, shown_share, window_figures
from uptally.units.time import Window

MILLISECONDS = st.integers(min_value=0, max_value=366 * 86_400_000)
TARGETS = st.one_of(st.none(), st.integers(0, 1_000_000).map(lambda parts: Fraction(parts, 1_000_000)))


def availability(up_ms: int, down_ms: int = 0, unknown_ms: int = 0) -> Availability:
    scheduled_ms = up_ms + down_ms + unknown_ms
    return Availability(Window(0, scheduled_ms), scheduled_ms, up_ms, down_ms, unknown_ms, 0, 0, 0, down_ms, down_ms)


@given(MILLISECONDS, MILLISECONDS, MILLISECONDS, TARGETS)
def test_a_figure_is_never_above_the_ratio(up_ms: int, down_ms: int, unknown_ms: int, target: Fraction | None) -> None:
    sums = availability(up_ms, down_ms, unknown_ms)
    shown = shown_percent(sums, target=target)
    assert (shown == "") == (sums.ratio is None)
    if sums.ratio is not None:
        assert Fraction(shown) / 100 <= sums.ratio


@given(MILLISECONDS, MILLISECONDS, MILLISECONDS, TARGETS)
def test_only_time_without_downtime_and_gaps_shows_as_100(
    up_ms: int, down_ms: int, unknown_ms: int, target: Fraction | None
) -> None:
    shown = shown_percent(availability(up_ms, down_ms, unknown_ms), target=target)
    assert (shown.partition(".")[0] == "100") == (up_ms > 0 and not down_ms and not unknown_ms)


@given(MILLISECONDS, MILLISECONDS, MILLISECONDS, TARGETS)
def test_the_range_holds_the_figure(up_ms: int, down_ms: int, unknown_ms: int, target: Fraction | None) -> None:
    sums = availability(up_ms, down_ms, unknown_ms)
    shown, ends = shown_percent(sums, target=target), shown_range(sums, target=target)
    if shown:
        assert ends is not None
        assert Fraction(ends[0]) <= Fraction(shown) <= Fraction(ends[1])


@pytest.mark.parametrize(
    ("up_ms", "down_ms", "unknown_ms", "target", "shown"),
    [
        (99_998_999, 1_001, 0, Fraction(99999, 100000), "99.9989"),
        (99_999_000, 1_000, 0, Fraction(99999, 100000), "99.9990"),
        (1, 0, 0, None, "100.000"),
        (1_000_000, 0, 1, None, "99.999"),
        (1_000_000, 0, 1, Fraction(999999, 1000000), "99.99999"),
        (0, 5, 0, Fraction(1, 2), "0.000"),
        (0, 0, 5, None, ""),
    ],
)
def test_figures_by_hand(up_ms: int, down_ms: int, unknown_ms: int, target: Fraction | None, shown: str) -> None:
    assert shown_percent(availability(up_ms, down_ms, unknown_ms), target=target) == shown


def test_the_best_end_of_time_that_may_all_have_been_up_is_100() -> None:
    assert shown_range(availability(3_000, 0, 1_000), target=None) == ("75.000", "100.000")


def test_range_cuts_both_ends_off() -> None:
    assert shown_range(availability(999_999, 1, 1_000_000), target=None) == ("49.999", "99.999")
    assert shown_range(availability(1, 0, 1), target=None) == ("50.000", "100.000")


def test_range_of_nothing_is_none() -> None:
    assert shown_range(availability(0), target=None) is None


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(1), "100"),
        (Fraction(1, 10), "10"),
        (Fraction(1, 40), "2.5"),
        (Fraction(2, 3), "66.6666"),
        (Fraction(1, 1000), "0.1"),
        (Fraction(1, 10**7), "0"),
        (Fraction(0), "0"),
    ],
)
def test_share_of_a_fee_is_cut_off_and_has_no_zeros_behind(share: Fraction, shown: str) -> None:
    assert shown_share(share) == shown


def window(target: Fraction, availability: Range, *, up_ms: int, down_ms: int, unknown_ms: int) -> WindowStatement:
    agreed_ms = up_ms + down_ms + unknown_ms
    return WindowStatement(
        "all day", target, None, availability, agreed_ms, agreed_ms, up_ms, down_ms, unknown_ms, 0, agreed_ms, 0, 0, 0
    )


def test_figures_of_a_window_have_one_decimal_more_than_its_target() -> None:
    ratios = Range(Fraction(999_985, 10**6), Fraction(9_997, 10**4), Fraction(999_999, 10**6))
    found = window_figures(window(Fraction(9_999, 10**4), ratios, up_ms=1_999, down_ms=0, unknown_ms=1))
    assert found == ("99.998", "99.970", "99.999", "99.950")
    found = window_figures(window(Fraction(99_999, 10**5), ratios, up_ms=1_999, down_ms=1, unknown_ms=0))
    assert found == ("99.9985", "99.9700", "99.9999", "100.0000")


def test_figure_of_a_window_is_not_100_where_something_is_unknown_though_it_can_have_been() -> None:
    ratios = Range(Fraction(1), Fraction(1, 2), Fraction(1))
    found = window_figures(window(Fraction(1, 2), ratios, up_ms=1, down_ms=0, unknown_ms=1))
    assert found == ("99.999", "50.000", "100.000", "50.000")
    assert window_figures(window(Fraction(1, 2), ratios, up_ms=2, down_ms=0, unknown_ms=0)).measured == "100.000"


def test_window_without_service_time_has_no_figures() -> None:
    nothing = window(Fraction(1, 2), Range(None, None, None), up_ms=0, down_ms=0, unknown_ms=0)
    assert window_figures(nothing) == (None, None, None, None)
