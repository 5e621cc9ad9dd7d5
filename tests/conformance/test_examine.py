"""A wrong expectation is found, whatever it is about."""

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm
from random import Random
from typing import Any

import pytest

from tests.conformance.cases import changed, vector
from uptally.conformance.examine import Difference, examined

MISSED = "a-monthly-02-999-30d-45min"
BUSY = "i-requests-16-31-day-month-average"
PERIOD = "expected.periods.0"
WINDOW = f"{PERIOD}.windows.all"


def differences(text: str, name: str = MISSED) -> tuple[Difference, ...]:
    found = examined(name, text)
    assert found.problem is None
    return found.differences


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        (f"{PERIOD}.period", "2025-05", "2025-04"),
        (f"{PERIOD}.target_met", True, "false"),
        (f"{PERIOD}.target_met", None, "false"),
        (f"{PERIOD}.target_met", 0, "false"),
        (f"{PERIOD}.credit_percent", "10.0", "10"),
        (f"{PERIOD}.credit_percent", 10, "10"),
        (f"{PERIOD}.credit_amount", "100.0", "100.00"),
        (f"{PERIOD}.currency", "EUR", "USD"),
        (f"{PERIOD}.credit_eligible", False, "true"),
        (f"{PERIOD}.claim_status", "late", "not_required"),
        (f"{PERIOD}.credit_payable", "0.00", "100.00"),
        (f"{WINDOW}.scheduled_s", "2592001", "2592000"),
        (f"{WINDOW}.agreed_service_s", "0", "2592000"),
        (f"{WINDOW}.denominator_s", "2678400", "2592000"),
        (f"{WINDOW}.counted_downtime_s", "2700.001", "2700"),
        (f"{WINDOW}.excluded_downtime_s", "1", "0"),
        (f"{WINDOW}.ignored_downtime_s", "1", "0"),
        (f"{WINDOW}.unknown_s", "1", "0"),
        (f"{WINDOW}.availability", "1918/1920", "959/960"),
        (f"{WINDOW}.availability", None, "959/960"),
        (f"{WINDOW}.availability_percent", "99.895834", "99.895833"),
        (f"{WINDOW}.decision_availability", "1/1", "959/960"),
        (f"{WINDOW}.target_met", True, "false"),
        (f"{WINDOW}.downtime_budget_s", "2592.0", "2592"),
        (f"{WINDOW}.budget_left_s", "108", "-108"),
        (f"{WINDOW}.credit_percent", "30", "10"),
    ],
)
def test_wrong_expectation_is_found_and_told(path: str, wrong: object, right: str) -> None:
    said = wrong if isinstance(wrong, str) else json.dumps(wrong)
    where = path.removeprefix("expected.").replace(".0", "[0]")
    assert differences(changed(MISSED, path, wrong)) == (Difference(where, said, right),)


def test_reason_codes_are_a_set() -> None:
    codes = ["target_missed:all", "credit:all:0"]
    for same in (codes, codes[::-1], codes + codes):
        assert not differences(changed(MISSED, f"{PERIOD}.reason_codes", same))


def test_missing_and_needless_reason_codes_are_told() -> None:
    assert differences(changed(MISSED, f"{PERIOD}.reason_codes", ["credit:all:0", "excluded:m"])) == (
        Difference("periods[0].reason_codes", "excluded:m", None),
        Difference("periods[0].reason_codes", None, "target_missed:all"),
    )


def test_reason_lines_are_free() -> None:
    assert not differences(changed(MISSED, f"{PERIOD}.reason_lines", ["something else"]))


def test_period_that_is_not_expected_is_told() -> None:
    (found,) = differences(changed(MISSED, "expected.periods", []))
    assert (found.where, found.expected) == ("periods[0]", None)


def test_period_that_does_not_come_is_told() -> None:
    periods = vector(MISSED)["expected"]["periods"]
    (found,) = differences(changed(MISSED, "expected.periods", periods * 2))
    assert (found.where, found.got) == ("periods[1]", None)


def test_window_that_is_not_expected_is_told() -> None:
    (found,) = differences(changed(MISSED, f"{PERIOD}.windows", {}))
    assert (found.where, found.expected) == ("periods[0].windows.all", None)


def test_field_that_the_engine_does_not_give_is_told() -> None:
    assert differences(changed(MISSED, f"{WINDOW}.mood", "good")) == (
        Difference("periods[0].windows.all.mood", "good", None),
    )


@pytest.mark.parametrize(
    ("key", "wrong", "right"), [("right", False, "true"), ("first_period", "2025-01", "2025-04"), ("rule", 1, "0")]
)
def test_wrong_termination_is_found(key: str, wrong: object, right: str) -> None:
    name = "p-termination-01-three-in-a-row"
    (found,) = differences(changed(name, f"expected.termination.{key}", wrong), name)
    assert (found.where, found.got) == (f"termination.{key}", right)


def test_custom_period_that_gives_the_right_to_terminate_is_named_by_its_ends() -> None:
    whole = vector(MISSED)
    start_ms, end_ms = 1_743_465_600_000, 1_746_057_600_000
    custom = {"from_ms": start_ms, "to_ms": end_ms}
    whole["terms"] |= {"period": "custom", "termination": [{"kind": "misses", "misses": 1, "of": 1}]}
    whole["input"]["periods"] = [custom]
    whole["expected"]["periods"][0]["period"] = custom
    whole["expected"]["termination"] = {"right": True, "first_period": custom, "rule": 0}
    assert not differences(json.dumps(whole))


def test_error_rates_need_no_component() -> None:
    assert not differences(changed(BUSY, "input.components", {}), BUSY)


def test_case_of_another_id_is_called_by_both_names() -> None:
    assert examined("copy", changed(MISSED, "why", "because")).name == f"copy ({MISSED})"


def test_times_as_text_are_for_the_reader_only() -> None:
    name = "a-monthly-15-1ms-blip-one-day"
    assert not differences(changed(name, "expected.periods.0.period.from", "some day"), name)


@pytest.fixture
def any_length() -> Iterator[None]:
    """Whole numbers of any length can be written."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(before)


def busy_month() -> tuple[Any, Any, Fraction]:
    """A month of requests as in life, its expected window but for the exact numbers, and its bad share."""
    whole, random = vector(BUSY), Random(4)
    start_ms, intervals = 1_740_787_200_000, 31 * 288
    totals = [random.randint(10_000, 99_999) for _ in range(intervals)]
    whole["input"]["requests"]["buckets"] = [
        {"from_ms": start_ms + index * 300_000, "total": total, "failed": 3} for index, total in enumerate(totals)
    ]
    below = lcm(*totals)
    bad = Fraction(sum(3 * below // total for total in totals), below * intervals)
    window = whole["expected"]["periods"][0]["windows"]["all"]
    window["availability_percent"] = f"{floor((1 - bad) * 10**8) / 10**6:.6f}"
    window["target_met"] = whole["expected"]["periods"][0]["target_met"] = True
    return whole, window, bad


def test_numbers_of_tens_of_thousands_of_digits_are_compared_exactly(any_length: None) -> None:
    whole, window, bad = busy_month()
    seconds = Fraction(window["denominator_s"])
    window["availability"] = window["decision_availability"] = ratio_text(1 - bad)
    window["counted_downtime_s"] = ratio_text(bad * seconds)
    window["budget_left_s"] = ratio_text(Fraction(window["downtime_budget_s"]) - bad * seconds)
    assert len(window["availability"]) > 20_000
    sys.set_int_max_str_digits(4_300)
    assert not differences(json.dumps(whole), BUSY)
    window["availability"] = window["availability"].replace("/", "0/")
    assert [each.where for each in differences(json.dumps(whole), BUSY)] == ["periods[0].windows.all.availability"]


def test_number_that_nobody_need_write_may_be_left_out() -> None:
    whole, window, _ = busy_month()
    for key in ("availability", "decision_availability", "counted_downtime_s", "budget_left_s"):
        window[key] = None
    assert not differences(json.dumps(whole), BUSY)


def test_percentage_of_a_number_of_any_length_is_cut_off_exactly() -> None:
    whole, window, _ = busy_month()
    for key in ("availability", "decision_availability", "counted_downtime_s", "budget_left_s"):
        window[key] = None
    right = window["availability_percent"]
    window["availability_percent"] = f"{Decimal(right) + Decimal('0.000001')}"
    (found,) = differences(json.dumps(whole), BUSY)
    assert found.got == right


def test_short_number_must_be_written() -> None:
    (found,) = differences(changed(MISSED, f"{WINDOW}.counted_downtime_s", None))
    assert (found.expected, found.got) == ("null", "2700")


@pytest.mark.parametrize("odd", ["1/0", "1/2/3", "1.5/2", "", "-", "\u0661/2", "x" * 300, "9" * 300])
def test_number_that_is_none_is_a_difference(odd: str) -> None:
    whole, window, _ = busy_month()
    for key in ("availability", "decision_availability", "counted_downtime_s"):
        window[key] = None
    window["budget_left_s"] = odd
    (found,) = differences(json.dumps(whole), BUSY)
    assert found.where.endswith("budget_left_s")
    assert found.got is not None
    assert found.got.startswith("a number of more than 200 characters, about ")


def ratio_text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
