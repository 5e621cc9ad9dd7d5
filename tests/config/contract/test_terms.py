"""Every key of terms reaches the noun that the engine judges by, and nothing else does."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.conftest import Loaded
from tests.config.contract.texts import terms_in
from tests.config.test_fuzz import VALUES, is_read_or_refused
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Blocks, Bound, Combine, CreditRules, PerDay, ProRata, Shortfall, Tier, Tiers
from uptally.model.downtime import BucketTime, Counted, Empty, Instant, RequestMode, Requests, Run
from uptally.model.fee import ClaimRule, Fee, FeeStep, LeastCredit, Proration
from uptally.model.termination import Misses, OutageCount, RollingAverage
from uptally.model.terms import (
    Business,
    ComplementOf,
    Confidence,
    Denominator,
    DenominatorKind,
    Edges,
    ExclusionRule,
    ExclusionRules,
    Hours,
    OpenPeriod,
    PartialPeriod,
    Period,
    PeriodKind,
    RatioRounding,
    ServiceWindow,
    StartsAt,
    Terms,
    Unknown,
    Weekly,
)
from uptally.units.money import Rounding
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window, midnight_ms

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))
EVERYTHING = """
    target: 99.9%
    timezone: Europe/Berlin
    period: billing_cycle 15
    from: 2026-01-15
    until: 2027-01-15
    windows:
      - name: core
        hours: [mon-fri 08:00-18:00, "sat 22:00-02:00"]
        closed: [2026-12-25]
        target: 99.95%
        credits:
          - {below: 99.95%, at_least: 99%, credit: 10%}
          - {at_most: 99%, credit: 3d}
          - {above: 30m, credit: 5%, only_if_missed: true}
          - {each: 30m, credit: 5%, started: true, outages_of: 1h}
          - {each: 0.1%, credit: 1%}
          - {prorata: 2.5, beyond_budget: true}
          - {per_day: true, at_least: 4h, credit: 12h, consecutive: true}
        combine: sum
        cap: 50%
      - {name: off, except: core}
    credits: [{below: 99%, credit: 10%}]
    combine: max
    combine_windows: sum
    cap: 100%
    cap_12_months: 100%
    downtime: {longer_than: 5m, scope: incident, count: excess}
    unknown: as_down
    exclusions:
      maintenance: {notice: 48h, only: sun 02:00-06:00, at_most: 4h}
      customer: {notice: 2 business days}
      force_majeure: {}
    excluded: as_up
    starts_at: report
    edges: observed
    confidence: certain
    impact: proportional
    denominator: 43800m
    met_at_target: false
    rounding: {decimals: 2, mode: truncate}
    zero_service: as_100
    partial_period: no_credit
    open_period: full_period
    fee:
      amount: 1000.00 EUR
      decimals: 3
      rounding: half_up
      proration: exact_time
      day_basis: 30
      tax: 19%
      changes: [{from: 2026-07-01, amount: 1100.00 EUR}]
    least_credit: {above: 1.00 EUR}
    claim: 15 business days
    termination:
      - {misses: 3, of: 12, below: 95%, downtime_above: 7h12m}
      - {mean_below: 97%, periods: 3}
      - {outages: 4, within: 7d, lasting: 30m}
    business_days: mon-thu
    holidays: [2026-12-25, 2026-12-26]
"""


def limited(comparison: Comparison, limit: str) -> Bound:
    return Bound(comparison, Fraction(limit))


CORE = ServiceWindow(
    "core",
    Fraction(9995, 10_000),
    Weekly(
        (Hours(WEEKDAYS, 8 * HOUR_MS, 18 * HOUR_MS), Hours(frozenset({5}), 22 * HOUR_MS, 2 * HOUR_MS)),
        frozenset({date(2026, 12, 25)}),
    ),
    CreditRules(
        (
            Tiers(
                (
                    Tier(
                        (limited(Comparison.LT, "0.9995"), limited(Comparison.GE, "0.99")), Award(share=Fraction(1, 10))
                    ),
                    Tier((limited(Comparison.LE, "0.99"),), Award(days=Fraction(3))),
                )
            ),
            Tiers(
                (Tier((limited(Comparison.GT, str(30 * MINUTE_MS)),), Award(share=Fraction(1, 20))),),
                of_downtime=True,
                only_if_missed=True,
            ),
            Blocks(30 * MINUTE_MS, Award(share=Fraction(1, 20)), counts_started=True, each_outage_ms=HOUR_MS),
            Shortfall(Fraction(1, 1_000), Award(share=Fraction(1, 100))),
            ProRata(Fraction(5, 2), over_budget=True),
            PerDay(Fraction(1, 2), 4 * HOUR_MS, Comparison.GE, is_consecutive=True),
        ),
        Combine.SUM,
        Fraction(1, 2),
    ),
)
OFF = ServiceWindow(
    "off",
    Fraction(999, 1_000),
    ComplementOf("core"),
    CreditRules((Tiers((Tier((limited(Comparison.LT, "0.99"),), Award(share=Fraction(1, 10))),)),)),
)
MEANT = Terms(
    "x",
    (CORE, OFF),
    BERLIN,
    Period(PeriodKind.CYCLE, anchor_day=15),
    Window(midnight_ms(date(2026, 1, 15), BERLIN), midnight_ms(date(2027, 1, 15), BERLIN)),
    PartialPeriod.NO_CREDIT,
    OpenPeriod.FULL_PERIOD,
    Run(5 * MINUTE_MS, Comparison.GT, is_incident=True, counted=Counted.EXCESS),
    Unknown.AS_DOWN,
    ExclusionRules(
        (
            ExclusionRule("maintenance", 48 * HOUR_MS, (Hours(frozenset({6}), 2 * HOUR_MS, 6 * HOUR_MS),), 4 * HOUR_MS),
            ExclusionRule("customer", notice_days=2),
            ExclusionRule("force_majeure"),
        ),
        counts_as_up=True,
    ),
    has_impact=True,
    denominator=Denominator(DenominatorKind.FIXED, 43_800 * MINUTE_MS),
    is_met_at_equality=False,
    rounding=RatioRounding(2, Rounding.TRUNCATE),
    is_full_without_service=True,
    credit_combine=Combine.SUM,
    credit_cap=Fraction(1),
    fee=Fee(
        Decimal("1000.00"),
        "EUR",
        3,
        Rounding.HALF_UP,
        Proration.EXACT_TIME,
        Fraction(30),
        (FeeStep(midnight_ms(date(2026, 7, 1), BERLIN), Decimal("1100.00")),),
        Fraction(19, 100),
    ),
    least_credit=LeastCredit(Decimal("1.00"), Comparison.GT),
    claim=ClaimRule(15, is_business=True),
    credit_cap_12_months=Fraction(1),
    termination=(
        Misses(3, 12, Fraction(95, 100), 432 * MINUTE_MS),
        RollingAverage(3, Fraction(97, 100)),
        OutageCount(4, 7 * DAY_MS, 30 * MINUTE_MS),
    ),
    business=Business(frozenset(range(4)), frozenset({date(2026, 12, 25), date(2026, 12, 26)})),
    starts_at=StartsAt.REPORT,
    edges=Edges.OBSERVED,
    confidence=Confidence.CERTAIN,
)


def test_every_key_reaches_the_terms() -> None:
    assert terms_in(EVERYTHING) == (MEANT,)


def test_the_text_says_something_of_every_field_that_is_of_availability() -> None:
    bare = Terms.bare("y", Fraction(1, 2))
    same = {each.name for each in fields(Terms) if getattr(MEANT, each.name) == getattr(bare, each.name)}
    # How components combine is for services to say; objectives and slow answers have tests of their own.
    assert same <= {"composite", "objectives", "slow_above_us"}


@pytest.mark.parametrize("text", ["99.5%", "{target: 99.5%}", "{target: 99.5%, downtime: instant, unknown: leave_out}"])
def test_what_is_not_said_is_what_a_bare_target_means(text: str) -> None:
    assert terms_in(text, BERLIN) == (Terms.bare("x", Fraction(995, 1_000), BERLIN),)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("instant", Instant()),
        ("{run: 5m}", Run(5 * MINUTE_MS)),
        ("{run: 1m, count: whole_minutes}", Run(MINUTE_MS, counted=Counted.WHOLE_MINUTES)),
        ("{bucket: 5m}", BucketTime(5 * MINUTE_MS)),
        ("{bucket: 5m, down_when: all}", BucketTime(5 * MINUTE_MS, needs_all=True)),
        ("{requests: 5m}", Requests(5 * MINUTE_MS, RequestMode.AVERAGE)),
        ("{requests: 5m, empty: leave_out}", Requests(5 * MINUTE_MS, RequestMode.AVERAGE, Empty.LEAVE_OUT)),
        ("{requests: 1h, mode: ratio}", Requests(HOUR_MS, RequestMode.RATIO)),
        (
            "{requests: 1m, mode: threshold, errors_above: 5%, least_requests: 60, least_run: 5}",
            Requests(MINUTE_MS, RequestMode.THRESHOLD, Empty.OK, Fraction(1, 20), Comparison.GT, 60, 5),
        ),
        (
            "{requests: 1m, mode: threshold, errors_at_least: 10%}",
            Requests(MINUTE_MS, RequestMode.THRESHOLD, Empty.OK, Fraction(1, 10), Comparison.GE),
        ),
    ],
)
def test_each_definition_of_downtime(text: str, rule: object) -> None:
    assert terms_in(f"{{target: 99%, downtime: {text}}}")[0].downtime == rule


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("calendar_quarter", Period(PeriodKind.QUARTER)),
        ("calendar_year", Period(PeriodKind.YEAR)),
        ("rolling 7d", Period(PeriodKind.ROLLING, days=7)),
        ("billing_cycle 31", Period(PeriodKind.CYCLE, anchor_day=31)),
    ],
)
def test_each_kind_of_period(text: str, period: Period) -> None:
    assert terms_in(f"{{target: 99%, period: {text}}}")[0].period == period


def test_a_custom_period_is_all_the_time_in_which_its_terms_hold() -> None:
    dates = "from: 2026-02-01, until: 2026-05-01"
    [terms] = terms_in(f"{{target: 99%, period: custom, {dates}, termination: [{{misses: 1, of: 3}}]}}", BERLIN)
    window = Window(midnight_ms(date(2026, 2, 1), BERLIN), midnight_ms(date(2026, 5, 1), BERLIN))
    assert terms.contract == window
    assert terms.period == Period(PeriodKind.CUSTOM, window=window)


def test_each_version_may_have_a_custom_period_of_its_own() -> None:
    versions = terms_in("""
    - {target: 99%, period: custom, from: 2026-05-01, until: 2026-08-01}
    - {target: 99.9%, period: custom, from: 2026-02-01, until: 2026-05-01}
""")
    assert [terms.period.window for terms in versions] == [terms.contract for terms in versions]


@pytest.mark.parametrize(
    ("text", "days", "from_ms", "to_ms"),
    [
        ("sat,sun", {5, 6}, 0, DAY_MS),
        ("fri-mon 08:00-24:00", {4, 5, 6, 0}, 8 * HOUR_MS, DAY_MS),
        ("22:00-06:00", set(range(7)), 22 * HOUR_MS, 6 * HOUR_MS),
        ("mon,wed-thu 00:00-12:30", {0, 2, 3}, 0, 12 * HOUR_MS + 30 * MINUTE_MS),
    ],
)
def test_hours_as_people_write_them(text: str, days: set[int], from_ms: int, to_ms: int) -> None:
    [window] = terms_in(f'{{target: 99%, hours: "{text}"}}')[0].windows
    assert window == ServiceWindow("hours", Fraction(99, 100), Weekly((Hours(frozenset(days), from_ms, to_ms),)))


def test_amounts_alone_stand_for_their_tables() -> None:
    [terms] = terms_in("{target: 99%, fee: 5000 JPY, least_credit: 100 JPY}")
    assert terms.fee == Fee(Decimal("5000"), "JPY", decimals=0)
    assert terms.least_credit == LeastCredit(Decimal("100"), Comparison.GE)


def test_versions_come_in_the_order_of_their_dates_and_hold_between_them() -> None:
    versions = terms_in("[{from: 2026-07-01, target: 99.95%}, {until: 2026-07-01, target: 99.9%}]", BERLIN)
    change_ms = midnight_ms(date(2026, 7, 1), BERLIN)
    assert [terms.target for terms in versions] == [Fraction(999, 1_000), Fraction(1_999, 2_000)]
    assert [terms.contract for terms in versions] == [Window(FIRST_MS, change_ms), Window(change_ms, LAST_MS)]


def test_an_endpoint_is_promised_what_its_sla_names(loaded: Loaded) -> None:
    settings = loaded("""\
page: {timezone: Europe/Berlin}
defaults: {sla: gold}
endpoints:
  - {name: A, url: "https://a.example/"}
  - {name: B, url: "https://b.example/", sla: 99.5%}
  - {name: C, url: "https://c.example/", sla: {target: 98%, downtime: {run: 5m}}}
slas:
  gold: [{until: 2026-07-01, target: 99.9%}, {from: 2026-07-01, target: 99.95%}]
""")
    versions = [[terms.target for terms in endpoint.versions] for endpoint in settings.endpoints]
    assert versions == [[Fraction(999, 1_000), Fraction(1_999, 2_000)], [Fraction(199, 200)], [Fraction(49, 50)]]
    assert [endpoint.terms and endpoint.terms.name for endpoint in settings.endpoints] == ["gold", "99.5%", "sla"]
    assert {terms.zone for endpoint in settings.endpoints for terms in endpoint.versions} == {BERLIN}


def test_a_version_decides_a_figure_and_so_is_on_record(loaded: Loaded) -> None:
    text = 'endpoints: [{name: A, url: "https://a.example/", sla: x}]\nslas: {x: {target: 99%, claim: 30d}}\n'
    assert loaded(text).revision != loaded(text.replace("30d", "31d")).revision


LINES = f"endpoints: [{{name: A, url: 'https://a.example/', sla: x}}]\nslas:\n  x:{EVERYTHING}".splitlines()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "probes.yaml"


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(3, len(LINES) - 1), st.sampled_from(VALUES)), min_size=1, max_size=3))
def test_any_value_of_any_key_is_read_or_refused(file: Path, changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for number, value in changes:
        lines[number] = f"{lines[number].partition(': ')[0].rstrip(':')}: {value}"
    is_read_or_refused(file, "\n".join(lines))
