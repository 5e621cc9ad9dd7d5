"""What the format knows is read, also what no public vector says."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.conformance.cases import changed, vector
from uptally.conformance.read import Case, read_case
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Blocks, Bound, PerDay, ProRata, Shortfall, Tier, Tiers
from uptally.model.downtime import BucketTime, Counted, Empty, RequestMode, Requests, Run
from uptally.model.facts import Impact
from uptally.model.fee import ClaimRule, LeastCredit, Proration
from uptally.model.termination import Misses, RollingAverage
from uptally.model.terms import (
    Always,
    ComplementOf,
    CompositeMode,
    DenominatorKind,
    ExclusionRule,
    Hours,
    OpenPeriod,
    PartialPeriod,
    PeriodKind,
    RatioRounding,
    Unknown,
    Weekly,
)
from uptally.units.money import Rounding
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

PLAIN = "a-monthly-02-999-30d-45min"


def case(path: str, value: object, name: str = PLAIN) -> Case:
    return read_case(changed(name, path, value))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ({"kind": "run", "min_s": 0.5, "cmp": ">", "scope": "incident", "count": "excess"},
         Run(500, Comparison.GT, is_incident=True, counted=Counted.EXCESS)),
        ({"kind": "run", "min_s": "90.001", "cmp": ">=", "scope": "counted", "count": "whole_minutes"},
         Run(90_001, Comparison.GE, is_incident=False, counted=Counted.WHOLE_MINUTES)),
        ({"kind": "bucket_time", "bucket_s": "60", "down_when": "all"}, BucketTime(60_000, needs_all=True)),
        ({"kind": "bucket_time", "bucket_s": 60, "down_when": "any"}, BucketTime(60_000)),
        ({"kind": "requests", "bucket_s": 60, "mode": "average", "empty": "down"},
         Requests(60_000, RequestMode.AVERAGE, Empty.DOWN)),
        ({"kind": "requests", "bucket_s": 60, "mode": "average", "empty": "leave_out"},
         Requests(60_000, RequestMode.AVERAGE, Empty.LEAVE_OUT)),
        ({"kind": "requests", "bucket_s": 60, "mode": "ratio"}, Requests(60_000, RequestMode.RATIO)),
        ({"kind": "requests", "bucket_s": 60, "mode": "threshold", "threshold": "0.05", "cmp": ">="},
         Requests(60_000, RequestMode.THRESHOLD, Empty.OK, Fraction(1, 20), Comparison.GE, 1, 1)),
        ({"kind": "requests", "bucket_s": 60, "mode": "threshold", "threshold": "0.05", "cmp": ">", "min_requests": 10,
          "min_consecutive": 5},
         Requests(60_000, RequestMode.THRESHOLD, Empty.OK, Fraction(1, 20), Comparison.GT, 10, 5)),
    ],
)  # fmt: skip
def test_downtime(value: object, rule: object) -> None:
    assert case("terms.downtime", value).terms.downtime == rule


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ({"kind": "tiers",
          "tiers": [{"lt": "99.9", "ge": "99", "percent": "10"}, {"le": "95", "gt": "0", "days": "3"}]},
         Tiers((
             Tier((Bound(Comparison.LT, Fraction("0.999")), Bound(Comparison.GE, Fraction("0.99"))),
                  Award(Fraction("0.1"))),
             Tier((Bound(Comparison.LE, Fraction("0.95")), Bound(Comparison.GT, Fraction(0))), Award(days=Fraction(3))),
         ))),
        ({"kind": "downtime_tiers", "only_if_missed": True,
          "tiers": [{"lt_s": "0.5", "le_s": 1, "gt_s": "2", "ge_s": 3, "days": "7"}]},
         Tiers((Tier((
             Bound(Comparison.LT, Fraction(500)), Bound(Comparison.LE, Fraction(1000)),
             Bound(Comparison.GT, Fraction(2000)), Bound(Comparison.GE, Fraction(3000)),
         ), Award(days=Fraction(7))),), of_downtime=True, only_if_missed=True)),
        ({"kind": "blocks", "block_s": "1800", "percent_per_block": "5", "partial": "count", "over": "budget"},
         Blocks(1_800_000, Award(Fraction("0.05")), counts_started=True, over_budget=True)),
        ({"kind": "blocks", "block_s": 60, "days_per_block": "1", "partial": "ignore", "over": "all",
          "measure": "each_outage", "min_outage_s": "30"},
         Blocks(60_000, Award(days=Fraction(1)), each_outage_ms=30_000)),
        ({"kind": "blocks", "block_s": 60, "days_per_block": "0.5", "partial": "ignore", "measure": "each_outage"},
         Blocks(60_000, Award(days=Fraction("0.5")), each_outage_ms=0)),
        ({"kind": "prorata", "multiple": "2.5", "over": "budget"}, ProRata(Fraction("2.5"), over_budget=True)),
        ({"kind": "per_day", "days_per_hit": "1", "threshold_s": 14400, "cmp": ">=", "consecutive": True},
         PerDay(Fraction(1), 14_400_000, Comparison.GE, is_consecutive=True)),
        ({"kind": "shortfall", "step": "0.1", "percent_per_step": "1", "partial": "count"},
         Shortfall(Fraction("0.001"), Award(Fraction("0.01")), counts_started=True)),
        ({"kind": "shortfall", "step": "0.1", "days_per_step": "1", "partial": "ignore"},
         Shortfall(Fraction("0.001"), Award(days=Fraction(1)))),
    ],
)  # fmt: skip
def test_credit(value: object, rule: object) -> None:
    found = case("terms.windows.0.credit", {"rules": [value], "combine": "sum", "cap_percent": None})
    assert found.terms.windows[0].credit.rules == (rule,)


@pytest.mark.parametrize(
    ("key", "value", "field", "read"),
    [
        ("period", "calendar_month", "period.kind", PeriodKind.MONTH),
        ("contract", {"from_ms": None, "to_ms": None}, "contract", None),
        ("contract", {"from_ms": 5, "to_ms": None}, "contract", Window(5, LAST_MS)),
        ("contract", {"from_ms": None, "to_ms": 7, "to": "then"}, "contract", Window(FIRST_MS, 7)),
        ("partial_period", "no_credit", "partial_period", PartialPeriod.NO_CREDIT),
        ("partial_period", "rest_counts_as_up", "partial_period", PartialPeriod.REST_COUNTS_AS_UP),
        ("open_period", "full_period", "open_period", OpenPeriod.FULL_PERIOD),
        ("unknown", "as_down", "unknown", Unknown.AS_DOWN),
        ("unknown", "leave_out", "unknown", Unknown.LEAVE_OUT),
        ("exclusions", {"effect": "count_as_up", "rules": []}, "exclusions.counts_as_up", True),
        ("impact", "proportional", "has_impact", True),
        ("denominator", "nominal_days", "denominator.kind", DenominatorKind.NOMINAL_DAYS),
        ("denominator", {"fixed_s": "2592000.5"}, "denominator.fixed_ms", 2_592_000_500),
        ("target_cmp", ">", "is_met_at_equality", False),
        ("contract_rounding", {"decimals": 2, "mode": "truncate"}, "rounding", RatioRounding(2, Rounding.TRUNCATE)),
        ("zero_service", "as_100", "is_full_without_service", True),
        ("cap_percent", None, "credit_cap", None),
        ("cap_percent", "33.3", "credit_cap", Fraction("0.333")),
        ("min_credit", {"amount": "1.00", "cmp": ">="}, "least_credit", LeastCredit(Decimal("1.00"), Comparison.GE)),
        ("claim", {"required": True, "days": 30}, "claim", ClaimRule(30)),
        ("claim", {"required": False, "days": 30}, "claim", None),
        ("claim", {"required": False}, "claim", None),
        ("termination", None, "termination", ()),
        ("termination", [], "termination", ()),
        ("termination", [{"kind": "misses", "misses": 2, "of": 3}], "termination", (Misses(2, 3),)),
        ("termination", [{"kind": "misses", "misses": 2, "of": 3, "below": "99"}], "termination",
         (Misses(2, 3, Fraction("0.99")),)),
        ("termination", [{"kind": "misses", "misses": 2, "of": 3, "downtime_gt_s": 1.5}], "termination",
         (Misses(2, 3, downtime_above_ms=1_500),)),
        ("termination", [{"kind": "rolling_average", "periods": 3, "below": "99"}], "termination",
         (RollingAverage(3, Fraction("0.99")),)),
    ],
)  # fmt: skip
def test_terms(key: str, value: object, field: str, read: object) -> None:
    found: object = case(f"terms.{key}", value).terms
    for name in field.split("."):
        found = getattr(found, name)
    assert found == read


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("proration", "calendar_days", Proration.CALENDAR_DAYS),
        ("proration", "exact_time", Proration.EXACT_TIME),
        ("rounding", "truncate", Rounding.TRUNCATE),
        ("day_basis", "period_days", None),
        ("day_basis", "30.5", Fraction("30.5")),
        ("day_basis", 30, Fraction(30)),
        ("amount", "12.345", Decimal("12.345")),
    ],
)
def test_fee(key: str, value: object, read: object) -> None:
    assert getattr(case(f"terms.fee.{key}", value).terms.fee, key) == read


def test_exclusion_rule() -> None:
    hours = {"days": ["sat", "sun"], "from": "22:30", "to": "24:00"}
    rule = {"kind": "maintenance", "min_notice_s": None, "only_during": [hours], "max_excluded_s": "90"}
    found = case("terms.exclusions.rules", [rule, {"kind": "customer"}]).terms.exclusions.rules
    assert found == (
        ExclusionRule(
            "maintenance",
            only_during=(Hours(frozenset({5, 6}), 22 * HOUR_MS + 30 * MINUTE_MS, 24 * HOUR_MS),),
            most_ms=90_000,
        ),
        ExclusionRule("customer"),
    )


def test_schedules() -> None:
    hours = {"days": ["mon"], "from": "08:00", "to": "08:00"}
    window = vector(PLAIN)["terms"]["windows"][0]
    found = case(
        "terms.windows",
        [
            window | {"name": "rest", "schedule": {"complement_of": "core"}},
            window | {"name": "core", "schedule": {"weekly": [hours], "closed_dates": []}},
            window,
        ],
    ).terms.windows
    assert [each.schedule for each in found] == [
        ComplementOf("core"),
        Weekly((Hours(frozenset({0}), 8 * HOUR_MS, 8 * HOUR_MS),)),
        Always(),
    ]


@pytest.mark.parametrize(
    ("composite", "mode"),
    [
        ({"mode": "any_down"}, CompositeMode.ANY_DOWN),
        ({"mode": "all_down"}, CompositeMode.ALL_DOWN),
        ({"mode": "at_least_down", "k": 2}, CompositeMode.AT_LEAST_DOWN),
        ({"mode": "weighted", "weights": {"a": "0.25", "b": 3}}, CompositeMode.WEIGHTED),
        ({"mode": "pooled"}, CompositeMode.POOLED),
    ],
)
def test_composite(composite: dict[str, Any], mode: CompositeMode) -> None:
    whole = vector(PLAIN)
    whole["terms"]["composite"] = composite
    whole["input"]["components"] = {name: {"timeline": [], "default": "up"} for name in ("a", "b")}
    found = read_case(json.dumps(whole)).terms.composite
    assert found is not None
    assert (found.mode, found.least) == (mode, composite.get("k", 1))
    assert found.weights == ({"a": Fraction("0.25"), "b": Fraction(3)} if "weights" in composite else {})


@pytest.mark.parametrize(
    ("deployed", "read"),
    [
        (None, None),
        ({"from_ms": 1, "to_ms": 2, "from": "a", "to": "b"}, ((1, 2),)),
        ({"from_ms": None, "to_ms": 2}, ((FIRST_MS, 2),)),
        ([{"from_ms": 5, "to_ms": None}, {"from_ms": 1, "to_ms": 2}], ((1, 2), (5, LAST_MS))),
        ([], ()),
    ],
)
def test_deployed(deployed: object, read: object) -> None:
    component = {"timeline": [], "default": "up", "deployed": deployed}
    (found,) = case("input.components", {"a": component}).facts.components.values()
    assert found.deployed == read


def test_history() -> None:
    timeline = [
        {"from_ms": 60, "to_ms": 80, "state": "unknown"},
        {"from_ms": 10, "to_ms": 20, "state": "down", "impact": "1/3", "from": "then"},
        {"from_ms": 20, "to_ms": 30, "state": "down"},
        {"from_ms": 40, "to_ms": 50, "state": "up"},
    ]
    (found,) = case("input.components", {"a": {"timeline": timeline, "default": "up"}}).facts.components.values()
    assert (found.down, found.unknown, found.impacts) == (((10, 30),), ((60, 80),), (Impact(10, 20, Fraction(1, 3)),))
    (found,) = case("input.components", {"a": {"timeline": timeline, "default": "unknown"}}).facts.components.values()
    assert (found.down, found.unknown) == (((10, 30),), ((FIRST_MS, 10), (30, 40), (50, LAST_MS)))
    (found,) = case("input.components", {"a": {"timeline": timeline, "default": "down"}}).facts.components.values()
    assert (found.down, found.unknown) == (((FIRST_MS, 40), (50, 60), (80, LAST_MS)), ((60, 80),))


def test_notice_may_be_missing() -> None:
    one = {"id": "m", "kind": "maintenance", "from_ms": 1, "to_ms": 2}
    for given in (one, one | {"notified_ms": None, "notified": None}):
        assert case("input.exclusions", [given]).facts.exclusions[0].notified_ms is None


def test_number_may_stand_without_quotes_and_stays_exact() -> None:
    assert case("terms.windows.0.target", 99.999).terms.target == Fraction(99_999, 100_000)


def test_text_of_a_time_is_not_read() -> None:
    whole = vector(PLAIN)
    (component,) = whole["input"]["components"].values()
    component["timeline"][0] |= {"from": "some day", "to": None}
    assert read_case(json.dumps(whole)) == case("why", whole["why"])
