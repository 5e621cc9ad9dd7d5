"""Agreements and a ledger become statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.books.agreed import (
    INTERVAL_MS,
    NOW_MS,
    TERMS,
    acme,
    agreement,
    at,
    settings_of,
    stated,
    tiers,
    watched,
)
from tests.timelines import observation, stories, timeline_of
from uptally.books.recorded import Recorded
from uptally.model.agreement import AgreementKind, Booking, Coverage, Service
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Tier, Tiers
from uptally.model.downtime import BucketTime, Counted, Instant, RequestMode, Requests, Run
from uptally.model.exclusion import Plan, RecordedExclusion
from uptally.model.fee import ClaimRule, Fee
from uptally.model.incident import Incident
from uptally.model.judgement import ClaimStatus
from uptally.model.objective import Objective, Percentile
from uptally.model.observation import Observation, Reason
from uptally.model.period_statement import Credit, PeriodStatement
from uptally.model.termination import Misses
from uptally.model.terms import (
    ComplementOf,
    Composite,
    CompositeMode,
    Confidence,
    Edges,
    ExclusionRule,
    ExclusionRules,
    Hours,
    Period,
    PeriodKind,
    ServiceWindow,
    StartsAt,
    Terms,
    Unknown,
    Weekly,
)
from uptally.model.timeline import Timeline
from uptally.model.verdict import Verdict
from uptally.rules.availability import measure
from uptally.rules.record.claims import Claimed
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

OUTAGE = ("2026-10-05T12:00", "2026-10-05T13:30")
MONTH_MS = 31 * 24 * HOUR_MS


def test_a_miss_is_told_with_its_sums_and_its_credit() -> None:
    found = acme(watched(OUTAGE))
    (window,) = found.windows
    down_ms = 90 * MINUTE_MS
    assert found.verdict is window.verdict is Verdict.MISSED
    assert window.availability.measured == 1 - Fraction(down_ms, MONTH_MS)
    sums = (window.scheduled_ms, window.agreed_ms, window.up_ms, window.down_ms, window.unknown_ms, window.excluded_ms)
    assert sums == (MONTH_MS, MONTH_MS, MONTH_MS - down_ms, down_ms, 0, 0)
    assert (window.counted_ms, window.budget_ms) == (down_ms, MONTH_MS // 1000)
    assert window.left_ms == MONTH_MS // 1000 - down_ms
    assert (found.credit.amount, found.booked, found.currency) == (Decimal("100.00"), Decimal("100.00"), "EUR")
    assert (found.least.amount, found.most.amount) == (Decimal("100.00"), Decimal("100.00"))


def test_its_outages_are_told_with_their_bounds_and_with_what_counts_of_each() -> None:
    (outage,) = acme(watched(OUTAGE), replace(TERMS, downtime=Run(HOUR_MS, counted=Counted.EXCESS))).outages
    start_ms, end_ms = at(OUTAGE[0]), at(OUTAGE[1])
    assert (outage.start_ms, outage.end_ms) == (start_ms - INTERVAL_MS // 2, end_ms - INTERVAL_MS // 2)
    assert (outage.start_earliest_ms, outage.start_latest_ms) == (start_ms - INTERVAL_MS, start_ms + 1)
    assert (outage.end_earliest_ms, outage.end_latest_ms) == (end_ms - INTERVAL_MS, end_ms + 1)
    assert (outage.down_ms, outage.counted) == (90 * MINUTE_MS, {"always": 30 * MINUTE_MS})


def test_the_ends_are_those_of_the_same_endpoint_without_an_agreement() -> None:
    timeline = watched(OUTAGE, gaps=[("2026-10-07T00:00", "2026-10-07T01:00")])
    figures = measure(timeline, Window(at("2026-10-01"), at("2026-11-01")), as_of_ms=NOW_MS)
    (window,) = acme(timeline).windows
    assert window.availability == (figures.ratio, figures.worst, figures.best)
    assert window.coverage == figures.coverage


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(40, Verdict.MET), (44, Verdict.MET), (45, Verdict.MISSED), (60, Verdict.MISSED)]
)
def test_a_verdict_is_certain_beyond_the_ends(minutes: int, verdict: Verdict) -> None:
    assert (
        acme(watched((OUTAGE[0], f"2026-10-05T12:{minutes}" if minutes < 60 else "2026-10-05T13:00"))).verdict
        is verdict
    )


UNSURE = [("2026-10-09T00:00", "2026-10-09T02:00")]


@pytest.mark.parametrize(
    ("booking", "amount", "code"),
    [
        (Booking.ASK, None, "undetermined_ask"),
        (Booking.COUNTED, Decimal("0.00"), "undetermined_counted"),
        (Booking.CREDIT, Decimal("100.00"), "undetermined_credit"),
        (Booking.NO_CREDIT, Decimal("0.00"), "undetermined_no_credit"),
    ],
)
def test_what_is_undetermined_is_booked_as_the_agreement_says(booking: Booking, amount: Decimal, code: str) -> None:
    found = acme(watched(gaps=UNSURE), undetermined=booking)
    assert (found.verdict, found.booked) == (Verdict.UNDETERMINED, amount)
    assert code in found.codes
    assert (found.least.amount, found.credit.amount, found.most.amount) == (
        Decimal("0.00"),
        Decimal("0.00"),
        Decimal("100.00"),
    )


def test_the_claim_of_an_undetermined_credit_is_that_of_the_one_that_holds() -> None:
    terms = replace(TERMS, claim=ClaimRule(30))

    def of(booking: Booking, *outages: tuple[str, str]) -> tuple[object, ...]:
        found = acme(watched(*outages, gaps=UNSURE), terms, undetermined=booking)
        assert found.verdict is Verdict.UNDETERMINED
        due = found.due and found.due.amount
        return due, found.booked, found.claim, "claim_missing" in found.codes, *found.lines[-2:]

    nothing, ten = Decimal("0.00"), Decimal("100.00")
    unclaimed = "to be claimed before 2026-12-01T00:00:00Z: no claim is on record", "due: 0.00 EUR"
    assert of(Booking.CREDIT) == (ten, nothing, ClaimStatus.NOT_MADE, True, *unclaimed)
    assert of(Booking.COUNTED)[:4] == (nothing, nothing, ClaimStatus.NOTHING_DUE, False)
    assert of(Booking.ASK)[:4] == (None, None, ClaimStatus.NOT_MADE, True)
    nearly = ("2026-10-05T12:00", "2026-10-05T12:44:40")
    assert of(Booking.COUNTED, nearly)[0] == ten
    assert of(Booking.NO_CREDIT, nearly)[:4] == (nothing, nothing, ClaimStatus.NOTHING_DUE, False)


def test_what_nobody_saw_may_decide_a_verdict() -> None:
    terms = replace(TERMS, windows=(replace(TERMS.windows[0], target=Fraction(999_999, 1_000_000)),))
    assert acme(watched(), terms).verdict is Verdict.UNDETERMINED
    assert acme(watched(), replace(terms, confidence=Confidence.CERTAIN)).verdict is Verdict.MET
    assert acme(watched(), replace(terms, downtime=Run(MINUTE_MS))).verdict is Verdict.MET


def test_certain_ends_are_the_sums_of_hard_bounds() -> None:
    (window,) = acme(watched(OUTAGE), replace(TERMS, confidence=Confidence.CERTAIN)).windows
    down_ms = 90 * MINUTE_MS
    assert window.availability.worst == 1 - Fraction(down_ms + INTERVAL_MS + 1, MONTH_MS)
    assert window.availability.best == 1 - Fraction(down_ms - INTERVAL_MS - 1, MONTH_MS)


@pytest.mark.parametrize(
    ("edges", "more_ms"),
    [(Edges.MIDPOINT, 0), (Edges.OBSERVED, 0), (Edges.MIN, -INTERVAL_MS - 1), (Edges.MAX, INTERVAL_MS + 1)],
)
def test_edges_are_where_the_terms_set_them(edges: Edges, more_ms: int) -> None:
    found = acme(watched(OUTAGE), replace(TERMS, edges=edges))
    assert found.windows[0].counted_ms == 90 * MINUTE_MS + more_ms
    assert found.outages[0].counted == {"always": 90 * MINUTE_MS + more_ms}
    assert found.outages[0].start_earliest_ms == at(OUTAGE[0]) - INTERVAL_MS


def test_a_draft_earns_no_credit_and_says_so() -> None:
    found = acme(watched(OUTAGE), approved=None)
    assert (found.verdict, found.booked, found.credit.share) == (Verdict.MISSED, Decimal("0.00"), Fraction(0))
    assert "draft_no_credit" in found.codes
    assert any("draft" in line for line in found.lines)


def test_the_lines_show_the_sum() -> None:
    assert "always: availability = 1 - 5400 / 2678400 = 99.798387...%" in acme(watched(OUTAGE)).lines


def test_an_agreement_without_a_begin_begins_with_the_first_observation_and_costs_its_fee() -> None:
    found = acme(watched(OUTAGE, since="2026-10-03"))
    assert found.windows[0].scheduled_ms == 29 * 24 * HOUR_MS
    assert (found.windows[0].unknown_ms, found.booked) == (0, Decimal("100.00"))


def test_time_of_a_contract_before_the_first_observation_is_unknown() -> None:
    terms = replace(TERMS, contract=Window(at("2026-10-02"), at("2030-01-01")))
    (window,) = acme(watched(since="2026-10-03"), terms).windows
    assert (window.scheduled_ms, window.unknown_ms) == (30 * 24 * HOUR_MS, 24 * HOUR_MS)


def test_nothing_known_is_undetermined() -> None:
    settings = settings_of(["web"], agreements=[agreement()])
    (found,) = stated({"web": Timeline(None, (), None)}, settings)
    assert (found.verdict, found.booked) == (Verdict.UNDETERMINED, None)
    assert found.windows[0].availability == (None, Fraction(0), Fraction(1))
    assert found.windows[0].unknown_ms == MONTH_MS


def test_terms_apply_from_their_dates_on_and_the_past_keeps_the_old_ones() -> None:
    split_ms = at("2026-10-11")
    old = replace(TERMS, name="old", contract=Window(at("2026-01-01"), split_ms))
    new = replace(TERMS, name="new", contract=Window(split_ms, at("2030-01-01")))
    settings = settings_of(["web"], agreements=[agreement(old, new)])
    found = stated({"web": watched(OUTAGE)}, settings)
    assert [(each.terms.name, each.windows[0].down_ms) for each in found] == [("old", 90 * MINUTE_MS), ("new", 0)]
    assert [each.terms.name for each in stated({"web": watched()}, settings, "2026-09")] == ["old"]


def test_a_claim_is_due_before_its_deadline_and_counts_when_it_is_on_record() -> None:
    terms = replace(TERMS, claim=ClaimRule(30))
    settings = settings_of(["web"], agreements=[agreement(terms)])
    (found,) = stated({"web": watched(OUTAGE)}, settings)
    assert (found.claim, found.claim_by_ms, found.booked) == (ClaimStatus.NOT_MADE, at("2026-12-01"), Decimal("0.00"))
    recorded = Recorded(claims={Claimed("acme", "web", "2026-10"): at("2026-11-05")})
    (claimed,) = stated({"web": watched(OUTAGE)}, settings, recorded=recorded)
    assert (claimed.claim, claimed.booked) == (ClaimStatus.IN_TIME, Decimal("100.00"))


def maintenance(start: str, end: str, *, recorded: str) -> RecordedExclusion:
    return RecordedExclusion(Plan("move", "maintenance", at(start), at(end)), "ann", at(recorded))


@pytest.mark.parametrize(
    ("recorded", "excluded_ms", "code"),
    [("2026-10-01", HOUR_MS, "excluded:move"), ("2026-10-05T11:00", 0, "not_excluded:move:notice")],
)
def test_an_exclusion_on_record_counts_where_it_was_announced_in_time(
    recorded: str, excluded_ms: int, code: str
) -> None:
    terms = replace(TERMS, exclusions=ExclusionRules((ExclusionRule("maintenance", notice_ms=24 * HOUR_MS),)))
    held = Recorded(exclusions=[maintenance("2026-10-05T12:00", "2026-10-05T13:00", recorded=recorded)])
    settings = settings_of(["web"], agreements=[agreement(terms)])
    (found,) = stated({"web": watched(OUTAGE)}, settings, recorded=held)
    assert (found.windows[0].excluded_ms, code in found.codes) == (excluded_ms, True)


def test_a_right_to_terminate_looks_back_as_far_as_its_rule() -> None:
    terms = replace(TERMS, termination=(Misses(2, 3),))
    august, october = ("2026-08-05T12:00", "2026-08-05T14:00"), OUTAGE
    touched = acme(watched(august, october, since="2026-07-01"), terms).termination
    assert touched is not None
    assert (touched.first_period, touched.rule) == ("2026-10", 0)
    july = ("2026-07-05T12:00", "2026-07-05T14:00")
    untouched = acme(watched(july, october, since="2026-07-01"), terms).termination
    assert untouched is not None
    assert not untouched.is_right


@pytest.mark.parametrize(
    ("period", "month", "labels"),
    [
        (Period(PeriodKind.QUARTER), "2026-09", ["2026-Q3"]),
        (Period(PeriodKind.QUARTER), "2026-08", []),
        (Period(PeriodKind.QUARTER), "2026-10", ["2026-Q4"]),
        (Period(PeriodKind.CYCLE, anchor_day=15), "2026-10", ["2026-09-15"]),
        (Period(PeriodKind.CYCLE, anchor_day=5), "2026-11", ["2026-10-05", "2026-11-05"]),
        (Period(PeriodKind.ROLLING, days=30), "2026-10", ["2026-10-31"]),
        (Period(PeriodKind.ROLLING, days=30), "2026-11", ["2026-11-10"]),
        (Period(PeriodKind.MONTH), "2026-12", []),
    ],
)
def test_a_month_tells_of_periods_that_end_in_it_and_of_the_one_in_progress(
    period: Period, month: str, labels: list[str]
) -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, period=period))])
    assert [each.label for each in stated({"web": watched()}, settings, month)] == labels


def test_a_month_in_progress_is_provisional_and_judged_by_its_full_budget() -> None:
    found = acme(watched(("2026-11-05T12:00", "2026-11-05T12:30")), month="2026-11")
    (window,) = found.windows
    assert not found.is_over
    assert (found.verdict, found.booked, "provisional" in found.codes) == (Verdict.MET, None, True)
    assert (window.scheduled_ms, window.budget_ms) == (9 * 24 * HOUR_MS, 30 * 24 * HOUR_MS // 1000)
    assert window.left_ms == 30 * 24 * HOUR_MS // 1000 - 30 * MINUTE_MS
    assert found.credit.amount == Decimal("0.00")


def test_a_month_in_progress_is_missed_once_its_budget_is_overdrawn_for_sure() -> None:
    assert acme(watched(("2026-11-05T12:00", "2026-11-05T12:50")), month="2026-11").verdict is Verdict.MISSED


def test_a_month_in_progress_tells_where_it_is_heading() -> None:
    found = acme(watched(("2026-11-05T12:00", "2026-11-05T12:30")), month="2026-11")
    forecast = found.windows[0].forecast
    assert forecast is not None
    assert forecast.spent == Fraction(30 * MINUTE_MS, 2_592_000)
    # 9 days at 30 minutes are 100 minutes in 30; the 13.2 minutes that are left last for 3.96 days.
    assert (forecast.counted_ms, forecast.gone_ms) == (Fraction(100 * MINUTE_MS), NOW_MS + 396 * 24 * HOUR_MS // 100)
    assert found.forecast is not None
    assert found.forecast.amount == Decimal("100.00")


def two(mode: CompositeMode, **weights: Fraction) -> Service:
    return Service("Shop", "shop", ("web", "db"), Composite(mode, weights=weights))


SHOP = settings_of(["web", "db"], services=[two(CompositeMode.ANY_DOWN)], agreements=[agreement(service="shop")])
WEB = watched(("2026-10-05T12:00", "2026-10-05T13:00"))
DB = watched(("2026-10-05T12:30", "2026-10-05T14:00"))


def test_components_that_fail_together_are_one_outage_and_each_use_is_told() -> None:
    (found,) = stated({"web": WEB, "db": DB}, SHOP)
    assert found.windows[0].counted_ms == 2 * HOUR_MS
    assert [(outage.down_ms, outage.components) for outage in found.outages] == [(2 * HOUR_MS, ("web", "db"))]
    assert [tuple(use) for use in found.windows[0].uses] == [
        ("web", "", HOUR_MS // 2, HOUR_MS // 2),
        ("db", "", HOUR_MS, HOUR_MS // 2),
    ]


def test_a_weighted_mean_tells_what_each_component_used() -> None:
    service = two(CompositeMode.WEIGHTED, web=Fraction(3), db=Fraction(1))
    settings = settings_of(["web", "db"], services=[service], agreements=[agreement(service="shop")])
    (found,) = stated({"web": WEB, "db": DB}, settings)
    (window,) = found.windows
    assert window.counted_ms == (3 * HOUR_MS + HOUR_MS * 3 // 2) // 4
    assert [outage.components for outage in found.outages] == [("web",), ("db",)]
    assert window.availability.worst is not None
    assert window.availability.measured is not None
    assert window.availability.worst < window.availability.measured


def test_a_service_tells_what_it_used_of_the_services_it_rests_on() -> None:
    ola = replace(agreement(service="db"), name="Hosting", slug="hosting", kind=AgreementKind.OLA, backs=("web",))
    settings = settings_of(["web", "db"], agreements=[agreement(), ola])
    mine, theirs = stated({"web": WEB, "db": DB}, settings)
    assert [tuple(use) for use in mine.windows[0].uses] == [("db", "hosting", HOUR_MS // 2, 0)]
    assert (theirs.agreement, theirs.windows[0].counted_ms) == (ola, HOUR_MS * 3 // 2)


def test_a_component_under_an_operational_agreement_is_told_once() -> None:
    ola = replace(agreement(service="db"), name="Hosting", slug="hosting", kind=AgreementKind.OLA, backs=("shop",))
    found, _ = stated({"web": WEB, "db": DB}, replace(SHOP, agreements=(*SHOP.agreements, ola)))
    assert [tuple(use) for use in found.windows[0].uses] == [
        ("web", "", HOUR_MS // 2, HOUR_MS // 2),
        ("db", "hosting", HOUR_MS, HOUR_MS // 2),
    ]


def test_what_is_promised_to_everyone_has_a_statement_without_money() -> None:
    settings = settings_of(["web", "db"])
    web, db = settings.endpoints
    settings = replace(settings, endpoints=(replace(web, terms=replace(TERMS, fee=None)), db))
    (found,) = stated({"web": watched(OUTAGE), "db": watched()}, settings)
    assert (found.agreement, found.service.slug, found.verdict) == (None, "web", Verdict.MISSED)
    assert (found.booked, found.credit.amount, found.credit.share) == (None, None, Fraction(1, 10))


def test_one_event_is_credited_once_where_the_agreement_says_so() -> None:
    big = replace(TERMS, fee=Fee(Decimal("2000.00"), "EUR"))
    both = replace(agreement(), coverage=(Coverage("web", (TERMS,)), Coverage("db", (big,))), one_credit_per_event=True)
    lines = {"web": watched(OUTAGE), "db": watched(OUTAGE)}
    web, db = stated(lines, settings_of(["web", "db"], agreements=[both]))
    assert (web.booked, db.booked) == (Decimal("0.00"), Decimal("200.00"))
    assert "credit_given_by:db" in web.codes
    assert web.due == Credit(Fraction(0), Decimal("0.00"))
    apart = {"web": watched(OUTAGE), "db": watched(("2026-10-06T12:00", "2026-10-06T13:30"))}
    assert [each.booked for each in stated(apart, settings_of(["web", "db"], agreements=[both]))] == [
        Decimal("100.00"),
        Decimal("200.00"),
    ]


def test_one_event_is_owed_once_also_before_it_is_claimed() -> None:
    terms = [replace(TERMS, fee=Fee(Decimal(fee), "EUR"), claim=ClaimRule(30)) for fee in ("1000.00", "2000.00")]
    covered = tuple(Coverage(slug, (each,)) for slug, each in zip(("web", "db"), terms, strict=True))
    settings = settings_of(
        ["web", "db"], agreements=[replace(agreement(), coverage=covered, one_credit_per_event=True)]
    )
    lines = {"web": watched(OUTAGE), "db": watched(OUTAGE)}

    def of(*claimed: str) -> list[tuple[Decimal, ClaimStatus]]:
        claims = {Claimed("acme", slug, "2026-10"): at("2026-11-05") for slug in claimed}
        found = stated(lines, settings, recorded=Recorded(claims=claims))
        return [(each.due.amount, each.claim) for each in found if each.due and each.due.amount is not None]

    one, two, none = Decimal("100.00"), Decimal("200.00"), (Decimal("0.00"), ClaimStatus.NOTHING_DUE)
    assert of() == [none, (two, ClaimStatus.NOT_MADE)]
    assert of("web", "db") == [none, (two, ClaimStatus.IN_TIME)]
    # What was claimed is not lost to a credit that may never be.
    assert of("web") == [(one, ClaimStatus.IN_TIME), (two, ClaimStatus.NOT_MADE)]


LATENCY = Objective(
    "p95",
    Percentile(Fraction(95, 100)),
    Comparison.LE,
    Fraction(300_000),
    Tiers((Tier((Bound(Comparison.GT, Fraction(300_000)),), Award(Fraction(15, 100))),)),
)


def answers(*latencies_ms: int) -> list[Observation]:
    """Good answers of the grid, one each ten seconds from noon on."""
    return [
        observation(
            "u", at("2026-10-05T12:00") + number * INTERVAL_MS, interval_ms=INTERVAL_MS, duration_us=each * 1_000
        )
        for number, each in enumerate(latencies_ms)
    ]


@pytest.mark.parametrize(
    ("latency_ms", "verdict", "amount"), [(100, Verdict.MET, "0.00"), (500, Verdict.MISSED, "150.00")]
)
def test_a_promised_latency_is_judged_and_credited_beside_availability(
    latency_ms: int, verdict: Verdict, amount: str
) -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, objectives=(LATENCY,)))])
    (found,) = stated({"web": watched()}, settings, observations=answers(*[latency_ms] * 20))
    assert (found.verdict, found.windows[0].verdict, found.booked) == (verdict, Verdict.MET, Decimal(amount))
    assert f"objective_{verdict.value}:p95" in found.codes
    assert any(line.startswith("p95: ") for line in found.lines)


def test_a_promise_of_which_nothing_is_known_is_undetermined() -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, objectives=(LATENCY,)))])
    (found,) = stated({"web": watched()}, settings)
    assert found.verdict is Verdict.UNDETERMINED


def test_slow_answers_are_downtime_where_the_terms_say_so() -> None:
    settings = settings_of(["web"], agreements=[agreement(replace(TERMS, slow_above_us=300_000))])
    (found,) = stated({"web": watched()}, settings, observations=answers(100, 500, 500, 100))
    (window,) = found.windows
    assert (window.down_ms, window.counted_ms) == (2 * INTERVAL_MS, 2 * INTERVAL_MS)
    assert [outage.reason for outage in found.outages] == [Reason.LATENCY_LIMIT]


def test_terms_that_count_requests_are_undetermined_where_nobody_asked() -> None:
    found = acme(watched(OUTAGE), replace(TERMS, downtime=Requests(5 * MINUTE_MS, RequestMode.RATIO)))
    assert (found.verdict, found.booked) == (Verdict.UNDETERMINED, None)
    assert (found.windows[0].up_ms, found.windows[0].unknown_ms) == (0, MONTH_MS)


def test_downtime_counts_from_the_customers_report_where_the_terms_say_so() -> None:
    terms = replace(TERMS, starts_at=StartsAt.REPORT)
    settings = settings_of(["web"], agreements=[agreement(terms)])
    reported_ms, restored_ms = at("2026-10-05T12:50"), at("2026-10-05T13:20")
    incident = Incident(
        "i", "down", ("web",), "", "ann", at(OUTAGE[0]), reported_ms=reported_ms, restored_ms=restored_ms
    )
    other = replace(incident, id="j", services=("db",), reported_ms=at(OUTAGE[0]))
    recorded = Recorded(incidents=[incident, other])
    (found,) = stated({"web": watched(OUTAGE)}, settings, recorded=recorded)
    assert (found.windows[0].down_ms, found.windows[0].counted_ms) == (90 * MINUTE_MS, 30 * MINUTE_MS)
    (unreported,) = stated({"web": watched(OUTAGE)}, settings)
    assert unreported.windows[0].counted_ms == 0


RULES = [
    Instant(),
    Run(5),
    Run(8, is_incident=True, counted=Counted.EXCESS),
    BucketTime(7),
    BucketTime(7, needs_all=True),
]


@given(
    story=stories(),
    rule=st.sampled_from(RULES),
    edges=st.sampled_from(Edges),
    confidence=st.sampled_from(Confidence),
    unknown=st.sampled_from(Unknown),
    length_ms=st.integers(1, 400),
)
def test_the_figure_always_lies_between_its_ends(
    story: Sequence[Observation],
    rule: Instant | Run | BucketTime,
    edges: Edges,
    confidence: Confidence,
    unknown: Unknown,
    length_ms: int,
) -> None:
    terms = Terms(
        "any",
        (ServiceWindow("always", Fraction(1, 2), credit=tiers(("80", "10"), ("50", "30"))),),
        period=Period(PeriodKind.CUSTOM, window=Window(0, length_ms)),
        contract=Window(0, length_ms),
        downtime=rule,
        edges=edges,
        confidence=confidence,
        unknown=unknown,
        fee=Fee(Decimal("100.00"), "EUR"),
    )
    found: list[PeriodStatement] = stated(
        {"web": timeline_of(story)}, settings_of(["web"], agreements=[agreement(terms)]), "1970-01", now_ms=2_000_000
    )
    (window,) = found[0].windows
    measured, worst, best = window.availability
    assert worst is not None
    assert best is not None
    assert 0 <= worst <= best <= 1
    assert measured is None or worst <= measured <= best
    assert found[0].least.share <= found[0].credit.share <= found[0].most.share
    if unknown is not Unknown.AS_DOWN and rule != BucketTime(7):
        assert sum(outage.counted["always"] for outage in found[0].outages) == window.counted_ms


OFFICE = Weekly((Hours(frozenset({3}), 0, 150),))
"""Some milliseconds of the first Thursday since the epoch."""


@given(
    one=stories(),
    other=stories(),
    mode=st.sampled_from(CompositeMode),
    confidence=st.sampled_from(Confidence),
    unknown=st.sampled_from(Unknown),
    now_ms=st.sampled_from([150, 100_000]),
    excluded=st.tuples(st.integers(0, 200), st.integers(1, 100)),
)
def test_several_components_windows_and_exclusions_add_up_and_lie_between_their_ends(
    one: Sequence[Observation],
    other: Sequence[Observation],
    mode: CompositeMode,
    confidence: Confidence,
    unknown: Unknown,
    now_ms: int,
    excluded: tuple[int, int],
) -> None:
    terms = Terms(
        "any",
        (
            ServiceWindow("office", Fraction(1, 2), OFFICE),
            ServiceWindow("rest", Fraction(9, 10), ComplementOf("office")),
        ),
        period=Period(PeriodKind.CUSTOM, window=Window(0, 300)),
        contract=Window(0, 300),
        exclusions=ExclusionRules((ExclusionRule("move"),)),
        composite=Composite(mode, least=2, weights={"web": Fraction(2), "db": Fraction(1)}),
        confidence=confidence,
        unknown=unknown,
    )
    service = Service("Shop", "shop", ("web", "db"))
    settings = settings_of(["web", "db"], services=[service], agreements=[agreement(terms, service="shop")])
    start_ms, length_ms = excluded
    plan = Plan("away", "move", start_ms, start_ms + length_ms)
    recorded = Recorded(exclusions=[RecordedExclusion(plan, "ann", 0)])
    lines = {"web": timeline_of(one), "db": timeline_of(other)}
    (found,) = stated(lines, settings, "1970-01", now_ms=now_ms, recorded=recorded)
    for window in found.windows:
        measured, worst, best = window.availability
        assert window.up_ms + window.down_ms + window.unknown_ms + window.excluded_ms == window.scheduled_ms
        known = [each for each in (worst, measured, best) if each is not None]
        assert known == sorted(known)
        if window.verdict is Verdict.MET and found.is_over:
            assert worst is not None
            assert worst >= window.target
        if window.verdict is Verdict.MISSED and found.is_over:
            assert best is not None
            assert best < window.target
