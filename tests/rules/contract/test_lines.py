"""The lines of judgements, word by word: a period of a thousand seconds, so that a per cent is ten."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.rules.contract.stories import history
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
from uptally.model.downtime import BucketTime, Counted, DowntimeRule, RequestMode, Requests, Run
from uptally.model.facts import Exclusion, Facts, RequestCount, RequestCounts
from uptally.model.fee import ClaimRule, Fee, LeastCredit, Proration
from uptally.model.terms import (
    Composite,
    CompositeMode,
    Denominator,
    DenominatorKind,
    ExclusionRule,
    ExclusionRules,
    Hours,
    PartialPeriod,
    RatioRounding,
    ServiceWindow,
    StartsAt,
    Terms,
    Unknown,
    Weekly,
)
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.explain import lines_of
from uptally.rules.contract.wording import downtime_text, seconds
from uptally.units.money import Rounding
from uptally.units.time import MINUTE_MS, SECOND_MS, Window

PERIOD = Window(0, 1_000_000)
HEAD = "P: 1970-01-01T00:00:00Z to 1970-01-01T00:16:40Z, UTC"
BARE = Terms.bare("gold", Fraction(99, 100))
DOWN_20 = Facts({"web": history("d" * 20, each_ms=SECOND_MS)})
COUNTED_20 = "always: downtime that counts: 20 s (every millisecond counts)"
SHARE_20 = "always: availability = 1 - 20 / 1000 = 98%"
MISSED = "always: promised: at least 99%; missed"
OVERDRAWN = "always: downtime allowed: (100% - 99%) x 1000 s = 10 s; overdrawn by 10 s"


def lines(terms: Terms = BARE, facts: Facts = DOWN_20, period: Window = PERIOD) -> list[str]:
    (found,) = judge(terms, facts, [("P", period)]).periods
    return list(lines_of(terms, found))


def credited(*rules: CreditRule, combine: Combine = Combine.MAX, cap: Fraction | None = None) -> Terms:
    """Return terms with a credit, and without a fee."""
    return replace(BARE, windows=(ServiceWindow("always", BARE.target, credit=CreditRules(rules, combine, cap)),))


TENTH = Tiers((Tier((Bound(Comparison.LT, Fraction(99, 100)),), Award(Fraction(1, 10))),))
PAID = replace(credited(TENTH), fee=Fee(Decimal("1000.00"), "EUR"))


def test_miss_is_told_from_the_time_to_the_budget() -> None:
    assert lines() == [HEAD, "always: 1000 s of service time", COUNTED_20, SHARE_20, MISSED, OVERDRAWN]


def test_hit_is_told_with_what_is_left_of_the_budget() -> None:
    assert lines(facts=Facts({"web": history("d" * 7, each_ms=500)}))[2:] == [
        "always: downtime that counts: 3.5 s (every millisecond counts)",
        "always: availability = 1 - 3.5 / 1000 = 99.65%",
        "always: promised: at least 99%; met",
        "always: downtime allowed: (100% - 99%) x 1000 s = 10 s; 6.5 s left",
    ]


def test_budget_that_is_just_used_up_is_not_overdrawn() -> None:
    assert lines(facts=Facts({"web": history("d" * 10, each_ms=SECOND_MS)}))[-1].endswith("= 10 s; 0 s left")


def test_figure_that_no_decimal_can_write_is_cut_off_and_says_so() -> None:
    assert lines(period=Window(0, 999_000))[3] == "always: availability = 1 - 20 / 999 = 97.997997...%"


def test_seconds_that_no_decimal_can_write_are_cut_off_after_the_millisecond() -> None:
    assert (seconds(Fraction(2_000, 3)), seconds(Fraction(1_500))) == ("0.666...", "1.5")


def test_promise_of_more_than_the_target_is_told() -> None:
    assert lines(replace(BARE, is_met_at_equality=False))[4] == "always: promised: more than 99%; missed"


def test_instants_are_told_to_the_millisecond_where_they_have_any() -> None:
    assert lines(period=Window(1, 1_000_000))[0] == "P: 1970-01-01T00:00:00.001Z to 1970-01-01T00:16:40Z, UTC"


def test_exclusions_are_told_with_what_they_took() -> None:
    rules = ExclusionRules(
        (
            ExclusionRule("maintenance", most_ms=5_000),
            ExclusionRule("upgrade", notice_ms=0),
            ExclusionRule("night", only_during=(Hours(frozenset(range(7)), 12 * 60 * MINUTE_MS, 13 * 60 * MINUTE_MS),)),
        )
    )
    exclusions = (
        Exclusion("M1", "maintenance", 0, 10_000, None),
        Exclusion("U:1", "upgrade", 0, 10_000, None),
        Exclusion("S1", "strike", 0, 10_000, None),
        Exclusion("N1", "night", 0, 10_000, None),
    )
    assert lines(replace(BARE, exclusions=rules), replace(DOWN_20, exclusions=exclusions)) == [
        HEAD,
        "always: 1000 s of service time - 5 s excluded = 995 s",
        "always: 5 s of downtime lie in exclusions and do not count",
        "always: downtime that counts: 15 s (every millisecond counts)",
        "always: availability = 1 - 15 / 995 = 98.492462...%",
        MISSED,
        "always: downtime allowed: (100% - 99%) x 995 s = 9.95 s; overdrawn by 5.05 s",
        "exclusion M1 counts",
        "night outside the hours that it may take does not count",
        "exclusion U:1 does not count: it was not announced in time",
        "exclusion S1 does not count: the terms know none of its kind",
        "maintenance beyond what it may take of a period does not count",
    ]


@pytest.mark.parametrize(
    ("unknown", "line"),
    [
        (Unknown.AS_UP, "always: 30 s are unknown and count as up"),
        (Unknown.AS_DOWN, "always: 30 s are unknown and count as down"),
        (Unknown.LEAVE_OUT, "always: 1000 s - 30 s unknown = 970 s measured"),
    ],
)
def test_unknown_time_is_told_with_what_it_counts_as(unknown: Unknown, line: str) -> None:
    facts = Facts({"web": history("d" * 20 + "?" * 30, each_ms=SECOND_MS)})
    assert lines(replace(BARE, unknown=unknown), facts)[2] == line


@pytest.mark.parametrize(
    ("denominator", "line"),
    [
        (Denominator(DenominatorKind.FIXED, 2_000_000), "always: divided by 2000 s, by the contract"),
        (Denominator(DenominatorKind.NOMINAL_DAYS), "always: divided by 86400 s, days of 24 hours"),
    ],
)
def test_number_that_downtime_is_divided_by_is_told(denominator: Denominator, line: str) -> None:
    assert lines(replace(BARE, denominator=denominator))[2] == line


def test_availability_that_would_be_below_zero_says_so() -> None:
    terms = replace(BARE, denominator=Denominator(DenominatorKind.FIXED, 10_000))
    assert "always: availability = 1 - 20 / 10 = 0%, not below 0%" in lines(terms)
    terms = replace(BARE, denominator=Denominator(DenominatorKind.FIXED, 20_000))
    assert "always: availability = 1 - 20 / 20 = 0%" in lines(terms)


def test_what_the_definition_leaves_and_how_much_it_weighs_are_told() -> None:
    terms = replace(BARE, downtime=Run(30_000), has_impact=True, starts_at=StartsAt.REPORT)
    assert lines(terms)[2:6] == [
        "always: downtime that counts: 0 s (an outage counts as a whole if, within the service time, it lasts >= 30s)",
        "always: an outage counts for the share of the users that it affected",
        "always: downtime counts from the customer's report",
        "always: 20 s of downtime do not count by that definition",
    ]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (BucketTime(MINUTE_MS), "intervals of 1m count as a whole where any of it is down"),
        (BucketTime(MINUTE_MS, needs_all=True), "intervals of 1m count as a whole where all of it is down"),
        (
            Run(5 * MINUTE_MS, Comparison.GT, is_incident=True, counted=Counted.EXCESS),
            "an outage counts with what lies beyond if, as it happened, it lasts > 5m",
        ),
        (
            Run(MINUTE_MS, counted=Counted.WHOLE_MINUTES),
            "an outage counts in whole minutes if, within the service time, it lasts >= 1m",
        ),
        (Requests(MINUTE_MS, RequestMode.AVERAGE), "the bad share is the mean of their error rates"),
        (Requests(MINUTE_MS, RequestMode.RATIO), "the bad share is all failed requests over all requests"),
        (
            Requests(MINUTE_MS, RequestMode.THRESHOLD, threshold=Fraction(5, 100)),
            "bad are those with an error rate > 5%",
        ),
        (
            Requests(
                MINUTE_MS,
                RequestMode.THRESHOLD,
                threshold=Fraction(1, 100),
                comparison=Comparison.GE,
                least_requests=2,
                least_run=2,
            ),
            "bad are those in a row of at least 2 with an error rate >= 1% of at least 2 requests",
        ),
    ],
)
def test_definition_of_downtime_is_told_in_words(rule: DowntimeRule, text: str) -> None:
    assert downtime_text(rule) == text


def test_error_rates_are_told_with_their_intervals() -> None:
    terms = replace(BARE, downtime=Requests(MINUTE_MS, RequestMode.RATIO))
    facts = Facts({}, requests=RequestCounts(RequestCount(100, 2), {}))
    facts = replace(facts, components=DOWN_20.components)
    assert lines(terms, facts)[1:4] == [
        "always: 1000 s in intervals of 1m; the bad share is all failed requests over all requests",
        "always: their bad share is 20 s",
        SHARE_20,
    ]


def test_weighted_components_are_told_each_and_together() -> None:
    weights = {"web": Fraction(3), "api": Fraction(1, 2)}
    terms = replace(BARE, composite=Composite(CompositeMode.WEIGHTED, weights=weights))
    facts = Facts({"web": history("d" * 70, each_ms=SECOND_MS), "api": history("")})
    assert lines(terms, facts)[3:6] == [
        "always: web, which weighs 3: 93%",
        "always: api, which weighs 0.5: 100%",
        "always: availability, their weighted mean: 94%",
    ]


def test_rounding_of_the_contract_is_told() -> None:
    terms = replace(BARE, rounding=RatioRounding(1, Rounding.HALF_UP))
    facts = Facts({"web": history("d" * 22, each_ms=SECOND_MS)})
    assert "always: rounded by the contract to 1 decimals, half_up: 97.8%" in lines(terms, facts)


def test_window_without_time_says_so() -> None:
    never = ServiceWindow("nights", BARE.target, Weekly((Hours(frozenset(range(7)), 1, 2),)))
    terms = replace(BARE, windows=(never,))
    period = Window(1_000, 1_000_000)
    assert lines(terms, period=period)[1:] == [
        "nights: 0 s of service time",
        "nights: downtime that counts: 0 s (every millisecond counts)",
        "nights: no time to measure, so no availability and no credit",
    ]
    fixed = Denominator(DenominatorKind.FIXED, 30 * 60 * MINUTE_MS)
    for taken in (terms, replace(terms, denominator=fixed)):
        assert lines(replace(taken, is_full_without_service=True), period=period)[-1] == (
            "nights: no time to measure, which the terms take for 100%"
        )


ONE_PERCENT = Award(Fraction(1, 100))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (TENTH, "the tier of availability < 99%: 10%"),
        (
            Tiers(
                (
                    Tier((Bound(Comparison.LT, Fraction(99, 100)),), Award(Fraction(1, 10))),
                    Tier(
                        (Bound(Comparison.LT, Fraction(985, 1000)), Bound(Comparison.GE, Fraction(95, 100))),
                        Award(Fraction(1, 4)),
                    ),
                    Tier((Bound(Comparison.LT, Fraction(90, 100)),), Award(Fraction(1))),
                )
            ),
            "the tier of availability < 98.5% and >= 95%: 25%",
        ),
        (
            Tiers((Tier((Bound(Comparison.GT, Fraction(10_000)),), ONE_PERCENT),), of_downtime=True),
            "the tier of downtime > 10 s: 1%",
        ),
        (Tiers((Tier((), ONE_PERCENT),)), "the tier of availability: 1%"),
        (ProRata(Fraction(5, 2)), "2.5 times the share of the time that was down: 5%"),
        (
            ProRata(Fraction(1), over_budget=True),
            "1 times the share of the time that was down beyond what is allowed: 1%",
        ),
        (PerDay(Fraction(1), 10_000), "1 day for each local day with downtime > 10s: 100%"),
        (
            PerDay(Fraction(3, 2), 10_000, Comparison.GE, is_consecutive=True),
            "1.5 days for each local day with downtime >= 10s in one piece: 150%",
        ),
        (Shortfall(Fraction(1, 200), ONE_PERCENT), "1% for each whole 0.5% below the target: 2%"),
        (
            Shortfall(Fraction(1, 100), ONE_PERCENT, counts_started=True),
            "1% for each started 1% below the target: 1%",
        ),
        (Blocks(5_000, ONE_PERCENT), "1% for each whole 5s of downtime: 4%"),
        (
            Blocks(6_000, ONE_PERCENT, counts_started=True, over_budget=True),
            "1% for each started 6s of downtime beyond what is allowed: 2%",
        ),
        (
            Blocks(5_000, ONE_PERCENT, each_outage_ms=2_000),
            "1% for each whole 5s of downtime of each outage of at least 2s: 4%",
        ),
    ],
)
def test_credit_is_told_with_what_it_is_given_for(rule: CreditRule, text: str) -> None:
    assert lines(credited(rule))[6:] == [
        f"always: credit by {text} of the fee",
        f"credit: {text.split(': ')[-1]} of the fee",
    ]


@pytest.mark.parametrize(("combine", "word", "share"), [(Combine.MAX, "largest", "10%"), (Combine.SUM, "sum", "11%")])
def test_several_credits_are_told_with_how_they_combine(combine: Combine, word: str, share: str) -> None:
    assert lines(credited(TENTH, Tiers((Tier((), ONE_PERCENT),)), combine=combine))[8:] == [
        f"always: of several credits, the {word} counts",
        f"credit: {share} of the fee",
    ]


def test_cap_of_a_window_is_told() -> None:
    assert lines(credited(TENTH, cap=Fraction(5, 100)))[7:] == [
        "always: no more than 5% by the cap",
        "credit: 5% of the fee",
    ]


def test_credits_of_several_windows_are_told_together() -> None:
    windows = (
        ServiceWindow("all", BARE.target, credit=CreditRules((TENTH,))),
        ServiceWindow("also", BARE.target),
    )
    shown = lines(replace(PAID, windows=windows))
    assert "credit of several windows (all 10%, also 0%): the largest" in shown
    shown = lines(replace(PAID, windows=windows, credit_combine=Combine.SUM))
    assert "credit of several windows (all 10%, also 0%): the sum" in shown
    none = (ServiceWindow("all", BARE.target), ServiceWindow("also", BARE.target))
    assert lines(replace(PAID, windows=none))[-1] == "credit: none"
    assert not [line for line in lines(replace(PAID, windows=none)) if line.startswith("credit of")]


def test_credit_in_money_is_told_with_its_sum_and_its_rounding() -> None:
    assert lines(PAID)[6:] == [
        "always: credit by the tier of availability < 99%: 10% of the fee",
        "credit: 1000 EUR x 10% = 100.00 EUR (rounded to 2 decimals, half_even)",
        "due: 100.00 EUR",
    ]


def test_part_of_the_fee_is_told() -> None:
    terms = replace(
        PAID,
        fee=Fee(Decimal("1000.00"), "EUR", proration=Proration.EXACT_TIME),
        contract=Window(0, 500_000),
    )
    assert "credit: 1000 EUR x 0.5 (part of the period) x 10% = 50.00 EUR (rounded to 2 decimals, half_even)" in lines(
        terms
    )


def test_tax_is_told_with_its_rate() -> None:
    terms = replace(PAID, fee=Fee(Decimal("1000.00"), "EUR", tax=Fraction(19, 100)))
    assert lines(terms)[-1] == "due: 100.00 EUR and 19.00 EUR of tax (19%)"


def test_credit_below_the_minimum_is_told_with_it() -> None:
    terms = replace(PAID, least_credit=LeastCredit(Decimal("100.00"), Comparison.GT))
    assert lines(terms)[7:] == [
        "credit: 1000 EUR x 10% = 100.00 EUR (rounded to 2 decimals, half_even)",
        "none is issued: it would have to be > 100.00 EUR",
    ]
    enough = replace(PAID, least_credit=LeastCredit(Decimal("100.00"), Comparison.GE))
    assert lines(enough) == lines(PAID)


@pytest.mark.parametrize(
    ("claimed_ms", "end"),
    [
        (None, ["no claim is on record", "due: 0.00 EUR"]),
        (172_799_999, ["claimed in time", "due: 100.00 EUR"]),
        (172_800_000, ["claimed too late", "due: 0.00 EUR"]),
    ],
)
def test_claim_is_told_with_its_deadline(claimed_ms: int | None, end: list[str]) -> None:
    claims = {} if claimed_ms is None else {"P": claimed_ms}
    shown = lines(replace(PAID, claim=ClaimRule(1)), replace(DOWN_20, claims=claims))
    assert shown[8:] == [f"to be claimed before 1970-01-03T00:00:00Z: {end[0]}", end[1]]


def test_nothing_due_is_not_to_be_claimed() -> None:
    assert lines(replace(PAID, claim=ClaimRule(1)), Facts({"web": history("")}))[-1] == "credit: none"
    shown = lines(replace(PAID, claim=ClaimRule(1), least_credit=LeastCredit(Decimal(500), Comparison.GE)))
    assert shown[-1] == "none is issued: it would have to be >= 500 EUR"


@pytest.mark.parametrize(
    ("terms", "line"),
    [
        (replace(PAID, credit_cap=Fraction(5, 100)), "the credit is cut to the cap of the period"),
        (
            replace(PAID, credit_cap_12_months=Fraction(5, 100)),
            "the credit is cut to what the cap over twelve months leaves",
        ),
        (
            replace(PAID, contract=Window(0, 999_999), partial_period=PartialPeriod.NO_CREDIT),
            "a part of a period gives no credit",
        ),
    ],
)
def test_what_cuts_a_credit_is_told(terms: Terms, line: str) -> None:
    assert line in lines(terms)
    assert line not in lines(PAID)
