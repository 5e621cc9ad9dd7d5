"""Objectives besides availability, worked by hand and against brute force."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Tier, Tiers
from uptally.model.fee import Fee
from uptally.model.incident import Incident
from uptally.model.objective import (
    Figure,
    Measure,
    Objective,
    ObjectiveFacts,
    ObjectiveJudgement,
    Percentile,
    Promptness,
    Quotient,
    Step,
    Total,
)
from uptally.model.terms import Hours, ServiceWindow, Terms, Weekly
from uptally.rules.contract.objectives import judge_objectives
from uptally.rules.sketch import bucket_of
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Weekly((Hours(frozenset(range(5)), 8 * HOUR_MS, 18 * HOUR_MS),))
EVERY = Fraction(1)


def at(text: str) -> int:
    """Return an instant from UTC text."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


# In UTC, October 2026 begins on a Thursday.
OCTOBER = Window(at("2026-10-01"), at("2026-11-01"))
TERMS = Terms("gold", (ServiceWindow("office", Fraction(99, 100), OFFICE),))


def judged(
    measure: Measure,
    comparison: Comparison,
    limit: Fraction,
    facts: ObjectiveFacts,
    *,
    tiers: Tiers | None = None,
    terms: Terms = TERMS,
) -> ObjectiveJudgement:
    promised = replace(terms, objectives=(Objective("it", measure, comparison, limit, tiers),))
    [found] = judge_objectives(promised, facts, OCTOBER)
    return found


def told(found: ObjectiveJudgement) -> tuple[object, object]:
    return found.value, found.is_met


def latencies(**components: list[int]) -> ObjectiveFacts:
    counts = {name: Counter(map(bucket_of, values)) for name, values in components.items()}
    return ObjectiveFacts(OCTOBER.end_ms, latencies=counts)


def test_percentile_is_the_latency_that_so_many_answers_did_not_exceed() -> None:
    facts = latencies(web=[*range(1, 101)])
    found = judged(Percentile(Fraction(95, 100)), Comparison.LE, Fraction(95), facts)
    assert (*told(found), found.counts) == (95, True, {"answers": 100})
    assert found.lines == (
        "it: 95% of 100 good answers are 95: the latency of number 95 from the fastest",
        "it: promised: <= 0.095 ms; measured: 0.095 ms; met",
    )
    assert judged(Percentile(Fraction(951, 1000)), Comparison.LE, Fraction(95), facts).is_met is False


def test_percentile_takes_the_greatest_latency_of_the_bucket() -> None:
    # 300,000 us lies in the bucket from 299,008 to 303,103.
    facts = latencies(web=[300_000])
    found = judged(Percentile(Fraction(1, 2)), Comparison.LE, Fraction(300_000), facts)
    assert told(found) == (303_103, False)
    assert "it: it lies between 299.008 ms and 303.103 ms, and the greater counts" in found.lines
    assert judged(Percentile(Fraction(1, 2)), Comparison.LE, Fraction(303_103), facts).is_met is True


def test_percentile_of_several_components_is_the_slowest_ones() -> None:
    found = judged(Percentile(EVERY), Comparison.LE, Fraction(50), latencies(a=[10, 20], b=[90], c=[]))
    assert (*told(found), found.counts) == (90, False, {"answers": 3})
    assert found.lines[0] == "it: of 3 components b is the slowest"


@pytest.mark.parametrize("facts", [latencies(), latencies(web=[])])
def test_percentile_of_no_answer_is_not_known_and_earns_nothing(facts: ObjectiveFacts) -> None:
    found = judged(Percentile(EVERY), Comparison.LE, Fraction(50), facts, tiers=tiers(Comparison.GE, 0))
    assert told(found) == (None, None)
    assert (found.share, found.most) == (Fraction(0), Fraction(1, 10))


@given(st.lists(st.integers(0, 10_000_000), min_size=1), st.fractions(0, 1).filter(bool), st.integers(0, 10_000_000))
def test_percentile_is_never_better_than_the_sorted_lists_nor_a_64th_worse(
    values: list[int], share: Fraction, limit: int
) -> None:
    # Brute force: the smallest value that no smaller share of the list stays below.
    exact = min(each for each in values if sum(other <= each for other in values) >= share * len(values))
    found = judged(Percentile(share), Comparison.LE, Fraction(limit), latencies(web=values))
    assert found.value is not None
    assert exact <= found.value <= exact * Fraction(65, 64)
    assert not (found.is_met and exact > limit)


def tiers(comparison: Comparison, limit: Fraction | int, *, only_if_missed: bool = False) -> Tiers:
    bound = Bound(comparison, Fraction(limit))
    return Tiers((Tier((bound,), Award(Fraction(1, 10))),), only_if_missed=only_if_missed)


# Incidents


def incident(
    opened: str,
    number: int = 1,
    severity: str = "high",
    *,
    reported_ms: int | None = None,
    acknowledged_ms: int | None = None,
    responded_ms: int | None = None,
    restored_ms: int | None = None,
) -> Incident:
    steps = (reported_ms, acknowledged_ms, responded_ms, restored_ms)
    return Incident(f"i{number}", "it hangs", (), severity, "ann", at(opened), *steps)


def handled(*incidents: Incident, as_of: str = "2026-11-05") -> ObjectiveFacts:
    return ObjectiveFacts(at(as_of), incidents=incidents)


RESTORED_IN_4H = Promptness(Step.RESTORE, 4 * HOUR_MS, "office")


def test_only_service_time_counts_until_an_incident_is_restored() -> None:
    # Friday 16:00 to Monday 09:30: two hours on Friday, an hour and a half on Monday.
    facts = handled(incident("2026-10-09T16:00", restored_ms=at("2026-10-12T09:30")))
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, facts)
    assert told(found) == (1, True)
    assert found.lines[:2] == (
        "it: incident i1: restored after 3h30m of office time, at most 4h: in time",
        "it: 1 of 1 in time",
    )
    just = handled(incident("2026-10-09T16:00", restored_ms=at("2026-10-12T10:00")))
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, just).lines[:2] == (
        "it: incident i1: restored after 4h of office time, at most 4h: in time",
        "it: 1 of 1 in time",
    )
    late = handled(incident("2026-10-09T16:00", restored_ms=at("2026-10-12T10:00") + 1))
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, late).is_met is False


def test_without_a_window_all_time_counts() -> None:
    facts = handled(incident("2026-10-09T16:00", restored_ms=at("2026-10-12T09:30")))
    found = judged(Promptness(Step.RESTORE, 4 * HOUR_MS), Comparison.GE, EVERY, facts)
    assert found.lines[0] == "it: incident i1: restored after 2d17h30m of time, at most 4h: late"


def test_service_time_is_that_of_the_terms_zone() -> None:
    # 18:00 in Berlin is 16:00 in UTC.
    terms = replace(TERMS, zone=BERLIN)
    facts = handled(incident("2026-10-09T16:00", restored_ms=at("2026-10-09T23:00")))
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, facts, terms=terms)
    assert found.lines[0].startswith("it: incident i1: restored after 0s of office time")


def test_a_share_of_the_incidents_may_be_promised() -> None:
    noon = at("2026-10-05T12:00")
    quick = [incident("2026-10-05T12:00", each, restored_ms=noon + HOUR_MS) for each in range(19)]
    slow = incident("2026-10-05T12:00", 19, restored_ms=noon + 5 * HOUR_MS)
    found = judged(RESTORED_IN_4H, Comparison.GE, Fraction(95, 100), handled(*quick, slow))
    assert told(found) == (Fraction(19, 20), True)
    assert found.counts == {"incidents": 20, "in_time": 19, "pending": 0}
    assert judged(RESTORED_IN_4H, Comparison.GE, Fraction(95, 100), handled(*quick[1:], slow)).is_met is False


@pytest.mark.parametrize(("as_of", "is_met"), [("2026-10-05T16:00", True), ("2026-10-05T16:01", False)])
def test_what_is_not_restored_yet_is_judged_by_what_has_passed(as_of: str, is_met: bool) -> None:
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, handled(incident("2026-10-05T12:00"), as_of=as_of))
    assert (found.is_met, found.counts["pending"]) == (is_met, 1)


def test_what_happens_after_the_look_has_not_happened() -> None:
    facts = handled(incident("2026-10-05T12:00", restored_ms=at("2026-10-05T13:00")), as_of="2026-10-05T12:30")
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, facts)
    assert found.lines[0] == "it: incident i1: not restored yet after 30m of office time, at most 4h: in time"
    just = replace(facts, as_of_ms=at("2026-10-05T13:00"))
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, just).counts["pending"] == 0
    earlier = replace(facts, as_of_ms=at("2026-10-05T12:00"))
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, earlier).counts["incidents"] == 0


def test_who_responds_has_acknowledged_but_who_acknowledges_has_not_responded() -> None:
    noon = at("2026-10-05T12:00")
    facts = handled(incident("2026-10-05T12:00", acknowledged_ms=noon + 60_000, restored_ms=noon + 2 * HOUR_MS))
    responded = judged(Promptness(Step.RESPOND, HOUR_MS), Comparison.GE, EVERY, facts)
    assert responded.lines[0] == "it: incident i1: responded to after 2h of time, at most 1h: late"
    facts = handled(incident("2026-10-05T12:00", responded_ms=noon + 60_000))
    acknowledged = judged(Promptness(Step.ACKNOWLEDGE, HOUR_MS), Comparison.GE, EVERY, facts)
    assert acknowledged.lines[0] == "it: incident i1: acknowledged after 1m of time, at most 1h: in time"


def test_the_clock_starts_with_the_customers_report_where_that_came_first() -> None:
    noon = at("2026-10-05T12:00")
    early = incident("2026-10-05T12:00", reported_ms=noon - HOUR_MS, restored_ms=noon + 3 * HOUR_MS + 1)
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, handled(early)).is_met is False
    late = replace(early, reported_ms=noon + HOUR_MS)
    assert judged(RESTORED_IN_4H, Comparison.GE, EVERY, handled(late)).is_met is True


def test_only_incidents_of_the_period_and_the_severity_count() -> None:
    facts = handled(
        incident("2026-09-30T23:59"),
        incident("2026-11-01T00:00"),
        incident("2026-10-05T12:00", severity="low"),
    )
    measure = replace(RESTORED_IN_4H, severities=frozenset({"high"}))
    found = judged(measure, Comparison.GE, EVERY, facts)
    assert (*told(found), found.counts["incidents"]) == (1, True, 0)
    assert found.lines[0] == "it: no incident, so none was late"


def test_incident_of_the_first_instant_of_the_period_counts() -> None:
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, handled(incident("2026-10-01T00:00")))
    assert found.counts["incidents"] == 1


def test_incidents_before_the_contract_do_not_count() -> None:
    terms = replace(TERMS, contract=Window(at("2026-10-10"), at("2027-10-10")))
    facts = handled(incident("2026-10-05T12:00"), incident("2026-10-12T12:00", 2))
    found = judged(RESTORED_IN_4H, Comparison.GE, EVERY, facts, terms=terms)
    assert (found.counts["incidents"], found.is_met) == (1, False)


MINUTES = st.integers(0, 31 * 24 * 60)


@given(st.lists(st.tuples(MINUTES, st.integers(0, 5_000) | st.none()), max_size=8), MINUTES, st.integers(0, 1_500))
def test_promptness_against_counting_minutes_on_the_clock(
    spans: list[tuple[int, int | None]], as_of: int, within: int
) -> None:
    def opens(minute: int) -> bool:
        local = datetime.fromtimestamp(OCTOBER.start_ms // 1000 + minute * 60, UTC).astimezone(BERLIN)
        return local.weekday() < 5 and 8 <= local.hour < 18

    now_ms = OCTOBER.start_ms + as_of * MINUTE_MS
    incidents, expected, total = [], 0, 0
    for number, (opened, length) in enumerate(spans):
        opened_ms = OCTOBER.start_ms + opened * MINUTE_MS
        restored_ms = None if length is None else opened_ms + length * MINUTE_MS
        incidents.append(Incident(str(number), "", (), "", "ann", opened_ms, restored_ms=restored_ms))
        if opened < as_of and opened_ms < OCTOBER.end_ms:
            end = as_of if length is None else min(as_of, opened + length)
            total += 1
            expected += sum(map(opens, range(opened, end))) <= within
    terms, facts = replace(TERMS, zone=BERLIN), ObjectiveFacts(now_ms, incidents=tuple(incidents))
    measure = Promptness(Step.RESTORE, within * MINUTE_MS, "office")
    # The period stays that of UTC, so that both count the same incidents.
    found = judged(measure, Comparison.GE, Fraction(9, 10), facts, terms=terms)
    assert found.value == (Fraction(expected, total) if total else 1)
    assert found.is_met is (10 * expected >= 9 * total)


# Business figures


def count(day: str, number: int | str, *, last: str = "", name: str = "leads", agreement: str = "") -> Figure:
    first = date.fromisoformat(day)
    return Figure(name, first, date.fromisoformat(last) if last else first, Fraction(number), None, agreement)


def ratio(day: str, over: int, under: int) -> Figure:
    return Figure("leads", date.fromisoformat(day), date.fromisoformat(day), Fraction(over), Fraction(under))


def figures(*each: Figure, as_of: str = "2026-11-01") -> ObjectiveFacts:
    return ObjectiveFacts(at(as_of), figures=each)


def test_total_is_the_sum_of_the_days() -> None:
    facts = figures(count("2026-10-01", 60), count("2026-10-31", 40), count("2026-10-05", 7, name="files"))
    found = judged(Total("leads"), Comparison.GE, Fraction(100), facts)
    assert (*told(found), found.counts) == (100, True, {"figures": 2, "days": 2})
    assert found.lines == (
        "it: 2 figures, for 2 of 31 days",
        "it: 60 + 40 = 100",
        "it: promised: >= 100; measured: 100; met",
    )


def test_floor_is_missed_only_once_the_period_is_over() -> None:
    facts = figures(count("2026-10-01", 99))
    over = judged(Total("leads"), Comparison.GE, Fraction(100), facts, tiers=tiers(Comparison.LT, 100))
    assert (over.is_met, over.share, over.most) == (False, Fraction(1, 10), Fraction(1, 10))
    facts = replace(facts, as_of_ms=OCTOBER.end_ms - 1)
    still = judged(Total("leads"), Comparison.GE, Fraction(100), facts, tiers=tiers(Comparison.LT, 100))
    assert told(still) == (99, None)
    assert (still.share, still.most) == (Fraction(0), Fraction(1, 10))
    assert still.lines[-1].endswith("not yet reached, and the period is not over")


def test_ceiling_that_is_broken_stays_broken() -> None:
    facts = figures(count("2026-10-01", 11), as_of="2026-10-02")
    assert judged(Total("leads"), Comparison.LE, Fraction(10), facts).is_met is False


def test_quotient_divides_sums_and_is_no_mean_of_ratios() -> None:
    facts = figures(ratio("2026-10-01", 1, 1), ratio("2026-10-02", 80, 100))
    found = judged(Quotient("leads"), Comparison.GE, Fraction(9, 10), facts)
    assert told(found) == (Fraction(81, 101), False)
    assert found.lines[1:4] == ("it: numerators: 1 + 80 = 81", "it: denominators: 1 + 100 = 101", "it: 81 / 101")
    assert "measured: 80.198019...%" in found.lines[4]


def test_quotient_of_nothing_is_not_known() -> None:
    found = judged(Quotient("leads"), Comparison.GE, Fraction(9, 10), figures(ratio("2026-10-01", 0, 0)))
    assert told(found) == (None, None)
    assert found.lines[-1] == "it: there is nothing to divide by"


def test_plain_quotient_is_written_as_a_number() -> None:
    hours = judged(Quotient("leads", is_percent=False), Comparison.LE, Fraction(4), figures(ratio("2026-10-01", 9, 2)))
    assert hours.lines[-1] == "it: promised: <= 4; measured: 4.5; missed"


def test_counts_are_no_ratios() -> None:
    assert judged(Quotient("leads"), Comparison.GE, EVERY, figures(count("2026-10-01", 5))).value is None
    assert judged(Total("leads"), Comparison.GE, EVERY, figures(ratio("2026-10-01", 5, 9))).value is None


def test_months_figure_takes_the_place_of_its_days() -> None:
    facts = figures(count("2026-10-01", 150, last="2026-10-31"), count("2026-10-04", 5))
    found = judged(Total("leads"), Comparison.GE, Fraction(155), facts)
    assert found.value == 150
    assert found.lines[1] == "it: left aside, its days being in another: 1 figure"


def test_figure_that_reaches_beyond_the_period_does_not_count() -> None:
    facts = figures(count("2026-10-31", 5, last="2026-11-01"), count("2026-11-02", 5))
    found = judged(Total("leads"), Comparison.GE, EVERY, facts)
    assert told(found) == (None, None)
    assert found.lines[0] == "it: left aside, reaching beyond the period: 1 figure"


def test_figure_before_the_contract_does_not_count() -> None:
    terms = replace(TERMS, contract=Window(at("2026-10-10"), at("2027-10-10")))
    facts = figures(count("2026-10-09", 5), count("2026-10-10", 7))
    assert judged(Total("leads"), Comparison.GE, EVERY, facts, terms=terms).value == 7


def test_agreements_own_figures_take_the_place_of_those_for_all() -> None:
    facts = figures(count("2026-10-09", 5), count("2026-10-10", 7, agreement="acme"))
    assert judged(Total("leads"), Comparison.GE, EVERY, facts).value == 7


@given(
    st.lists(st.tuples(st.integers(-5, 35), st.integers(1, 4), st.integers(0, 50)), max_size=12),
    st.integers(0, 200),
)
def test_total_against_marking_days_in_a_calendar(rows: list[tuple[int, int, int]], floor: int) -> None:
    begin = date(2026, 10, 1)
    facts = figures(
        *(
            Figure("leads", begin + timedelta(first), begin + timedelta(first + days - 1), Fraction(number), None)
            for first, days, number in rows
        )
    )
    # Brute force: the longest first, then the earliest, then as they came, each on days that are still free.
    free, total, used = set(range(31)), 0, 0
    for days in range(4, 0, -1):
        for first in range(31):
            for row_first, row_days, number in rows:
                if (row_first, row_days) == (first, days) and free.issuperset(range(first, first + days)):
                    free -= set(range(first, first + days))
                    total, used = total + number, used + 1
    found = judged(Total("leads"), Comparison.GE, Fraction(floor), facts)
    assert told(found) == ((total, total >= floor) if used else (None, None))
    assert found.counts == {"figures": used, "days": 31 - len(free)}


# Credit


def test_best_tier_that_holds_is_the_credit() -> None:
    steps = Tiers(
        tuple(
            Tier((Bound(Comparison.LT, Fraction(limit)),), Award(Fraction(percent, 100)))
            for limit, percent in ((100, 5), (50, 20))
        )
    )
    for number, share in ((100, 0), (99, 5), (50, 5), (49, 20)):
        found = judged(Total("leads"), Comparison.GE, EVERY, figures(count("2026-10-01", number)), tiers=steps)
        assert found.share == Fraction(share, 100)
    assert found.lines[-1] == "it: credit by the tier of 49: 20% of the fee"


def test_tier_that_needs_a_miss_gives_nothing_without_one() -> None:
    facts = figures(count("2026-10-01", 80))
    wide = tiers(Comparison.LT, 100, only_if_missed=True)
    assert judged(Total("leads"), Comparison.GE, Fraction(80), facts, tiers=wide).share == 0
    assert judged(Total("leads"), Comparison.GE, Fraction(81), facts, tiers=wide).share == Fraction(1, 10)


@pytest.mark.parametrize(("day_basis", "share"), [(None, Fraction(2, 31)), (Fraction(30), Fraction(2, 30))])
def test_days_of_credit_are_days_of_the_fee(day_basis: Fraction | None, share: Fraction) -> None:
    terms = replace(TERMS, fee=Fee(Decimal(100), "EUR", day_basis=day_basis))
    two_days = Tiers((Tier((), Award(days=Fraction(2))),))
    facts = figures(count("2026-10-01", 0))
    assert judged(Total("leads"), Comparison.GE, EVERY, facts, tiers=two_days, terms=terms).share == share


def test_days_of_credit_are_told_where_nothing_is_known_too() -> None:
    terms = replace(TERMS, fee=Fee(Decimal(100), "EUR"))
    two_days = Tiers((Tier((), Award(days=Fraction(2))),))
    found = judged(Total("leads"), Comparison.GE, EVERY, figures(), tiers=two_days, terms=terms)
    assert (found.share, found.most) == (Fraction(0), Fraction(2, 31))


def test_objectives_are_judged_in_the_order_of_the_terms() -> None:
    names = [Objective(name, Total("leads"), Comparison.GE, EVERY) for name in ("b", "a")]
    found = judge_objectives(replace(TERMS, objectives=tuple(names)), figures(), OCTOBER)
    assert [each.name for each in found] == ["b", "a"]


def test_period_of_a_day_has_figures_of_that_day_only() -> None:
    promised = replace(TERMS, objectives=(Objective("it", Total("leads"), Comparison.GE, EVERY),))
    day = Window(OCTOBER.start_ms, OCTOBER.start_ms + DAY_MS)
    facts = figures(count("2026-10-01", 3), count("2026-10-02", 4))
    assert judge_objectives(promised, facts, day)[0].value == 3
