"""The door: periods in the order of time, windows and caps together, components as the terms say, money and claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, between, history, judged
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Combine, CreditRules, Tier, Tiers
from uptally.model.downtime import Run
from uptally.model.facts import Exclusion, Facts, History
from uptally.model.fee import ClaimRule, Fee, LeastCredit, Proration
from uptally.model.judgement import ClaimStatus, PeriodJudgement, Termination
from uptally.model.termination import Misses
from uptally.model.terms import (
    ComplementOf,
    Composite,
    CompositeMode,
    ExclusionRule,
    ExclusionRules,
    Hours,
    OpenPeriod,
    PartialPeriod,
    ServiceWindow,
    Terms,
    Weekly,
)
from uptally.rules.contract.evaluate import judge, left_of_cap, time_read
from uptally.units.time import HOUR_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
TARGET = Fraction(9, 10)
BARE = Terms.bare("gold", TARGET)
PERIOD = Window(0, 20)


def tier(percent: int) -> CreditRules:
    """Return a credit of so many per cent below the target."""
    return CreditRules((Tiers((Tier((Bound(Comparison.LT, TARGET),), Award(Fraction(percent, 100))),)),))


def one(terms: Terms, facts: Facts, period: Window = PERIOD) -> PeriodJudgement:
    (found,) = judge(terms, facts, [("P", period)]).periods
    return found


def web(story: str) -> Facts:
    return Facts({"web": history(story)})


GOLD = replace(BARE, windows=(ServiceWindow("always", TARGET, credit=tier(10)),), fee=Fee(Decimal("1000.00"), "EUR"))


def test_shares_of_the_fee_from_elsewhere_count_in_the_period_of_their_label() -> None:
    facts = replace(web("dd" + 18 * "."), shares={"P": (Fraction(3, 100), Fraction(1, 100)), "Q": (Fraction(1, 2),)})
    both = one(replace(GOLD, credit_combine=Combine.SUM), facts)
    assert (both.share, both.payable) == (Fraction(4, 100), Decimal("40.00"))


def test_miss_comes_to_its_credit_in_money() -> None:
    found = one(GOLD, web("ddd"))
    assert (found.label, found.period, found.is_met) == ("P", PERIOD, False)
    assert (found.share, found.fee_share) == (Fraction(1, 10), Fraction(1))
    assert (found.amount, found.payable, found.tax) == (Decimal("100.00"), Decimal("100.00"), Decimal("0.00"))
    assert (found.claim, found.claim_by_ms) == (ClaimStatus.NOT_REQUIRED, None)
    assert found.codes == ("target_missed:always", "credit:always:0")


def test_hit_comes_to_nothing() -> None:
    found = one(GOLD, web("dd"))
    assert (found.is_met, found.share, found.amount) == (True, Fraction(0), Decimal("0.00"))


def test_no_periods_are_no_judgements() -> None:
    assert judge(GOLD, web("d"), []).periods == ()


def test_periods_are_judged_each_on_its_own() -> None:
    found = judge(GOLD, web("ddd"), [("A", Window(0, 20)), ("B", Window(20, 40))]).periods
    assert [(each.label, each.is_met) for each in found] == [("A", False), ("B", True)]


def test_outage_over_the_end_of_a_period_counts_in_both() -> None:
    found = judge(BARE, web("u" * 15 + "d" * 10), [("A", Window(0, 20)), ("B", Window(20, 40))]).periods
    assert [each.windows[0].counted_ms for each in found] == [5, 5]


def test_termination_looks_over_all_periods() -> None:
    terms = replace(BARE, termination=(Misses(2, 2),))
    both = [("A", Window(0, 10)), ("B", Window(10, 20))]
    assert judge(terms, web("d" * 20), both).termination == Termination("B", 0)
    assert judge(terms, web("d" * 10), both).termination == Termination(None, None)
    assert judge(BARE, web("d" * 20), both).termination is None


DAY = between("2026-10-05", "2026-10-06")
"""A Monday."""


def two_windows(office: int, off: int, **changes: object) -> Terms:
    """Return terms that promise office hours and the rest of the day apart, with these credits."""
    windows = (
        ServiceWindow("office", TARGET, Weekly((Hours(frozenset(range(5)), 8 * HOUR_MS, 18 * HOUR_MS),)), tier(office)),
        ServiceWindow("off", TARGET, ComplementOf("office"), tier(off)),
    )
    return replace(GOLD, windows=windows, **changes)  # type: ignore[arg-type]  # the fields of Terms, by name


def down(*hours: tuple[int, int]) -> Facts:
    pieces = tuple((DAY.start_ms + start * HOUR_MS, DAY.start_ms + end * HOUR_MS) for start, end in hours)
    return Facts({"web": History(down=pieces)})


def test_windows_are_judged_each_on_its_own_in_their_order() -> None:
    found = one(two_windows(10, 5), down((16, 20)), DAY)
    assert [(each.name, int(each.counted_ms), each.is_met) for each in found.windows] == [
        ("office", 2 * HOUR_MS, False),
        ("off", 2 * HOUR_MS, False),
    ]
    assert found.codes == ("target_missed:office", "credit:office:0", "target_missed:off", "credit:off:0")


def test_period_is_met_when_all_windows_are() -> None:
    assert one(two_windows(10, 5), down((8, 12)), DAY).is_met is False
    assert one(two_windows(10, 5), down((8, 9)), DAY).is_met is True


def test_window_without_time_does_not_keep_a_period_from_being_met() -> None:
    saturday = between("2026-10-10", "2026-10-11")
    found = one(two_windows(10, 5), down(), saturday)
    assert [each.is_met for each in found.windows] == [None, True]
    assert found.is_met is True


def test_period_without_any_service_time_is_neither_met_nor_missed() -> None:
    found = one(BARE, web("?" * 20))
    assert found.is_met is None


@pytest.mark.parametrize(("combine", "percent"), [(Combine.MAX, 10), (Combine.SUM, 15)])
def test_credits_of_windows_combine_as_the_terms_say(combine: Combine, percent: int) -> None:
    found = one(two_windows(10, 5, credit_combine=combine), down((8, 24)), DAY)
    assert found.share == Fraction(percent, 100)


@pytest.mark.parametrize(
    ("cap", "percent", "is_capped"), [("0.15", 15, False), ("0.14", 14, True), ("0.2", 15, False), ("0", 0, True)]
)
def test_cap_holds_for_the_credits_of_all_windows(cap: str, percent: int, is_capped: bool) -> None:
    terms = two_windows(10, 5, credit_combine=Combine.SUM, credit_cap=Fraction(cap))
    found = one(terms, down((8, 24)), DAY)
    assert found.share == Fraction(percent, 100)
    assert found.amount == 10 * Decimal(percent)
    assert ("credit_capped:total" in found.codes) is is_capped


def test_same_reason_from_two_windows_is_told_once() -> None:
    rules = ExclusionRules((ExclusionRule("maintenance"),))
    facts = replace(down(), exclusions=(Exclusion("M1", "maintenance", DAY.start_ms, DAY.end_ms - 1, None),))
    assert one(two_windows(10, 5, exclusions=rules), facts, DAY).codes.count("excluded:M1") == 1


def in_part(partial: PartialPeriod, **changes: object) -> PeriodJudgement:
    contract = Window(10, 40)
    terms = replace(GOLD, contract=contract, partial_period=partial, **changes)  # type: ignore[arg-type]  # by name
    return one(terms, web("u" * 10 + "dd"))


def test_part_period_may_give_no_credit() -> None:
    found = in_part(PartialPeriod.NO_CREDIT)
    assert (found.share, found.amount) == (Fraction(0), Decimal("0.00"))
    assert found.windows[0].share == Fraction(1, 10)
    assert found.codes[-1] == "partial_period_no_credit"


def test_part_period_may_give_the_credit_of_its_part() -> None:
    found = in_part(PartialPeriod.MEASURE_PART)
    assert (found.share, found.amount) == (Fraction(1, 10), Decimal("100.00"))
    assert "partial_period_no_credit" not in found.codes


def test_whole_period_gives_credit_where_parts_do_not() -> None:
    terms = replace(GOLD, contract=PERIOD, partial_period=PartialPeriod.NO_CREDIT)
    assert one(terms, web("ddd")).share == Fraction(1, 10)


def test_part_of_a_fee_gives_part_of_the_credit_and_is_told() -> None:
    fee = Fee(Decimal("1000.00"), "EUR", proration=Proration.EXACT_TIME)
    found = in_part(PartialPeriod.MEASURE_PART, fee=fee)
    assert (found.fee_share, found.amount) == (Fraction(1, 2), Decimal("50.00"))
    assert "fee_prorated" in found.codes


def test_whole_fee_is_not_told_to_be_prorated() -> None:
    assert "fee_prorated" not in one(GOLD, web("ddd")).codes


def test_claim_is_found_by_the_label_of_its_period() -> None:
    terms = replace(GOLD, claim=ClaimRule(30))
    october = at("2026-10-05T12:00")
    facts = Facts(
        {"web": History(down=((october, october + 100 * HOUR_MS),))}, claims={"2026-10": at("2026-11-30T23:59")}
    )
    (found,) = judged(terms, facts, "2026-10")
    assert (found.claim, found.claim_by_ms) == (ClaimStatus.IN_TIME, at("2026-12-01"))
    (found,) = judged(terms, replace(facts, claims={"2026-09": at("2026-11-30")}), "2026-10")
    assert found.claim is ClaimStatus.NOT_MADE
    assert found.codes[-1] == "claim_missing"


def test_settlement_tells_its_reasons_last() -> None:
    terms = replace(GOLD, least_credit=LeastCredit(Decimal(100), Comparison.GT))
    assert one(terms, web("ddd")).codes == ("target_missed:always", "credit:always:0", "credit_below_minimum")


@pytest.mark.parametrize(
    ("open_period", "counted_ms", "denominator_ms"), [(OpenPeriod.ELAPSED, 3, 8), (OpenPeriod.FULL_PERIOD, 3, 20)]
)
def test_nothing_that_came_after_the_look_is_read(
    open_period: OpenPeriod, counted_ms: int, denominator_ms: int
) -> None:
    found = one(replace(BARE, open_period=open_period), replace(web("uuuuuddddd"), as_of_ms=8))
    assert (found.windows[0].counted_ms, found.windows[0].denominator_ms) == (
        Fraction(counted_ms),
        Fraction(denominator_ms),
    )


def test_outage_in_progress_is_as_long_as_it_is_by_now() -> None:
    terms = replace(BARE, downtime=Run(5, is_incident=True))
    assert one(terms, replace(web("d" * 10), as_of_ms=4)).windows[0].counted_ms == 0
    assert one(terms, replace(web("d" * 10), as_of_ms=5)).windows[0].counted_ms == 5


def test_unknown_time_after_the_look_is_not_read() -> None:
    terms = replace(BARE, open_period=OpenPeriod.FULL_PERIOD)
    assert one(terms, replace(web("?" * 20), as_of_ms=8)).windows[0].unknown_ms == 8


def test_announcement_after_the_look_is_not_known() -> None:
    terms = replace(BARE, exclusions=ExclusionRules((ExclusionRule("maintenance", notice_ms=0),)))
    facts = replace(web("d" * 20), exclusions=(Exclusion("M1", "maintenance", 5, 10, 4),))
    assert one(terms, replace(facts, as_of_ms=3)).codes[0] == "target_missed:always"
    assert one(terms, facts).codes[0] == "excluded:M1"
    whole = replace(terms, open_period=OpenPeriod.FULL_PERIOD)
    assert one(whole, replace(facts, as_of_ms=3)).windows[0].agreed_ms == 20
    assert one(whole, replace(facts, as_of_ms=4)).windows[0].agreed_ms == 15


def composite(mode: CompositeMode, *, least: int = 1, weights: Mapping[str, Fraction] | None = None) -> Terms:
    return replace(BARE, composite=Composite(mode, least, weights or {}))


WEB, API, JOB = history("dddd      "), history("  dddd    "), history("   dddddd ")
THREE = Facts({"web": WEB, "api": API, "job": JOB})


@pytest.mark.parametrize(
    ("mode", "least", "counted_ms"),
    [
        (CompositeMode.ANY_DOWN, 3, 9),
        (CompositeMode.AT_LEAST_DOWN, 1, 9),
        (CompositeMode.AT_LEAST_DOWN, 2, 4),
        (CompositeMode.AT_LEAST_DOWN, 3, 1),
        (CompositeMode.ALL_DOWN, 1, 1),
    ],
)
def test_components_make_one_service(mode: CompositeMode, least: int, counted_ms: int) -> None:
    (window,) = one(composite(mode, least=least), THREE).windows
    assert window.counted_ms == counted_ms
    assert window.parts == ()


def test_weighted_components_are_told_by_their_names_with_their_weights() -> None:
    weights = {"job": Fraction(1), "web": Fraction(2), "api": Fraction(3)}
    (window,) = one(composite(CompositeMode.WEIGHTED, weights=weights), THREE).windows
    assert [(part.name, int(part.weight)) for part in window.parts] == [("web", 2), ("api", 3), ("job", 1)]
    assert window.counted_ms == Fraction(2 * 4 + 3 * 4 + 1 * 6, 6)


def test_pooled_components_are_added() -> None:
    (window,) = one(composite(CompositeMode.POOLED), THREE).windows
    assert (window.counted_ms, window.denominator_ms) == (Fraction(14), Fraction(60))


@pytest.mark.parametrize("mode", CompositeMode)
def test_one_component_is_the_service_however_it_is_combined(mode: CompositeMode) -> None:
    (window,) = one(composite(mode, least=2), Facts({"web": WEB})).windows
    assert window.counted_ms == 4


def test_terms_without_a_composite_look_at_the_first_component() -> None:
    assert one(BARE, THREE).windows[0].counted_ms == 4


CAPPED = replace(GOLD, credit_cap_12_months=Fraction(15, 100))


def test_cap_over_twelve_months_takes_what_is_beyond_it() -> None:
    months = [(f"2026-{month:02}", between(f"2026-{month:02}-01", f"2026-{month + 1:02}-01")) for month in (1, 2, 3)]
    facts = Facts({"web": History(down=((months[0][1].start_ms, months[2][1].end_ms),))})
    found = judge(CAPPED, facts, months).periods
    assert [each.share for each in found] == [Fraction(10, 100), Fraction(5, 100), Fraction(0)]
    assert ["credit_capped:12_months" in each.codes for each in found] == [False, True, True]


def earlier(start: str, share: Fraction = Fraction(1, 10), payable: str = "100.00") -> PeriodJudgement:
    """Return an earlier month with a credit."""
    found = one(GOLD, web(""), Window(at(start, BERLIN), at(start, BERLIN) + 1))
    return replace(found, share=share, payable=Decimal(payable))


@pytest.mark.parametrize(("start", "left"), [("2025-11-01", 5), ("2025-10-31T23:59", 15), ("2026-09-01", 5)])
def test_cap_looks_at_the_periods_that_began_in_the_last_twelve_months(start: str, left: int) -> None:
    october = between("2026-10-01", "2026-11-01", BERLIN)
    assert left_of_cap(replace(CAPPED, zone=BERLIN), october, [earlier(start)]) == Fraction(left, 100)


def test_credit_that_was_forfeited_takes_nothing_of_the_cap() -> None:
    october = between("2026-10-01", "2026-11-01", BERLIN)
    assert left_of_cap(CAPPED, october, [earlier("2026-09-01", payable="0.00")]) == Fraction(15, 100)


def test_cap_that_is_used_up_leaves_nothing_and_never_less() -> None:
    october = between("2026-10-01", "2026-11-01", BERLIN)
    used = [earlier("2026-08-01"), earlier("2026-09-01")]
    assert left_of_cap(CAPPED, october, used) == 0
    assert left_of_cap(CAPPED, october, []) == Fraction(15, 100)


def test_terms_without_a_cap_over_twelve_months_leave_none() -> None:
    assert left_of_cap(GOLD, PERIOD, [earlier("2026-09-01")]) is None


def test_credit_that_takes_all_of_what_is_left_is_not_capped() -> None:
    found = one(replace(GOLD, credit_cap_12_months=Fraction(1, 10)), web("ddd"))
    assert found.share == Fraction(1, 10)
    assert "credit_capped:12_months" not in found.codes


def test_time_that_is_read_is_by_the_wall_clock_of_the_terms() -> None:
    day = between("2026-10-05", "2026-10-06", BERLIN)
    found = time_read(two_windows(10, 5, zone=BERLIN), Facts({}), "P", day)
    assert found["office"] == (between("2026-10-05T08:00", "2026-10-05T18:00", BERLIN),)


def test_time_that_is_read_is_in_the_window_the_contract_the_past_and_not_excluded() -> None:
    terms = replace(
        two_windows(10, 5),
        contract=Window(DAY.start_ms + 2 * HOUR_MS, DAY.end_ms),
        exclusions=ExclusionRules((ExclusionRule("maintenance"),)),
    )
    noon = DAY.start_ms + 12 * HOUR_MS
    facts = replace(
        down(),
        exclusions=(Exclusion("M1", "maintenance", DAY.start_ms + 7 * HOUR_MS, DAY.start_ms + 9 * HOUR_MS, None),),
        as_of_ms=noon,
    )
    assert time_read(terms, facts, "P", DAY) == {
        "office": ((DAY.start_ms + 9 * HOUR_MS, noon),),
        "off": ((DAY.start_ms + 2 * HOUR_MS, DAY.start_ms + 7 * HOUR_MS),),
    }
