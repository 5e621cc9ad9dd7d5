from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.page.sample import at
from uptally.page.latency import latency_text, scale_of, scale_text
from uptally.page.words import (
    duration,
    minute_moment,
    plain,
    running,
    second_moment,
    seconds_left,
    seconds_used,
)

LENGTHS = st.integers(0, 400 * 86_400_000)


def written_ms(text: str) -> Fraction:
    """The milliseconds that a text such as ``1 h 10 min`` or ``1,296 s`` names."""
    sizes = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1_000}
    parts = text.replace(",", "").split()
    return sum(
        (Fraction(number) * sizes[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True)), Fraction(0)
    )


@given(LENGTHS)
def test_downtime_never_looks_shorter_and_a_budget_never_larger_than_it_is(length_ms: int) -> None:
    assert written_ms(seconds_left(length_ms)) <= length_ms <= written_ms(seconds_used(length_ms))
    assert written_ms(duration(length_ms)) >= length_ms


@given(LENGTHS)
def test_a_duration_is_off_by_less_than_its_smallest_unit(length_ms: int) -> None:
    unit_ms = (
        100
        if length_ms < 60_000
        else 1_000
        if length_ms < 3_600_000
        else 60_000
        if length_ms < 86_400_000
        else 3_600_000
    )
    assert written_ms(duration(length_ms)) - length_ms < unit_ms


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (59_900, "59.9 s"),
        (59_901, "1 min"),
        (3_599_001, "1 h"),
        (86_340_001, "1 d"),
        (0, "0.0 s"),
        (1, "0.1 s"),
    ],
)
def test_a_duration_carries_into_the_next_unit(length_ms: int, text: str) -> None:
    assert duration(length_ms) == text


@pytest.mark.parametrize(
    ("utc", "clock"),
    [
        ("2026-10-24 23:59:59", "01:59:59"),
        ("2026-10-25 00:30:00", "02:30:00 CEST"),
        ("2026-10-25 01:30:00", "02:30:00 CET"),
        ("2026-10-25 02:00:00", "03:00:00"),
        ("2026-03-29 01:00:00", "03:00:00"),
    ],
)
def test_a_time_that_the_clock_shows_twice_says_which_it_is(utc: str, clock: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert second_moment(at(utc), zone).text == clock
    assert minute_moment(at(utc), zone, seen_ms=at(utc)).text == clock.replace(":00", "", 1).replace("59:59", "59")


def test_a_running_length_is_cut_off() -> None:
    assert running(7_199_999) == "1 hour"


def test_marks_that_control_direction_or_a_parser_are_taken_out_of_configured_text() -> None:
    assert plain("a\u202eb\u2066c\x00d\ud800e\nf") == "a b c d e f"
    # Joiners are letters' business: Persian and emoji need them.
    assert plain("می\u200cخواهم") == "می\u200cخواهم"


@given(st.integers(0, 10**9))
def test_the_scale_of_the_plot_reaches_over_every_latency_with_few_lines(top_us: int) -> None:
    step_us, lines = scale_of(top_us)
    assert top_us < step_us * lines
    assert 1 <= lines <= 5


@pytest.mark.parametrize(
    ("latency_us", "text"),
    [(0, "0.000 ms"), (999, "0.999 ms"), (10_400, "10.4 ms"), (9_999_999, "9,999 ms"), (10_000_000, "10.0 s")],
)
def test_latencies_are_cut_off_to_about_three_digits(latency_us: int, text: str) -> None:
    assert latency_text(latency_us) == text


@pytest.mark.parametrize(
    ("latency_us", "step_us", "text"), [(30, 10, "0.03 ms"), (3, 1, "0.003 ms"), (2_000, 1_000, "2 ms")]
)
def test_grid_values_have_the_decimals_of_their_step(latency_us: int, step_us: int, text: str) -> None:
    assert scale_text(latency_us, step_us) == text
