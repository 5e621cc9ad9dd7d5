"""What the format does not know is refused with its place."""

import json

import pytest

from tests.conformance.cases import changed, vector
from uptally.conformance.examine import examined
from uptally.conformance.read import read_case
from uptally.errors import QuantityError

PLAIN = "a-monthly-02-999-30d-45min"

REFUSED: list[tuple[str, object, str]] = [
    ("format", "sla-vector/2", "is not of the format sla-vector/1"),
    ("mood", "good", "mood: unknown"),
    ("terms.colour", "red", "terms.colour: unknown"),
    ("terms.timezone", "Europe/Atlantis", "terms.timezone: 'Europe/Atlantis' is no time zone"),
    ("terms.timezone", "", "terms.timezone: '' is no text"),
    ("terms.period", "rolling", "terms.period: 'rolling' is none of calendar_month, "),
    ("terms.period", None, "terms.period: None is none of calendar_month, "),
    ("terms.windows", [], "terms.windows: none at all"),
    ("terms.windows.0.target", "99.9%", "terms.windows[0].target: '99.9%' is no number from 0 on"),
    ("terms.windows.0.target", "-1", "terms.windows[0].target: '-1' is no number from 0 on"),
    ("terms.windows.0.target", True, "terms.windows[0].target: True is no number from 0 on"),
    ("terms.windows.0.schedule", "sometimes", "terms.windows[0].schedule: 'sometimes' is no object"),
    ("terms.windows.0.schedule", {"complement_of": "all"}, "terms.windows: 'all' is no window to be the complement of"),
    ("terms.windows.0.schedule", {"complement_of": "x"}, "terms.windows: 'x' is no window to be the complement of"),
    ("terms.windows.0.schedule", {"weekly": [], "monthly": []}, "terms.windows[0].schedule.monthly: unknown"),
    ("terms.windows.0.schedule", {"weekly": [], "closed_dates": ["2025-02-30"]},
     "terms.windows[0].schedule.closed_dates: '2025-02-30' is no date"),
    ("terms.windows.0.schedule", {"weekly": [{"days": ["Monday"], "from": "08:00", "to": "18:00"}]},
     "terms.windows[0].schedule.weekly[0].days: 'Monday' is none of mon, "),
    ("terms.windows.0.schedule", {"weekly": [{"days": ["mon"], "from": "24:00", "to": "18:00"}]},
     "terms.windows[0].schedule.weekly[0].from: '24:00' is no time of day"),
    ("terms.windows.0.schedule", {"weekly": [{"days": ["mon"], "from": "08:00", "to": "24:01"}]},
     "terms.windows[0].schedule.weekly[0].to: '24:01' is no time of day"),
    ("terms.windows.0.credit.combine", "mean", "terms.windows[0].credit.combine: 'mean' is none of max, sum"),
    ("terms.windows.0.credit.rules", [{"kind": "gift"}], "terms.windows[0].credit.rules[0].kind: 'gift' is none of "),
    ("terms.windows.0.credit.rules", [{"kind": "tiers", "tiers": [{"below": "99", "percent": "1"}]}],
     "terms.windows[0].credit.rules[0].tiers[0].below: unknown"),
    ("terms.windows.0.credit.rules", [{"kind": "tiers", "tiers": [{"lt_s": "99", "percent": "1"}]}],
     "terms.windows[0].credit.rules[0].tiers[0].lt_s: unknown"),
    ("terms.windows.0.credit.rules", [{"kind": "tiers", "tiers": [{"lt": "99"}]}],
     "terms.windows[0].credit.rules[0].tiers[0].percent: either it or days is needed, and not both"),
    ("terms.windows.0.credit.rules", [{"kind": "blocks", "block_s": 0, "percent_per_block": "1"}],
     "terms.windows[0].credit.rules[0].block_s: too short"),
    ("terms.windows.0.credit.rules", [{"kind": "blocks", "block_s": 1, "percent_per_block": "1", "partial": "half"}],
     "terms.windows[0].credit.rules[0].partial: 'half' is none of count, ignore"),
    ("terms.windows.0.credit.rules",
     [{"kind": "blocks", "block_s": 1, "percent_per_block": "1", "measure": "each_outage", "over": "budget"}],
     "terms.windows[0].credit.rules[0].over: each outage is not combined with the budget"),
    ("terms.windows.0.credit.rules", [{"kind": "prorata", "multiple": "1", "over": "half"}],
     "terms.windows[0].credit.rules[0].over: 'half' is none of all, budget"),
    ("terms.windows.0.credit.rules", [{"kind": "prorata", "multiple": "1", "partial": "count"}],
     "terms.windows[0].credit.rules[0].partial: unknown"),
    ("terms.windows.0.credit.rules", [{"kind": "shortfall", "step": "0", "percent_per_step": "1"}],
     "terms.windows[0].credit.rules[0].step: 0 is no step"),
    ("terms.downtime", {"kind": "gut"}, "terms.downtime.kind: 'gut' is none of instant, run, bucket_time, requests"),
    ("terms.downtime", {"kind": "instant", "min_s": "5"}, "terms.downtime.min_s: unknown"),
    ("terms.downtime", {"kind": "run", "min_s": "5", "cmp": "<", "scope": "counted", "count": "whole"},
     "terms.downtime.cmp: '<' is none of >, >="),
    ("terms.downtime", {"kind": "run", "min_s": "0.0001", "cmp": ">", "scope": "counted", "count": "whole"},
     "terms.downtime.min_s: finer than a millisecond"),
    ("terms.downtime", {"kind": "run", "min_s": "5", "cmp": ">", "scope": "counted"}, "terms.downtime.count: missing"),
    ("terms.downtime", {"kind": "bucket_time", "bucket_s": "0", "down_when": "any"},
     "terms.downtime.bucket_s: too short"),
    ("terms.downtime", {"kind": "requests", "bucket_s": 60, "mode": "threshold", "cmp": ">"},
     "terms.downtime.threshold: missing"),
    ("terms.downtime", {"kind": "requests", "bucket_s": 60, "mode": "threshold", "threshold": "0.1"},
     "terms.downtime.cmp: missing"),
    ("terms.downtime", {"kind": "requests", "bucket_s": 60, "mode": "average", "empty": "up"},
     "terms.downtime.empty: 'up' is none of ok, down, leave_out"),
    ("terms.unknown", "as_is", "terms.unknown: 'as_is' is none of as_up, as_down, leave_out"),
    ("terms.exclusions", {"effect": "forget", "rules": []}, "terms.exclusions.effect: 'forget' is none of "),
    ("terms.exclusions", {"effect": "leave_out", "rules": [{"kind": "a"}, {"kind": "a"}]},
     "terms.exclusions.rules: two are for the same kind"),
    ("terms.exclusions", {"effect": "leave_out", "rules": [{"kind": "a", "notice_s": 5}]},
     "terms.exclusions.rules[0].notice_s: unknown"),
    ("terms.composite", {"mode": "most_down"}, "terms.composite.mode: 'most_down' is none of any_down, "),
    ("terms.composite", {"mode": "at_least_down"}, "terms.composite.k: missing"),
    ("terms.composite", {"mode": "weighted"}, "terms.composite.weights: missing, or nothing but 0"),
    ("terms.composite", {"mode": "weighted", "weights": {"x": "1"}}, "input.components: "),
    ("terms.impact", "full", "terms.impact: 'full' is none of ignore, proportional"),
    ("terms.denominator", "fixed", "terms.denominator: 'fixed' is none of actual, nominal_days"),
    ("terms.denominator", {"fixed_s": 0}, "terms.denominator.fixed_s: too short"),
    ("terms.denominator", {"fixed": 5}, "terms.denominator.fixed_s: missing"),
    ("terms.target_cmp", "<", "terms.target_cmp: '<' is none of >=, >"),
    ("terms.contract_rounding", {"decimals": -1, "mode": "half_up"}, "terms.contract_rounding.decimals: -1 is below 0"),
    ("terms.contract_rounding", {"decimals": 2, "mode": "up"}, "terms.contract_rounding.mode: 'up' is none of "),
    ("terms.zero_service", "as_0", "terms.zero_service: 'as_0' is none of not_applicable, as_100"),
    ("terms.credit_combine", "min", "terms.credit_combine: 'min' is none of max, sum"),
    ("terms.fee.amount", "1,000.00", "terms.fee.amount: '1,000.00' is no number from 0 on"),
    ("terms.fee.currency", None, "terms.fee.currency: None is no text"),
    ("terms.fee.decimals", "2", "terms.fee.decimals: '2' is no whole number"),
    ("terms.fee.day_basis", "0", "terms.fee.day_basis: a fee is for no days"),
    ("terms.fee.day_basis", "month", "terms.fee.day_basis: 'month' is no number from 0 on"),
    ("terms.fee.tax", "19", "terms.fee.tax: unknown"),
    ("terms.min_credit", {"amount": "1", "cmp": "=="}, "terms.min_credit.cmp: '==' is none of <, <=, >, >="),
    ("terms.claim", {"required": True}, "terms.claim.days: missing"),
    ("terms.claim", {"required": "yes", "days": 3}, "terms.claim.required: 'yes' is neither true nor false"),
    ("terms.claim", {"required": True, "days": 3, "business": True}, "terms.claim.business: unknown"),
    ("terms.termination", [{"kind": "outages"}],
     "terms.termination[0].kind: 'outages' is none of misses, rolling_average"),
    ("terms.termination", [{"kind": "misses", "misses": 0, "of": 3}], "terms.termination[0].misses: 0 is below 1"),
    ("terms.termination", [{"kind": "rolling_average", "periods": 3}], "terms.termination[0].below: missing"),
    ("input.weather", [], "input.weather: unknown"),
    ("input.periods", ["2025-13"], "'2025-13' is no period: write year and month, as in 2026-10"),
    ("input.periods", [7], "input.periods[0]: 7 is no object"),
    ("input.periods", [{"from_ms": 5, "to_ms": 5}], "input.periods[0].to_ms: not after from_ms"),
    ("input.components", {}, "input.components: none at all"),
    ("input.components", [], "input.components: [] is no object"),
    ("input.components", {"a": {"timeline": []}}, "input.components.a.default: missing"),
    ("input.components", {"a": {"timeline": [], "default": "slow"}}, "input.components.a.default: 'slow' is none of "),
    ("input.components", {name: {"timeline": [], "default": "up"} for name in "ab"},
     "input.components: several, but terms.composite does not say how they combine"),
    ("input.components", {"a": {"default": "up", "timeline": [{"from_ms": 5, "to_ms": 4, "state": "up"}]}},
     "input.components.a.timeline[0].to_ms: before from_ms"),
    ("input.components", {"a": {"default": "up", "timeline": [
        {"from_ms": 0, "to_ms": 5, "state": "up"}, {"from_ms": 4, "to_ms": 6, "state": "down"}]}},
     "input.components.a.timeline: two intervals hold 4"),
    ("input.components", {"a": {"default": "up", "timeline": [
        {"from_ms": 0, "to_ms": 5, "state": "down", "impact": "4/3"}]}},
     "input.components.a.timeline[0].impact: more than all"),
    ("input.components", {"a": {"default": "up", "timeline": [
        {"from_ms": 0, "to_ms": 5, "state": "down", "impact": "1/0"}]}},
     "input.components.a.timeline[0].impact: '1/0' is no number from 0 on"),
    ("input.exclusions", [{"id": "m", "kind": "k", "from_ms": 1, "to_ms": 2, "why": "x"}],
     "input.exclusions[0].why: unknown"),
    ("input.exclusions", [{"id": "m", "kind": "k", "from_ms": "1", "to_ms": 2}],
     "input.exclusions[0].from_ms: '1' is no whole number"),
    ("input.as_of_ms", 1.5, "input.as_of_ms: 1.5 is no whole number"),
    ("input.claims", {"2025-04": "soon"}, "input.claims.2025-04: 'soon' is no whole number"),
    ("input.requests", {"default": {"total": 1, "failed": 2}, "buckets": []},
     "input.requests.default.failed: 2 of 1 failed"),
    ("input.requests", {"default": {"total": 1, "failed": 0}, "buckets": [{"from_ms": 0, "total": 1, "failed": 1}] * 2},
     "input.requests.buckets: two begin at the same instant"),
    ("expected", [], "expected: is no object"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_what_the_format_does_not_know_is_refused_by_name(path: str, value: object, message: str) -> None:
    text = changed(PLAIN, path, value)
    with pytest.raises(QuantityError) as refused:
        read_case(text)
    assert str(refused.value).startswith(message)
    assert examined(PLAIN, text).problem == str(refused.value)


def test_key_that_is_missing_is_named() -> None:
    whole = vector(PLAIN)
    del whole["terms"]["unknown"]
    with pytest.raises(QuantityError, match=r"^terms\.unknown: missing$"):
        read_case(json.dumps(whole))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON: "),
        ("{", "is no JSON: "),
        ("[" * 200_000, "is no JSON: "),
        ("9" * 5_000, "is no JSON: "),
        ("[]", "is not of the format sla-vector/1"),
        ("{}", "is not of the format sla-vector/1"),
        ('{"format": NaN}', "NaN is no number"),
        ('{"format": "sla-vector/1", "id": "a", "id": "b"}', "id: stands twice in one object"),
    ],
)
def test_what_is_no_case_is_refused(text: str, message: str) -> None:
    with pytest.raises(QuantityError) as refused:
        read_case(text)
    assert str(refused.value).startswith(message)


def test_what_the_engine_cannot_do_is_told_of_its_case() -> None:
    found = examined(PLAIN, changed(PLAIN, "input.periods", [{"from_ms": 0, "to_ms": 10**30}]).replace(
        '"calendar_month"', '"custom"'
    ))  # fmt: skip
    assert found.problem is not None
    assert found.problem.startswith("the engine failed: ")
