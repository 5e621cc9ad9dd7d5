"""What a period comes to in one window: components together, the verdict, the budget, the credit and the reasons."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import between, history
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Blocks, Bound, CreditRules, PerDay, Tier, Tiers
from uptally.model.downtime import RequestMode, Requests, Run
from uptally.model.facts import Exclusion, Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.fee import Fee
from uptally.model.judgement import Part, WindowJudgement, Yield
from uptally.model.terms import (
    Composite,
    CompositeMode,
    Denominator,
    DenominatorKind,
    ExclusionRule,
    ExclusionRules,
    RatioRounding,
    ServiceWindow,
    Terms,
    Unknown,
)
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.measured import days_of_fee
from uptally.units.money import Rounding
from uptally.units.time import HOUR_MS, Window

PERIOD = Window(0, 20)
TARGET = Fraction(9, 10)
BARE = Terms.bare("gold", TARGET)


def measured(terms: Terms, facts: Facts, period: Window = PERIOD) -> WindowJudgement:
    """Return what the only window of a period came to."""
    (found,) = judge(terms, facts, [("P", period)]).periods
    (window,) = found.windows
    return window


def story(text: str) -> Facts:
    return Facts({"web": history(text)})


def codes(terms: Terms, facts: Facts) -> tuple[str, ...]:
    return judge(terms, facts, [("P", PERIOD)]).periods[0].codes


@pytest.mark.parametrize(
    ("down", "is_met_at_equality", "is_met"),
    [("d", True, True), ("dd", True, True), ("dd", False, False), ("d", False, True), ("ddd", True, False)],
)
def test_target_is_met_at_equality_or_only_above(down: str, is_met_at_equality: bool, is_met: bool) -> None:
    found = measured(replace(BARE, is_met_at_equality=is_met_at_equality), story(down))
    assert found.is_met is is_met
    assert found.availability == found.decision == 1 - Fraction(len(down), 20)


@pytest.mark.parametrize(
    ("rounding", "decision", "is_met"),
    [
        # 17 of 19 are 89.4737 %.
        (RatioRounding(0, Rounding.HALF_UP), "89", False),
        (RatioRounding(1, Rounding.HALF_UP), "89.5", False),
        (RatioRounding(2, Rounding.TRUNCATE), "89.47", False),
    ],
)
def test_percent_is_rounded_before_it_is_compared(rounding: RatioRounding, decision: str, is_met: bool) -> None:
    found = measured(replace(BARE, rounding=rounding), story("dd"), Window(0, 19))
    assert found.availability == Fraction(17, 19)
    assert found.decision == Fraction(decision) / 100
    assert found.is_met is is_met


def test_rounding_may_make_a_miss_a_hit() -> None:
    terms = replace(Terms.bare("gold", Fraction(895, 1000)), rounding=RatioRounding(1, Rounding.HALF_UP))
    assert measured(terms, story("dd"), Window(0, 19)).is_met is True


def test_budget_is_what_the_target_allows_and_may_be_overdrawn() -> None:
    found = measured(BARE, story("ddd"))
    assert (found.budget_ms, found.left_ms) == (Fraction(2), Fraction(-1))


def test_budget_follows_the_denominator() -> None:
    found = measured(replace(BARE, unknown=Unknown.LEAVE_OUT), story("d" + "?" * 10))
    assert (found.budget_ms, found.left_ms) == (Fraction(1), Fraction(0))


NOT_COVERED = replace(BARE, unknown=Unknown.LEAVE_OUT)
GIVES_ALWAYS = CreditRules((Tiers((Tier((), Award(Fraction(1, 10))),)),))


def test_window_without_service_time_has_no_verdict_budget_or_credit() -> None:
    terms = replace(NOT_COVERED, windows=(ServiceWindow("always", TARGET, credit=GIVES_ALWAYS),))
    found = measured(terms, story("?" * 20))
    assert (found.availability, found.decision, found.is_met) == (None, None, None)
    assert (found.budget_ms, found.left_ms, found.share, found.yields) == (Fraction(0), Fraction(0), Fraction(0), ())


def test_window_without_service_time_may_be_full_but_gives_nothing() -> None:
    terms = replace(
        NOT_COVERED, is_full_without_service=True, windows=(ServiceWindow("always", TARGET, credit=GIVES_ALWAYS),)
    )
    found = measured(terms, story("?" * 20))
    assert (found.availability, found.decision, found.is_met) == (Fraction(1), Fraction(1), True)
    assert (found.budget_ms, found.left_ms, found.share) == (Fraction(0), Fraction(0), Fraction(0))


def test_window_with_service_time_is_not_full_for_that() -> None:
    assert measured(replace(BARE, is_full_without_service=True), story("dd")).availability == Fraction(9, 10)


def of(mode: CompositeMode, **weights: int) -> Terms:
    shares = {name: Fraction(weight) for name, weight in weights.items()}
    return replace(BARE, composite=Composite(mode, weights=shares))


WEIGHTED = of(CompositeMode.WEIGHTED, web=3, api=1)


def test_weighted_mean_of_availabilities_by_weights_divided_by_their_sum() -> None:
    found = measured(WEIGHTED, Facts({"web": history("dd"), "api": history("d" * 10)}))
    assert found.availability == Fraction(3, 4) * Fraction(18, 20) + Fraction(1, 4) * Fraction(10, 20)
    assert found.counted_ms == found.down_ms == Fraction(3, 4) * 2 + Fraction(1, 4) * 10
    assert found.scheduled_ms == found.agreed_ms == found.denominator_ms == 20
    assert found.parts == (
        Part("web", Fraction(3), Fraction(18, 20)),
        Part("api", Fraction(1), Fraction(10, 20)),
    )
    assert found.counted == ()


def test_component_without_time_leaves_its_weight_to_the_others() -> None:
    found = measured(WEIGHTED, Facts({"web": history("?" * 20), "api": history("d" * 10)}))
    assert found.availability == Fraction(1, 2)
    assert found.parts == (Part("api", Fraction(1), Fraction(1, 2)),)
    assert found.unknown_ms == 0


def test_weighted_components_all_without_time_have_no_availability() -> None:
    found = measured(WEIGHTED, Facts({"web": history("?" * 20), "api": history("?" * 20)}))
    assert found.availability is None
    assert found.parts == ()
    assert found.unknown_ms == 20


def test_component_without_weight_does_not_stand_in_for_one_without_time() -> None:
    terms = of(CompositeMode.WEIGHTED, web=1, api=0)
    found = measured(terms, Facts({"web": history("?" * 20), "api": history("d" * 10)}))
    assert (found.availability, found.is_met) == (None, None)
    assert found.unknown_ms == 20


def test_every_figure_of_weighted_components_is_a_mean() -> None:
    terms = replace(
        WEIGHTED,
        downtime=Run(2),
        exclusions=ExclusionRules((ExclusionRule("maintenance"),)),
        unknown=Unknown.AS_UP,
    )
    facts = Facts(
        {"web": history("dddd u d ??"), "api": history("d")},
        exclusions=(Exclusion("M1", "maintenance", 0, 2, None),),
    )
    found = measured(terms, facts)
    figures = [found.agreed_ms, found.counted_ms, found.excluded_ms, found.ignored_ms, found.unknown_ms]
    assert figures == [
        Fraction(18),
        Fraction(3, 4) * 2,
        Fraction(3, 4) * 2 + Fraction(1, 4),
        Fraction(3, 4),
        Fraction(3, 4) * 2,
    ]


POOLED = of(CompositeMode.POOLED)


def test_pooled_components_add_up_while_they_are_deployed() -> None:
    half = history("d" * 5)._replace(deployed=((0, 10),))
    found = measured(POOLED, Facts({"web": history("d"), "api": half}))
    assert (found.denominator_ms, found.counted_ms) == (Fraction(30), Fraction(6))
    assert found.availability == 1 - Fraction(6, 30)
    assert found.parts == ()


def test_one_pooled_component_is_measured_while_it_is_deployed() -> None:
    half = history("d" * 5)._replace(deployed=((0, 10),))
    assert measured(POOLED, Facts({"api": half})).availability == Fraction(1, 2)


def test_number_stands_once_for_each_pooled_component_with_service_time() -> None:
    terms = replace(POOLED, denominator=Denominator(DenominatorKind.FIXED, 100))
    never = History(deployed=())
    found = measured(terms, Facts({"web": history("d"), "api": history("d"), "job": never}))
    assert found.denominator_ms == 200
    assert found.availability == 1 - Fraction(2, 200)


def test_one_weighted_component_stands_for_the_service() -> None:
    found = measured(of(CompositeMode.WEIGHTED, web=7), story("dd"))
    assert (found.availability, found.counted) == (Fraction(9, 10), ((0, 2),))


def margin(terms: Terms, facts: Facts, margin_ms: int) -> WindowJudgement:
    return measured(terms, replace(facts, margins={("P", "always"): Fraction(margin_ms)}))


@pytest.mark.parametrize(("margin_ms", "counted_ms"), [(0, 4), (3, 7), (-3, 1), (-4, 0), (-9, 0), (16, 20), (17, 20)])
def test_margin_moves_downtime_within_what_there_is(margin_ms: int, counted_ms: int) -> None:
    found = margin(BARE, story("dddd"), margin_ms)
    assert found.counted_ms == counted_ms
    assert found.availability == 1 - Fraction(counted_ms, 20)
    assert found.left_ms == 2 - counted_ms


def test_margin_of_another_period_or_window_moves_nothing() -> None:
    facts = replace(story("dddd"), margins={("Q", "always"): Fraction(3), ("P", "other"): Fraction(3)})
    assert measured(BARE, facts).counted_ms == 4


def test_margin_gives_no_availability_to_a_window_without_service_time() -> None:
    assert margin(NOT_COVERED, story("?" * 20), 3).availability is None


@pytest.mark.parametrize(("margin_ms", "availability"), [(2, "16/20"), (-1, "19/20"), (-5, "1"), (30, "0")])
def test_margin_moves_a_mean_by_its_share_of_the_time(margin_ms: int, availability: str) -> None:
    facts = Facts({"web": history("dd"), "api": history("dd")})
    assert margin(WEIGHTED, facts, margin_ms).availability == Fraction(availability)


def test_margin_makes_no_mean_better_than_full() -> None:
    # Over a fixed ten, twenty of downtime are no worse than ten: what the margin takes off is more than was counted.
    terms = replace(WEIGHTED, denominator=Denominator(DenominatorKind.FIXED, 10))
    facts = Facts({"web": history("d" * 20), "api": history("d" * 20)})
    assert margin(terms, facts, -20).availability == 1


def test_margin_of_a_mean_is_one_of_weighted_milliseconds() -> None:
    facts = Facts({"web": history("dd"), "api": history("?" * 10 + "d" * 5)})
    facts = replace(facts, margins={("P", "always"): Fraction(7, 4)})
    # Three quarters of 0.9 and a quarter of 0.5 are 0.8, over three quarters of 20 and a quarter of 10 ms.
    assert measured(WEIGHTED, facts).availability == Fraction(8, 10) - Fraction(7, 4) / Fraction(35, 2)


def test_a_millisecond_of_service_time_is_some() -> None:
    assert measured(BARE, story(""), Window(0, 1)).budget_ms == Fraction(1, 10)


def test_number_gives_no_budget_to_a_window_without_service_time() -> None:
    terms = replace(NOT_COVERED, denominator=Denominator(DenominatorKind.FIXED, 100))
    found = measured(terms, story("?" * 20))
    assert (found.budget_ms, found.left_ms) == (Fraction(0), Fraction(0))


def test_credit_sees_the_downtime_of_the_outage_with_its_impact() -> None:
    # A block of 5 for each outage: of the ten only half counts.
    credit = CreditRules((Blocks(5, Award(Fraction(1, 10)), each_outage_ms=0),))
    terms = replace(BARE, windows=(ServiceWindow("always", TARGET, credit=credit),), has_impact=True)
    facts = Facts({"web": History(down=((0, 10),), impacts=(Impact(0, 10, Fraction(1, 2)),))})
    found = measured(terms, facts)
    assert (found.share, found.yields) == (Fraction(1, 10), (Yield(0, Fraction(1, 10)),))


def test_blocks_over_the_budget_look_at_the_budget_of_the_window() -> None:
    credit = CreditRules((Blocks(1, Award(Fraction(1, 10)), over_budget=True),))
    terms = replace(BARE, windows=(ServiceWindow("always", TARGET, credit=credit),))
    assert measured(terms, story("ddddd")).share == Fraction(3, 10)


def test_tiers_look_at_the_decision() -> None:
    below = CreditRules((Tiers((Tier((Bound(Comparison.LT, TARGET),), Award(Fraction(1, 10))),)),))
    terms = replace(
        BARE,
        windows=(ServiceWindow("always", TARGET, credit=below),),
        rounding=RatioRounding(0, Rounding.HALF_UP),
    )
    # 17.9 of 20 would be below; rounded to 90 % it is not.
    facts = Facts({"web": History(down=((0, 179),))})
    assert measured(terms, facts, Window(0, 1_740)).share == 0
    assert measured(replace(terms, rounding=None), facts, Window(0, 1_740)).share == Fraction(1, 10)


BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = between("2026-10-01", "2026-11-01", BERLIN)


@pytest.mark.parametrize(
    ("fee", "days"),
    [
        (None, 31),
        (Fee(Decimal(1000), "EUR"), 31),
        (Fee(Decimal(1000), "EUR", day_basis=Fraction(30)), 30),
    ],
)
def test_fee_is_for_the_days_of_the_period_or_a_number_of_them(fee: Fee | None, days: int) -> None:
    assert days_of_fee(replace(BARE, zone=BERLIN, fee=fee), OCTOBER) == days


def test_days_of_credit_are_a_share_of_the_local_days() -> None:
    credit = CreditRules((PerDay(Fraction(1), HOUR_MS),))
    terms = replace(BARE, zone=BERLIN, windows=(ServiceWindow("always", TARGET, credit=credit),))
    down = between("2026-10-05T22:00", "2026-10-06T02:00", BERLIN)
    found = measured(terms, Facts({"web": History(down=((down.start_ms, down.end_ms),))}), OCTOBER)
    assert found.share == Fraction(2, 31)


def test_reasons_of_a_window_that_was_met() -> None:
    assert codes(BARE, story("dd")) == ("target_met:always",)


def test_reasons_of_a_window_that_was_missed() -> None:
    terms = replace(
        BARE,
        windows=(
            ServiceWindow(
                "always", TARGET, credit=replace(GIVES_ALWAYS, rules=GIVES_ALWAYS.rules * 2, cap=Fraction(5, 100))
            ),
        ),
        downtime=Run(2),
        exclusions=ExclusionRules((ExclusionRule("maintenance"),)),
        unknown=Unknown.AS_UP,
    )
    facts = replace(story("dddd d ??"), exclusions=(Exclusion("M1", "maintenance", 19, 20, None),))
    assert codes(terms, facts) == (
        "excluded:M1",
        "target_missed:always",
        "short_outages_ignored:always",
        "unknown_as_up:always",
        "credit:always:0",
        "credit:always:1",
        "credit_capped:always",
    )
    assert measured(terms, facts).is_capped


@pytest.mark.parametrize("unknown", Unknown)
def test_reasons_name_what_unknown_time_counted_as(unknown: Unknown) -> None:
    assert f"unknown_{unknown.value}:always" in codes(replace(BARE, unknown=unknown), story("?"))


def test_reasons_of_a_window_without_service_time() -> None:
    assert codes(NOT_COVERED, story("?" * 20)) == ("no_service_time:always", "unknown_leave_out:always")


def test_error_rates_make_one_judgement() -> None:
    terms = replace(BARE, downtime=Requests(5, RequestMode.RATIO))
    facts = Facts({"web": History()}, requests=RequestCounts(RequestCount(10, 1), {}))
    found = measured(terms, facts)
    assert (found.availability, found.counted_ms, found.is_met) == (Fraction(9, 10), Fraction(2), True)
