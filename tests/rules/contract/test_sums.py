"""The sums of one component in one service window, over stories of which each letter is a millisecond."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, drawn, history
from uptally.model.downtime import BucketTime, RequestMode, Requests, Run
from uptally.model.facts import Exclusion, Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.terms import (
    Denominator,
    DenominatorKind,
    ExclusionRule,
    ExclusionRules,
    OpenPeriod,
    PartialPeriod,
    StartsAt,
    Terms,
    Unknown,
)
from uptally.rules.contract.exclusions import Candidates, candidates
from uptally.rules.contract.sums import Scene, Sums, WindowTime, sums_of, weighed_ms, window_time
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import DAY_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
PERIOD = Window(0, 20)
WHOLE: Stretches = ((0, 20),)
BARE = Terms.bare("gold", Fraction(999, 1000))


def scene(
    terms: Terms = BARE, facts: Facts | None = None, *, excluded: Stretches = NEVER, period: Window = PERIOD
) -> Scene:
    """Return a scene in which some time is excluded."""
    facts = facts or Facts({})
    exclusions = [Exclusion(f"M{start_ms}", "maintenance", start_ms, end_ms, None) for start_ms, end_ms in excluded]
    known = replace(terms, exclusions=replace(terms.exclusions, rules=(ExclusionRule("maintenance"),)))
    return Scene(known, facts, "P", period, candidates(known, exclusions, period, as_of_ms=facts.as_of_ms))


def sums(
    story: str,
    terms: Terms = BARE,
    *,
    excluded: str = "",
    scheduled: Stretches = WHOLE,
    facts: Facts | None = None,
    component: History | None = None,
) -> Sums:
    found = scene(terms, facts, excluded=drawn(excluded))
    return sums_of(found, window_time(found, scheduled), component or history(story))


def figures(found: Sums) -> dict[str, int]:
    """Return what is not nothing of some sums, by name."""
    return {name: int(value) for name, value in found._asdict().items() if name.endswith("_ms") and value}


def told(found: Sums, names: str) -> list[object]:
    """Return some figures of sums by their names."""
    return [getattr(found, f"{name}_ms") for name in names.split()]


def test_component_that_was_up_has_no_downtime() -> None:
    assert figures(sums("u" * 20)) == {"scheduled_ms": 20, "agreed_ms": 20, "denominator_ms": 20, "service_ms": 20}


def test_down_time_in_the_window_counts() -> None:
    found = sums("ddd  ddd", scheduled=((2, 6), (10, 20)))
    assert figures(found) == {
        "scheduled_ms": 14,
        "agreed_ms": 14,
        "denominator_ms": 14,
        "service_ms": 14,
        "counted_ms": 2,
        "down_ms": 2,
    }
    assert found.counted == ((2, 3), (5, 6))


@pytest.mark.parametrize(
    ("unknown", "counted_ms", "denominator_ms"),
    [(Unknown.AS_UP, 2, 20), (Unknown.AS_DOWN, 6, 20), (Unknown.LEAVE_OUT, 2, 16)],
)
def test_unknown_time_counts_as_the_terms_say(unknown: Unknown, counted_ms: int, denominator_ms: int) -> None:
    found = sums("dd????", replace(BARE, unknown=unknown))
    assert figures(found) == {
        "scheduled_ms": 20,
        "agreed_ms": 20,
        "denominator_ms": denominator_ms,
        "service_ms": denominator_ms,
        "counted_ms": counted_ms,
        "unknown_ms": 4,
        "down_ms": 2,
    }


@pytest.mark.parametrize(
    ("unknown", "counted_ms", "ignored_ms"), [(Unknown.AS_UP, 0, 4), (Unknown.AS_DOWN, 6, 0), (Unknown.LEAVE_OUT, 0, 4)]
)
def test_unknown_time_bridges_a_run_only_where_it_is_down(unknown: Unknown, counted_ms: int, ignored_ms: int) -> None:
    found = sums("dd??dd", replace(BARE, unknown=unknown, downtime=Run(3)))
    assert told(found, "counted ignored unknown down") == [counted_ms, ignored_ms, 2, 4]


def test_excluded_time_is_neither_down_nor_unknown_nor_agreed() -> None:
    found = sums("dddd????", excluded="  ####")
    assert figures(found) == {
        "scheduled_ms": 20,
        "agreed_ms": 16,
        "denominator_ms": 14,
        "service_ms": 14,
        "counted_ms": 2,
        "down_ms": 2,
        "unknown_ms": 2,
        "excluded_ms": 2,
    }


def test_excluded_time_may_stay_in_the_denominator_as_up() -> None:
    terms = replace(BARE, exclusions=ExclusionRules(counts_as_up=True))
    found = sums("dddd", terms, excluded="  ####")
    assert told(found, "agreed denominator counted excluded") == [20, 20, 2, 2]


def test_down_time_that_the_definition_leaves_is_ignored() -> None:
    found = sums("ddd uu d", replace(BARE, downtime=Run(2)))
    assert told(found, "counted ignored down") == [3, 1, 4]


CONTRACT = Window(5, 15)


@pytest.mark.parametrize(
    ("part", "scheduled_ms"),
    [
        (PartialPeriod.MEASURE_PART, 10),
        (PartialPeriod.NO_CREDIT, 10),
        (PartialPeriod.REST_COUNTS_AS_UP, 20),
    ],
)
def test_only_contract_time_is_read_and_the_rest_may_count_as_up(part: PartialPeriod, scheduled_ms: int) -> None:
    found = sums("d" * 20, replace(BARE, contract=CONTRACT, partial_period=part))
    assert told(found, "scheduled denominator counted") == [scheduled_ms, scheduled_ms, 10]


def test_exclusion_outside_the_contract_leaves_time_out_where_the_rest_counts_as_up() -> None:
    terms = replace(BARE, contract=CONTRACT, partial_period=PartialPeriod.REST_COUNTS_AS_UP)
    found = sums("d" * 20, terms, excluded="###  ##")
    assert told(found, "agreed counted excluded") == [15, 8, 2]


@pytest.mark.parametrize(("open_period", "scheduled_ms"), [(OpenPeriod.ELAPSED, 8), (OpenPeriod.FULL_PERIOD, 20)])
def test_time_after_the_look_is_not_read_and_may_count_as_up(open_period: OpenPeriod, scheduled_ms: int) -> None:
    found = sums("d" * 20, replace(BARE, open_period=open_period), facts=Facts({}, as_of_ms=8))
    assert told(found, "scheduled denominator counted") == [scheduled_ms, scheduled_ms, 8]


def test_window_time_of_a_period_that_has_ended_is_whole() -> None:
    found = scene(facts=Facts({}, as_of_ms=20))
    assert window_time(found, WHOLE) == WindowTime(WHOLE, WHOLE, window_time(scene(), WHOLE).excluded)


def test_component_is_measured_while_it_is_deployed() -> None:
    component = history("dd  dd  dd")._replace(deployed=((1, 9),))
    found = sums("", component=component, excluded="     ##")
    assert figures(found) == {
        "scheduled_ms": 8,
        "agreed_ms": 6,
        "denominator_ms": 6,
        "service_ms": 6,
        "counted_ms": 3,
        "down_ms": 3,
        "excluded_ms": 1,
    }


def test_component_that_never_was_deployed_has_no_time() -> None:
    assert figures(sums("", component=history("dd")._replace(deployed=NEVER))) == {}


@pytest.mark.parametrize(("starts_at", "counted_ms", "ignored_ms"), [(StartsAt.OUTAGE, 6, 0), (StartsAt.REPORT, 2, 4)])
def test_downtime_may_begin_with_the_report(starts_at: StartsAt, counted_ms: int, ignored_ms: int) -> None:
    found = sums("dddddd", replace(BARE, starts_at=starts_at), facts=Facts({}, reported=((4, 9),)))
    assert told(found, "counted ignored down") == [counted_ms, ignored_ms, 6]


HALF_AND_THIRD = (Impact(0, 4, Fraction(1, 2)), Impact(4, 7, Fraction(1, 3)))


def test_outage_of_some_users_counts_their_share() -> None:
    terms = replace(BARE, has_impact=True)
    component = History(down=((0, 8),), impacts=HALF_AND_THIRD)
    # 4 * 1/2 + 3 * 1/3 + 1 whole.
    found = sums("", terms, component=component)
    assert told(found, "counted ignored down") == [4, 0, 8]


def test_share_is_of_what_counts() -> None:
    component = History(down=((0, 8),), impacts=HALF_AND_THIRD)
    assert weighed_ms(replace(BARE, has_impact=True), component, ((3, 5),)) == Fraction(1, 2) + Fraction(1, 3)


def test_share_is_ignored_where_the_terms_do_not_ask_for_it() -> None:
    assert weighed_ms(BARE, History(down=((0, 8),), impacts=HALF_AND_THIRD), ((0, 8),)) == 8


def test_downtime_by_error_rates_counts_in_full_whatever_share_an_outage_had() -> None:
    terms = replace(BARE, has_impact=True, downtime=Requests(10, RequestMode.THRESHOLD))
    assert weighed_ms(terms, History(down=((0, 8),), impacts=HALF_AND_THIRD), ((0, 8),)) == 8


@pytest.mark.parametrize(
    ("denominator", "expected_ms"),
    [
        (Denominator(), 25 * DAY_MS // 24),
        (Denominator(DenominatorKind.NOMINAL_DAYS), DAY_MS),
        (Denominator(DenominatorKind.FIXED, 12_345), 12_345),
    ],
)
def test_denominator_is_the_time_as_it_was_or_a_number(denominator: Denominator, expected_ms: int) -> None:
    berlin = replace(BARE, zone=BERLIN, denominator=denominator)
    period = Window(at("2026-10-25", BERLIN), at("2026-10-26", BERLIN))
    found = scene(berlin, period=period)
    assert sums_of(found, window_time(found, (period,)), History()).denominator_ms == expected_ms


@pytest.mark.parametrize("kind", [DenominatorKind.FIXED, DenominatorKind.NOMINAL_DAYS])
def test_window_without_time_has_no_availability_whatever_the_number(kind: DenominatorKind) -> None:
    found = sums("", replace(BARE, denominator=Denominator(kind, 1_000)), scheduled=NEVER)
    assert found.denominator_ms > 0
    assert found.availability is None


def test_availability_is_exact_and_not_below_zero() -> None:
    assert sums("ddd").availability == Fraction(17, 20)
    assert sums("d" * 20, replace(BARE, denominator=Denominator(DenominatorKind.FIXED, 10))).availability == 0


def test_denominator_of_nothing_gives_no_availability() -> None:
    assert sums("", replace(BARE, denominator=Denominator(DenominatorKind.FIXED, 0))).availability is None


BY_REQUESTS = replace(BARE, downtime=Requests(5, RequestMode.AVERAGE))
BUSY = Facts({}, requests=RequestCounts(RequestCount(10, 0), {5: RequestCount(10, 4)}))


def test_error_rates_make_a_share_of_the_time_bad() -> None:
    # Four intervals, of which one has four failures of ten: a tenth of 20 ms.
    assert figures(sums("dddd??", BY_REQUESTS, facts=BUSY)) == {
        "scheduled_ms": 20,
        "agreed_ms": 20,
        "denominator_ms": 20,
        "service_ms": 20,
        "counted_ms": 2,
        "down_ms": 2,
    }


def test_excluded_intervals_are_not_agreed() -> None:
    found = sums("", BY_REQUESTS, facts=BUSY, excluded="#####")
    assert told(found, "scheduled agreed service") == [20, 15, 15]
    assert found.counted_ms == 15 * Fraction(4, 30)


def test_excluded_intervals_may_count_as_up() -> None:
    terms = replace(BY_REQUESTS, exclusions=ExclusionRules(counts_as_up=True))
    found = sums("", terms, facts=BUSY, excluded="     #####")
    assert told(found, "agreed counted") == [20, 0]


def test_intervals_that_are_down_are_told() -> None:
    rule = Requests(5, RequestMode.THRESHOLD, threshold=Fraction(1, 10))
    found = sums("", replace(BARE, downtime=rule), facts=BUSY)
    assert found.counted == ((5, 10),)
    assert found.counted_ms == 5


def test_no_requests_at_all_are_no_errors() -> None:
    assert sums("", BY_REQUESTS, facts=Facts({})).availability == 1


def test_average_without_service_time_has_no_availability_over_a_fixed_number() -> None:
    terms = replace(BY_REQUESTS, denominator=Denominator(DenominatorKind.FIXED, 100))
    found = sums("", terms, facts=BUSY, scheduled=NEVER)
    assert told(found, "denominator service") == [100, 0]
    assert found.availability is None


@pytest.mark.parametrize(
    ("contract", "is_part"),
    [
        (None, False),
        (Window(0, 20), False),
        (Window(-5, 25), False),
        (Window(1, 20), True),
        (Window(0, 19), True),
        (Window(30, 40), True),
    ],
)
def test_period_is_a_part_where_not_all_of_it_lies_in_the_contract(contract: Window | None, is_part: bool) -> None:
    assert Scene(replace(BARE, contract=contract), Facts({}), "P", PERIOD, Candidates((), ())).is_part is is_part


@pytest.mark.parametrize(
    ("needs_all", "story", "counted_ms"),
    [
        (True, "ddddd?????", 5),
        (True, "dddddu????", 0),
        (False, "duuuu?????", 5),
    ],
    ids=["all that is known of it is down", "some of it is up", "what is not known of it is left out"],
)
def test_unknown_time_that_is_left_out_is_no_part_of_an_interval_either(
    needs_all: bool, story: str, counted_ms: int
) -> None:
    terms = replace(BARE, downtime=BucketTime(10, needs_all=needs_all), unknown=Unknown.LEAVE_OUT)
    assert sums(story + 10 * "u", terms).counted_ms == counted_ms
