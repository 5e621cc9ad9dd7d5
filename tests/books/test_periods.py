"""Which periods a month's report tells of: here of custom ones, which are all the time in which terms hold."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.books.agreed import TERMS, acme, at, watched
from uptally.books.periods import periods_of_month
from uptally.model.terms import PartialPeriod, Period, PeriodKind
from uptally.model.verdict import Verdict
from uptally.units.time import Window

LABEL = "2026-08-15/2026-10-14"
WINDOW = Window(at("2026-08-15"), at("2026-10-15"))
CUSTOM = replace(TERMS, period=Period(PeriodKind.CUSTOM, window=WINDOW), contract=WINDOW)


@pytest.mark.parametrize(
    ("month", "now", "told"),
    [
        ("2026-08", "2026-08-14", []),
        ("2026-08", "2026-08-20", [LABEL]),
        ("2026-08", "2026-09-20", []),
        ("2026-09", "2026-09-20", [LABEL]),
        ("2026-09", "2026-10-10", [LABEL]),
        ("2026-10", "2026-10-10", [LABEL]),
        ("2026-09", "2026-11-10", []),
        ("2026-10", "2026-11-10", [LABEL]),
        ("2026-11", "2026-11-10", []),
    ],
)
def test_a_custom_period_is_told_of_in_the_month_of_its_end_and_while_in_progress(
    month: str, now: str, told: list[str]
) -> None:
    assert [label for label, _ in periods_of_month(CUSTOM, month, now_ms=at(now))] == told


def test_all_of_a_custom_period_is_judged_as_one() -> None:
    """61 days allow 5,270.4 s; 90 minutes are 5,400 s."""
    timeline = watched(
        ("2026-08-20T12:00", "2026-08-20T12:45"), ("2026-10-02T12:00", "2026-10-02T12:45"), since="2026-08-01"
    )
    statement = acme(timeline, CUSTOM)
    (window,) = statement.windows
    assert (statement.label, statement.period, statement.is_over) == (LABEL, WINDOW, True)
    assert (window.counted_ms, window.budget_ms, window.verdict) == (5_400_000, 5_270_400, Verdict.MISSED)
    assert str(statement.credit.amount) == "100.00"


def test_a_custom_period_in_progress_is_provisional_and_has_the_budget_of_all_of_it() -> None:
    now_ms = at("2026-09-20")
    statement = acme(watched(since="2026-08-01", until=now_ms), CUSTOM, now_ms=now_ms, month="2026-09")
    assert (statement.is_over, statement.windows[0].budget_ms) == (False, 5_270_400)


def test_a_custom_period_of_which_the_agreement_covers_a_part_is_a_part_period() -> None:
    part = Window(at("2026-09-01"), WINDOW.end_ms)
    terms = replace(CUSTOM, contract=part, partial_period=PartialPeriod.NO_CREDIT)
    statement = acme(watched(("2026-09-20", "2026-09-21"), since="2026-08-01"), terms)
    assert (statement.label, statement.windows[0].scheduled_ms) == (LABEL, part.length_ms)
    assert (statement.windows[0].verdict, statement.credit.share) == (Verdict.MISSED, Fraction(0))
