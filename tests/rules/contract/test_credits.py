"""Credit rules as shares of the fee, each at its edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, between
from uptally.model.comparison import Comparison
from uptally.model.credit import (
    Award,
    Blocks,
    Bound,
    Combine,
    CreditRule,
    CreditRules,
    PerDay,
    ProRata,
    Shortfall,
    Tier,
    Tiers,
)
from uptally.model.judgement import Yield
from uptally.rules.contract.credits import Result, combined_shares, credit_of
from uptally.units.stretches import NEVER, Stretches, length_ms
from uptally.units.time import HOUR_MS, MINUTE_MS, SECOND_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = between("2026-10-01", "2026-11-01", BERLIN)
PERCENT = Fraction(1, 100)
LT, LE, GT, GE = Comparison.LT, Comparison.LE, Comparison.GT, Comparison.GE


def percent(text: str) -> Fraction:
    return Fraction(text) / 100


def result(
    decision: str = "99.9",
    *,
    counted_ms: Fraction | int = 0,
    counted: Stretches = NEVER,
    is_met: bool = False,
    budget_ms: Fraction | int = 0,
    days: int = 31,
    denominator_ms: int = 1_000_000,
    weigh: Callable[[Stretches], Fraction] = lambda part: Fraction(length_ms(part)),
) -> Result:
    return Result(
        target=percent("99.9"),
        decision=percent(decision),
        is_met=is_met,
        denominator_ms=Fraction(denominator_ms),
        counted_ms=Fraction(counted_ms),
        budget_ms=Fraction(budget_ms),
        counted=counted,
        period=OCTOBER,
        zone=BERLIN,
        days=Fraction(days),
        weigh=weigh,
    )


def share(rule: CreditRule, of: Result) -> Fraction:
    """Return what one rule gives."""
    return credit_of(CreditRules((rule,)), of)[1]


def tier(award: str, *bounds: tuple[Comparison, Fraction]) -> Tier:
    return Tier(tuple(Bound(*bound) for bound in bounds), Award(percent(award)))


TIERS = Tiers(
    (
        tier("10", (LT, percent("99.9")), (GE, percent("99"))),
        tier("25", (LT, percent("99")), (GE, percent("95"))),
        tier("100", (LT, percent("95"))),
    )
)


@pytest.mark.parametrize(
    ("decision", "given"),
    [("99.9", 0), ("99.89999", 10), ("99", 10), ("98.99999", 25), ("95", 25), ("94.99999", 100), ("0", 100)],
)
def test_tier_holds_up_to_its_edge(decision: str, given: int) -> None:
    assert share(TIERS, result(decision)) == given * PERCENT


def test_largest_of_overlapping_tiers_is_given() -> None:
    overlapping = Tiers((tier("50", (LT, percent("99"))), tier("10", (LT, percent("99.9")))))
    assert share(overlapping, result("98")) == percent("50")
    assert share(overlapping, result("99.5")) == percent("10")


def test_hole_between_tiers_gives_nothing() -> None:
    holed = Tiers((tier("10", (LT, percent("99.9")), (GT, percent("99"))), tier("25", (LT, percent("99")))))
    assert share(holed, result("99")) == 0


def test_tier_of_days_is_a_share_by_the_days_of_the_fee() -> None:
    rule = Tiers((Tier((), Award(percent("1"), Fraction(2))),))
    assert share(rule, result(days=30)) == percent("1") + Fraction(2, 30)


def test_tiers_of_downtime_look_at_what_was_counted() -> None:
    rule = Tiers((tier("10", (GT, Fraction(MINUTE_MS))),), of_downtime=True)
    assert share(rule, result("0", counted_ms=MINUTE_MS)) == 0
    assert share(rule, result("100", counted_ms=MINUTE_MS + Fraction(1, 3))) == percent("10")


def blocks(*, counts_started: bool = False, over_budget: bool = False, each_outage_ms: int | None = None) -> Blocks:
    return Blocks(
        HOUR_MS,
        Award(percent("5")),
        counts_started=counts_started,
        over_budget=over_budget,
        each_outage_ms=each_outage_ms,
    )


@pytest.mark.parametrize(
    ("counted_ms", "whole", "started"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (HOUR_MS - 1, 0, 1),
        (HOUR_MS, 1, 1),
        (HOUR_MS + Fraction(1, 7), 1, 2),
        (2 * HOUR_MS, 2, 2),
    ],
)
def test_started_block_counts_or_not(counted_ms: int, whole: int, started: int) -> None:
    assert share(blocks(), result(counted_ms=counted_ms)) == whole * percent("5")
    assert share(blocks(counts_started=True), result(counted_ms=counted_ms)) == started * percent("5")


@pytest.mark.parametrize(
    ("counted_ms", "given"), [(0, 0), (HOUR_MS, 0), (2 * HOUR_MS, 0), (2 * HOUR_MS + 1, 1), (3 * HOUR_MS + 1, 2)]
)
def test_blocks_over_the_budget_count_only_what_lies_beyond_it(counted_ms: int, given: int) -> None:
    rule = blocks(counts_started=True, over_budget=True)
    assert share(rule, result(counted_ms=counted_ms, budget_ms=2 * HOUR_MS)) == given * percent("5")


def test_budget_does_not_matter_to_blocks_of_all_downtime() -> None:
    assert share(blocks(), result(counted_ms=HOUR_MS, budget_ms=HOUR_MS)) == percent("5")


def test_each_outage_has_its_own_blocks() -> None:
    counted = ((0, HOUR_MS + 1), (5 * HOUR_MS, 5 * HOUR_MS + 1), (9 * HOUR_MS, 11 * HOUR_MS))
    facts = result(counted_ms=length_ms(counted), counted=counted)
    assert share(blocks(each_outage_ms=0, counts_started=True), facts) == (2 + 1 + 2) * percent("5")
    assert share(blocks(each_outage_ms=0), facts) == (1 + 0 + 2) * percent("5")


@pytest.mark.parametrize(("least_ms", "given"), [(SECOND_MS, 1), (SECOND_MS + 1, 0)])
def test_outage_shorter_than_the_least_gives_nothing(least_ms: int, given: int) -> None:
    facts = result(counted=((0, SECOND_MS),))
    assert share(blocks(each_outage_ms=least_ms, counts_started=True), facts) == given * percent("5")


def test_outage_is_as_long_as_it_weighs() -> None:
    facts = result(counted=((0, 4 * HOUR_MS),), weigh=lambda part: Fraction(length_ms(part), 4))
    assert share(blocks(each_outage_ms=HOUR_MS), facts) == percent("5")
    assert share(blocks(each_outage_ms=HOUR_MS + 1), facts) == 0


def test_blocks_may_give_days() -> None:
    rule = Blocks(HOUR_MS, Award(days=Fraction(1)))
    assert share(rule, result(counted_ms=3 * HOUR_MS, days=30)) == Fraction(3, 30)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (ProRata(), Fraction(300, 1000)),
        (ProRata(Fraction(5)), Fraction(1500, 1000)),
        (ProRata(over_budget=True), Fraction(200, 1000)),
        (ProRata(Fraction(1, 2), over_budget=True), Fraction(100, 1000)),
    ],
)
def test_prorata_gives_the_share_of_the_time_that_was_down(rule: ProRata, given: Fraction) -> None:
    assert share(rule, result(counted_ms=300, budget_ms=100, denominator_ms=1_000)) == given


def test_prorata_below_the_budget_gives_nothing() -> None:
    assert share(ProRata(over_budget=True), result(counted_ms=100, budget_ms=100, denominator_ms=1_000)) == 0
    assert share(ProRata(over_budget=True), result(counted_ms=99, budget_ms=100, denominator_ms=1_000)) == 0


def test_prorata_without_a_denominator_gives_nothing() -> None:
    assert share(ProRata(), result(counted_ms=5, denominator_ms=0)) == 0


@pytest.mark.parametrize(
    ("decision", "whole", "started"),
    [("100", 0, 0), ("99.9", 0, 0), ("99.85", 0, 1), ("99.8", 1, 1), ("99.79999", 1, 2), ("99.4", 5, 5)],
)
def test_shortfall_counts_steps_below_the_target(decision: str, whole: int, started: int) -> None:
    def given(*, counts_started: bool) -> Fraction:
        return share(Shortfall(percent("0.1"), Award(percent("2")), counts_started), result(decision))

    assert given(counts_started=False) == whole * percent("2")
    assert given(counts_started=True) == started * percent("2")


def test_shortfall_may_give_days() -> None:
    assert share(Shortfall(percent("0.1"), Award(days=Fraction(1))), result("99.7", days=30)) == Fraction(2, 30)


def counted(*pieces: tuple[str, str]) -> Stretches:
    return tuple((at(start, BERLIN), at(end, BERLIN)) for start, end in pieces)


@pytest.mark.parametrize(
    ("comparison", "limit_ms", "hits"),
    [(GT, 4 * HOUR_MS, 0), (GE, 4 * HOUR_MS, 1), (GT, 4 * HOUR_MS - 1, 1)],
)
def test_day_is_hit_by_its_sum(comparison: Comparison, limit_ms: int, hits: int) -> None:
    facts = result(counted=counted(("2026-10-05T01:00", "2026-10-05T04:00"), ("2026-10-05T10:00", "2026-10-05T11:00")))
    assert share(PerDay(Fraction(1), limit_ms, comparison), facts) == Fraction(hits, 31)


@pytest.mark.parametrize(("limit_ms", "hits"), [(3 * HOUR_MS - 1, 1), (3 * HOUR_MS, 0)])
def test_day_is_hit_by_its_longest_piece_where_that_is_asked_for(limit_ms: int, hits: int) -> None:
    facts = result(
        counted=counted(
            ("2026-10-05T01:00", "2026-10-05T02:00"),
            ("2026-10-05T03:00", "2026-10-05T06:00"),
            ("2026-10-05T10:00", "2026-10-05T12:00"),
        )
    )
    assert share(PerDay(Fraction(1), limit_ms, is_consecutive=True), facts) == Fraction(hits, 31)


def test_outage_over_midnight_is_looked_at_on_each_local_day() -> None:
    facts = result(counted=counted(("2026-10-05T21:00", "2026-10-06T04:00")))
    assert share(PerDay(Fraction(1), 3 * HOUR_MS), facts) == Fraction(1, 31)
    assert share(PerDay(Fraction(1), 3 * HOUR_MS - 1), facts) == Fraction(2, 31)


def test_day_of_25_hours_is_one_day() -> None:
    facts = result(counted=counted(("2026-10-25T00:00", "2026-10-26T00:00")))
    assert share(PerDay(Fraction(1), 25 * HOUR_MS, GE), facts) == Fraction(1, 31)
    assert share(PerDay(Fraction(1), 25 * HOUR_MS), facts) == 0


def test_last_day_of_the_period_can_be_hit() -> None:
    facts = result(counted=counted(("2026-10-31T12:00", "2026-11-01T00:00")))
    assert share(PerDay(Fraction(2), HOUR_MS), facts) == Fraction(2, 31)


def test_day_without_downtime_can_be_hit_where_the_limit_says_so() -> None:
    assert share(PerDay(Fraction(1), 0, GE), result()) == 1


def test_day_is_hit_by_what_its_downtime_weighs() -> None:
    facts = result(
        counted=counted(("2026-10-05T01:00", "2026-10-05T05:00")),
        weigh=lambda part: Fraction(length_ms(part), 2),
    )
    assert share(PerDay(Fraction(1), 2 * HOUR_MS, GE), facts) == Fraction(1, 31)
    assert share(PerDay(Fraction(1), 2 * HOUR_MS), facts) == 0
    assert share(PerDay(Fraction(1), 2 * HOUR_MS, GE, is_consecutive=True), facts) == Fraction(1, 31)


ANY = ((), Award(percent("10")))


@pytest.mark.parametrize(
    "rule",
    [
        Tiers((Tier(*ANY),), only_if_missed=True),
        Blocks(HOUR_MS, Award(percent("10")), only_if_missed=True),
        ProRata(only_if_missed=True),
        PerDay(Fraction(1), 0, GE, only_if_missed=True),
        Shortfall(percent("0.1"), Award(percent("10")), only_if_missed=True),
    ],
)
def test_rule_for_misses_gives_nothing_where_the_target_was_met(rule: CreditRule) -> None:
    assert share(rule, result("99", counted_ms=HOUR_MS, is_met=True)) == 0
    assert share(rule, result("99", counted_ms=HOUR_MS, is_met=False)) > 0


@pytest.mark.parametrize("rule", [Tiers((Tier(*ANY),)), Blocks(HOUR_MS, Award(percent("10")))])
def test_rule_for_all_periods_gives_also_where_the_target_was_met(rule: CreditRule) -> None:
    assert share(rule, result("99", counted_ms=HOUR_MS, is_met=True)) == percent("10")


FIVE, NONE, EIGHT = (Tiers((Tier((), Award(percent(text))),)) for text in ("5", "0", "8"))


def test_yields_are_those_of_the_rules_that_give_anything() -> None:
    yields, total, is_capped = credit_of(CreditRules((FIVE, NONE, EIGHT)), result())
    assert yields == (Yield(0, percent("5")), Yield(2, percent("8")))
    assert (total, is_capped) == (percent("8"), False)


@pytest.mark.parametrize(("combine", "total"), [(Combine.MAX, "8"), (Combine.SUM, "13")])
def test_rules_combine_as_the_contract_says(combine: Combine, total: str) -> None:
    assert credit_of(CreditRules((FIVE, EIGHT), combine), result())[1] == percent(total)


@pytest.mark.parametrize(
    ("cap", "total", "is_capped"), [("13", "13", False), ("12.9", "12.9", True), ("14", "13", False), ("0", "0", True)]
)
def test_cap_takes_what_is_beyond_it(cap: str, total: str, is_capped: bool) -> None:
    rules = CreditRules((FIVE, EIGHT), Combine.SUM, percent(cap))
    assert credit_of(rules, result())[1:] == (percent(total), is_capped)


def test_no_rules_give_nothing() -> None:
    assert credit_of(CreditRules(), result()) == ((), Fraction(0), False)


@pytest.mark.parametrize("combine", Combine)
def test_nothing_combined_is_nothing(combine: Combine) -> None:
    assert combined_shares([], combine) == 0


def test_period_that_begins_within_a_day_counts_that_day() -> None:
    period = Window(at("2026-10-05T12:00", BERLIN), at("2026-10-06T12:00", BERLIN))
    facts = result(counted=counted(("2026-10-05T12:00", "2026-10-05T14:00")))
    assert share(PerDay(Fraction(1), HOUR_MS), replace(facts, period=period)) == Fraction(1, 31)
