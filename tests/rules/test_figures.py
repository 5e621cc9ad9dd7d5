from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.statement import Availability
from uptally.rules.figures import shown_percent, shown_range
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


def test_nothing_scheduled_has_no_range() -> None:
    assert shown_range(availability(0), target=None) is None


def test_range_cuts_both_ends_off() -> None:
    assert shown_range(availability(999_999, 1, 1_000_000), target=None) == ("49.999", "99.999")
    assert shown_range(availability(1, 0, 1), target=None) == ("50.000", "100.000")


def test_range_of_nothing_is_none() -> None:
    assert shown_range(availability(0), target=None) is None
