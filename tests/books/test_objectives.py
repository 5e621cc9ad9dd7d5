"""What is promised besides availability, in statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.books.agreed import NOW_MS, TERMS, agreement, at, settings_of, stated, watched
from uptally.books.recorded import Recorded
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Tier, Tiers
from uptally.model.incident import Incident
from uptally.model.objective import Figure, Objective, Promptness, Step, Total
from uptally.model.verdict import Verdict
from uptally.units.time import HOUR_MS

SHORT = Tiers((Tier((Bound(Comparison.LT, Fraction(100)),), Award(Fraction(5, 100))),))
LEADS = Objective("leads", Total("leads"), Comparison.GE, Fraction(100), SHORT)
RESTORED = Objective("restored", Promptness(Step.RESTORE, HOUR_MS), Comparison.GE, Fraction(1))


def leads(count: int, *, agreement: str = "", day: int = 5) -> Figure:
    return Figure("leads", date(2026, 10, day), date(2026, 10, day), Fraction(count), None, agreement)


def incident(service: str) -> Incident:
    return Incident("i1", "it hangs", (service,), "high", "ann", at("2026-10-05T12:00"))


@pytest.mark.parametrize(
    ("figures", "verdict", "booked"),
    [
        ((leads(60), leads(40, day=6)), Verdict.MET, "0.00"),
        ((leads(99),), Verdict.MISSED, "50.00"),
        ((leads(100, agreement="other"),), Verdict.UNDETERMINED, None),
        ((leads(1), leads(100, agreement="acme")), Verdict.MET, "0.00"),
    ],
)
def test_figures_of_the_agreement_decide_and_are_credited(
    figures: tuple[Figure, ...], verdict: Verdict, booked: str | None
) -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, objectives=(LEADS,)))])
    (found,) = stated({"web": watched()}, settings, recorded=Recorded(figures=figures))
    assert (found.verdict, found.booked) == (verdict, None if booked is None else Decimal(booked))


def test_figures_count_before_the_first_observation() -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, objectives=(LEADS,)))])
    (found,) = stated({"web": watched(since="2026-10-20")}, settings, recorded=Recorded(figures=(leads(100),)))
    assert [each.value for each in found.objectives] == [100]


@pytest.mark.parametrize(("service", "is_met"), [("web", False), ("db", True)])
def test_incidents_of_the_service_decide(service: str, is_met: bool) -> None:
    settings = settings_of(["web", "db"], agreements=[agreement(replace(TERMS, objectives=(RESTORED,)))])
    timelines = {"web": watched(), "db": watched()}
    (found,) = stated(timelines, settings, recorded=Recorded(incidents=(incident(service),)))
    assert [each.is_met for each in found.objectives] == [is_met]
    late = f"incident i1: not restored yet after {(NOW_MS - at('2026-10-05T12:00')) // (24 * HOUR_MS)}d"
    assert any(late in line for line in found.lines) is not is_met


def test_credits_of_earlier_periods_use_up_the_cap_of_twelve_months() -> None:
    terms = replace(TERMS, objectives=(LEADS,), credit_cap_12_months=Fraction(8, 100))
    september = Figure("leads", date(2026, 9, 5), date(2026, 9, 5), Fraction(99))
    settings = settings_of(["web"], agreements=[agreement(terms)])
    recorded = Recorded(figures=(september, leads(99)))
    (found,) = stated({"web": watched(since="2026-09-01")}, settings, recorded=recorded)
    # September took 5% of the 8%.
    assert (found.booked, found.most.amount) == (Decimal("30.00"), Decimal("30.00"))
