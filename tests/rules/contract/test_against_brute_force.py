"""The engine and the brute force come to the same, for any terms and any course of events on a grid of ticks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.cases import VECTORS, vector
from tests.rules.contract.brute_force import BruteForce, ends, midnight, wall_clock
from uptally.conformance.examine import examined

Json = dict[str, Any]
T = TypeVar("T")

CHANGES = {
    "Europe/Berlin": ("2025-03-30T01:00", "2025-10-26T01:00"),
    "America/New_York": ("2025-03-09T07:00", "2025-11-02T06:00"),
    "Australia/Lord_Howe": ("2025-04-05T15:00", "2025-10-04T15:30"),
    "Africa/Casablanca": ("2025-02-23T02:00", "2025-04-06T02:00"),
    "America/Havana": ("2025-03-09T05:00", "2025-11-02T05:00"),
    "America/Sao_Paulo": ("2018-02-18T02:00", "2018-11-04T03:00"),
    "Africa/Cairo": ("2010-09-30T21:00", "2024-10-31T21:00"),
    "Asia/Beirut": ("2025-03-29T22:00", "2025-10-25T21:00"),
    "Atlantic/Azores": ("2025-10-26T01:00",),
    "Pacific/Apia": ("2011-12-30T10:00",),
    "Asia/Kolkata": ("2025-06-30T18:30",),
    "UTC": ("2024-12-31T00:00",),
}
"""Instants in UTC at which the clocks of a zone change, or only its day."""

FINE_S, COARSE_S = 20, 1_800
"""Ticks of custom periods of minutes, and of days and months."""

GRID_S = (COARSE_S, 900, 300, 60, 30, FINE_S)
"""Ticks that are tried for the public vectors; with finer ones a month would take minutes."""

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PERCENTS = ["0", "50", "80", "90", "95", "99", "99.5", "99.9", "99.99", "100"]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


class Scene:
    """The zone, the periods and the grid of a case, and how values are drawn on it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.zone = self.of(*CHANGES)
        change = self.of(*CHANGES[self.zone])
        self.kind = self.of(*["custom"] * 8, *["calendar_month"] * 3, "calendar_quarter")
        self.tick_s = self.of(FINE_S, COARSE_S) if self.kind == "custom" else COARSE_S
        self.periods: list[Any] = []
        self.ends: tuple[int, int]
        if self.kind == "custom":
            # So few ticks that drawn edges often fall together.
            length = random.randint(3, 8) * self.of(1, 5, 12)
            start = ms(change) - random.randint(0, length) * self.tick_s * 1000
            for _ in range(self.of(1, 2, 3)):
                self.periods.append({"from_ms": start, "to_ms": start + length * self.tick_s * 1000})
                start += length * self.tick_s * 1000
            self.ends = self.periods[0]["from_ms"], start
        else:
            year, month = int(change[:4]), int(change[5:7])
            begin = ms(f"{year}-{month:02d}-01T00:00")
            for _ in range(self.of(1, 2) if self.kind == "calendar_month" else 1):
                is_month = self.kind == "calendar_month"
                self.periods.append(f"{year}-{month:02d}" if is_month else f"{year}-Q{(month + 2) // 3}")
                year, month = (year, month + 1) if month < 12 else (year + 1, 1)
            self.ends = begin, ms(f"{year}-{month:02d}-01T00:00")
        self.change = ms(change)

    def of(self, *values: T) -> T:
        return self.random.choice(values)

    def rarely(self, value: T, otherwise: T) -> T:
        return value if self.random.randrange(4) == 0 else otherwise

    def instant(self) -> int:
        """An instant on the grid, most in or near the periods and many near the change of clocks."""
        start, end = self.ends
        around = self.of(self.change, start, end, None)
        ticks = (end - start) // (self.tick_s * 1000)
        if around is None:
            return start + self.random.randint(0, ticks) * self.tick_s * 1000
        return around + self.random.randint(-8, 8) * self.tick_s * 1000

    def stretch(self) -> Json:
        start = self.instant()
        return {"from_ms": start, "to_ms": start + self.ticks(1, 16) * 1000}

    def ticks(self, least: int, most: int) -> int:
        """Seconds of so many ticks."""
        return self.random.randint(least, most) * self.tick_s

    def length(self) -> str:
        """Seconds, on the grid or beside it."""
        return self.of(str(self.ticks(0, 8)), f"{self.ticks(0, 8)}.5")

    def time_of_day(self) -> str:
        """What the wall clock reads at an instant, so that hours open and close while something happens."""
        minute = wall_clock(self.instant(), self.zone)[1]
        minute -= minute % 30 if self.tick_s == COARSE_S else 0
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def hours(self) -> Json:
        days = self.of(WEEK, WEEK, WEEK[:5], WEEK[5:])
        return {"days": days, "from": self.time_of_day(), "to": self.of("24:00", self.time_of_day())}


def schedule(scene: Scene) -> Any:
    if scene.of(True, True, False):
        return "always"
    day = datetime.fromtimestamp(scene.instant() // 1000, UTC).date().isoformat()
    weekly = [scene.hours() for _ in range(scene.of(1, 1, 2))]
    return {"weekly": weekly, "closed_dates": scene.rarely([day], [])}


def award(scene: Scene, percent: str, days: str) -> Json:
    return scene.of({percent: scene.of("5", "33.3", "100")}, {days: scene.of("1", "0.5")})


def tier(scene: Scene, suffix: str) -> Json:
    found = award(scene, "percent", "days")
    for key in scene.of(["lt"], ["le"], ["ge"], ["gt"], ["lt", "ge"], list[str]()):
        found[key + suffix] = scene.length() if suffix else scene.of(*PERCENTS)
    return found


def credit_rule(scene: Scene, *, has_pieces: bool) -> Json:
    kind = scene.of(
        "tiers", "downtime_tiers", "blocks", "prorata", "shortfall", *(["per_day"] * 2 if has_pieces else [])
    )
    rule: Json = {"kind": kind}
    if kind in ("tiers", "downtime_tiers"):
        rule["tiers"] = [tier(scene, "" if kind == "tiers" else "_s") for _ in range(scene.of(1, 2, 3))]
    elif kind == "blocks":
        size = {"block_s": scene.of("7", str(scene.ticks(1, 4))), "partial": scene.of("count", "ignore")}
        rule |= award(scene, "percent_per_block", "days_per_block") | size
        if has_pieces and scene.of(True, False):
            rule |= {"measure": "each_outage", "min_outage_s": scene.length()}
        else:
            rule["over"] = scene.of("all", "budget")
    elif kind == "prorata":
        rule |= {"multiple": scene.of("1", "2.5"), "over": scene.of("all", "budget")}
    elif kind == "shortfall":
        step = {"step": scene.of("0.1", "0.07", "1"), "partial": scene.of("count", "ignore")}
        rule |= award(scene, "percent_per_step", "days_per_step") | step
    else:
        rule |= {"days_per_hit": scene.of("1", "2"), "threshold_s": scene.length(), "cmp": scene.of(">", ">=")}
        rule["consecutive"] = scene.of(True, False)
    if scene.of(True, False):
        rule["only_if_missed"] = True
    return rule


def window(scene: Scene, name: str, *, has_pieces: bool) -> Json:
    rules = [credit_rule(scene, has_pieces=has_pieces) for _ in range(scene.of(0, 1, 2, 3))]
    credit = {"rules": rules, "combine": scene.of("max", "sum"), "cap_percent": scene.of(None, "100", "15")}
    return {"name": name, "target": scene.of(*PERCENTS[3:]), "schedule": schedule(scene), "credit": credit}


def windows(scene: Scene, *, has_pieces: bool) -> list[Json]:
    found = [window(scene, "core", has_pieces=has_pieces)]
    if scene.rarely(True, False):
        other = window(scene, "off", has_pieces=has_pieces)
        other["schedule"] = scene.of({"complement_of": "core"}, other["schedule"])
        found.insert(scene.of(0, 1), other)
    return found


def downtime(scene: Scene, kind: str) -> Json:
    if kind == "run":
        least = scene.ticks(0, 6)
        count = scene.of("whole", "excess", "whole_minutes")
        # Only what is cut there must lie on the grid.
        text = str(least) if count == "excess" else scene.of(str(least), f"{least}.5")
        return {"kind": kind, "min_s": text, "cmp": scene.of(">", ">="), "scope": scene.of("counted", "incident"),
                "count": count}  # fmt: skip
    if kind == "bucket_time":
        return {"kind": kind, "bucket_s": scene.ticks(1, 7), "down_when": scene.of("any", "all")}
    if kind == "requests":
        mode = scene.of("average", "ratio", "threshold")
        rule = {"kind": kind, "bucket_s": scene.ticks(1, 7), "mode": mode, "empty": scene.of("ok", "down", "leave_out")}
        if mode == "threshold":
            rule |= {"threshold": scene.of("0", "0.05", "0.5"), "cmp": scene.of(">", ">=")}
            rule |= scene.of({}, {"min_requests": scene.of(1, 20)}, {"min_consecutive": scene.of(1, 2, 3)})
        return rule
    return {"kind": "instant"}


def exclusion_rules(scene: Scene) -> Json:
    rules = []
    for kind in scene.of(["maintenance"], ["maintenance", "customer"], []):
        rule: Json = {"kind": kind, "min_notice_s": scene.of(None, None, 0, scene.ticks(1, 9))}
        if scene.rarely(True, False):
            rule["only_during"] = [scene.hours()]
        if scene.rarely(True, False):
            rule["max_excluded_s"] = scene.ticks(0, 6)
        rules.append(rule)
    return {"effect": scene.of("leave_out", "count_as_up"), "rules": rules}


def exclusions(scene: Scene) -> list[Json]:
    found = []
    for index in range(scene.of(0, 1, 1, 2, 3)):
        one: Json = scene.stretch() | {"id": f"x{index}", "kind": scene.of("maintenance", "maintenance", "customer")}
        told = scene.of(None, one["from_ms"] - scene.ticks(0, 12) * 1000, one["from_ms"] + 1000)
        found.append(one | {"notified_ms": told, "notified": "then"})
    return found


def timeline(scene: Scene, *, has_impact: bool) -> list[Json]:
    found, last = [], -(10**15)
    for piece in sorted((scene.stretch() for _ in range(scene.of(2, 3, 5, 1, 0))), key=lambda each: each["from_ms"]):
        start = max(piece["from_ms"], last)
        if start < piece["to_ms"]:
            last = piece["to_ms"]
            one = {"from_ms": start, "to_ms": last, "state": scene.of("down", "down", "down", "unknown", "up")}
            if has_impact and one["state"] == "down":
                one["impact"] = scene.of("0", "0.25", "1/3", "1")
            found.append(one)
    return found


def components(scene: Scene, terms: Json) -> Json:
    composite, rule = terms["composite"], terms["downtime"]
    names = ["a"] if composite is None else ["a", "b"] if composite["mode"] == "weighted" else ["a", "b", "c"]
    # An outage without a begin has no length.
    is_whole = rule["kind"] == "run" and rule["scope"] == "incident"
    usual = ["up"] * 5 if is_whole else ["up"] * 5 + ["unknown", "down"]
    found: Json = {}
    for name in names:
        default = scene.of(*usual)
        has_impact = terms["impact"] == "proportional"
        found[name] = {"timeline": timeline(scene, has_impact=has_impact), "default": default}
        if composite is not None and composite["mode"] == "pooled" and scene.of(True, False):
            span = scene.stretch()
            found[name]["deployed"] = scene.of(span, span | {"from_ms": None}, span | {"to_ms": None})
    return found


def composite(scene: Scene, kind: str) -> Json | None:
    if kind == "requests" or scene.of(True, True, False):
        return None
    mode = scene.of("any_down", "all_down", "at_least_down", "weighted", "pooled")
    if mode == "at_least_down":
        return {"mode": mode, "k": scene.of(1, 2, 3)}
    if mode == "weighted":
        return {"mode": mode, "weights": {"a": scene.of("0.7", "1"), "b": scene.of("30", "0")}}
    return {"mode": mode}


def termination(scene: Scene) -> list[Json] | None:
    of_what = scene.of({}, {"below": "95"}, {"downtime_gt_s": scene.length()})
    rules = [
        {"kind": "misses", "misses": scene.of(1, 2), "of": scene.of(2, 3)} | of_what,
        {"kind": "rolling_average", "periods": scene.of(1, 2), "below": scene.of("99", "99.9")},
    ]
    return scene.of(None, rules, rules[1:])


def requests(scene: Scene, rule: Json) -> Json | None:
    if rule["kind"] != "requests":
        return None
    listed: dict[int, Json] = {}
    for _ in range(scene.of(0, 3, 8)):
        start, end = ends(scene.of(*scene.periods), scene.kind, scene.zone)
        at_ms = start + scene.random.randint(0, 20) * rule["bucket_s"] * 1000
        if at_ms >= end:
            continue
        total = scene.of(0, 10, 30)
        listed[at_ms] = {"from_ms": at_ms, "total": total, "failed": scene.random.randint(0, total)}
    default = scene.of({"total": 0, "failed": 0}, {"total": 100, "failed": 0}, {"total": 100, "failed": 1})
    return {"default": default, "buckets": list(listed.values())}


def terms_of(scene: Scene) -> Json:
    kind = scene.of("instant", "run", "run", "bucket_time", "requests")
    combined, rule = composite(scene, kind), downtime(scene, kind)
    mode = combined["mode"] if combined else None
    has_pieces = mode not in ("weighted", "pooled") and rule.get("mode") not in ("average", "ratio")
    start, end = scene.instant(), scene.instant()
    return {
        "timezone": scene.zone,
        "period": scene.kind,
        "windows": windows(scene, has_pieces=has_pieces),
        "contract": scene.rarely({"from_ms": min(start, end), "to_ms": scene.of(None, max(start, end))},
                                 {"from_ms": None, "to_ms": None}),
        "partial_period": scene.of("measure_part", "measure_part", "rest_counts_as_up", "no_credit"),
        "open_period": scene.of("elapsed", "full_period"),
        "downtime": rule,
        "unknown": scene.of("as_up", "as_down", "leave_out"),
        "exclusions": exclusion_rules(scene),
        "composite": combined,
        "impact": "ignore" if combined else scene.of("ignore", "proportional"),
        "denominator": "actual" if mode == "pooled" else scene.of("actual", "actual", "nominal_days",
                                                                 {"fixed_s": scene.of(scene.tick_s, 2_592_000)}),
        "target_cmp": scene.of(">=", ">"),
        "contract_rounding": scene.rarely({"decimals": scene.of(0, 1, 3),
                                           "mode": scene.of("half_up", "half_even", "truncate")}, None),
        "zero_service": scene.of("not_applicable", "as_100"),
        "credit_combine": scene.of("max", "sum"),
        "cap_percent": scene.of(None, "100", "20"),
        "fee": {
            "amount": scene.of("1000.00", "12345", "0.05"),
            "currency": "EUR",
            "decimals": scene.of(0, 2, 3),
            "rounding": scene.of("half_even", "half_up", "truncate"),
            "proration": scene.of("none", "calendar_days", "exact_time"),
            "day_basis": scene.of("period_days", "30"),
        },
        "min_credit": scene.rarely({"amount": scene.of("1.00", "0.01"), "cmp": scene.of(">", ">=")}, None),
        "claim": scene.of({"required": scene.of(True, True, False), "days": scene.of(0, 5, 30)}, None),
        "termination": termination(scene),
    }  # fmt: skip


def claims(scene: Scene, rule: Json | None) -> Json:
    """Claims at the last moment, or too late."""
    found: Json = {}
    for label in scene.periods:
        if isinstance(label, str) and rule is not None:
            day = wall_clock(ends(label, scene.kind, scene.zone)[1], scene.zone)[0]
            found[label] = midnight(day + timedelta(days=rule["days"]), scene.zone) + scene.of(-1, 0, 3_600_000)
    return scene.of(found, found, {})


def case_of(random: Random) -> tuple[Json, int]:
    """A case without what is expected of it, and the milliseconds of its ticks."""
    scene = Scene(random)
    terms = terms_of(scene)
    facts = {
        "periods": scene.periods,
        "components": components(scene, terms),
        "exclusions": exclusions(scene),
        "requests": requests(scene, terms["downtime"]),
        "as_of_ms": scene.rarely(scene.instant(), None),
        "claims": claims(scene, terms["claim"]),
    }
    case = {"format": "sla-vector/1", "id": "drawn", "why": "drawn", "terms": terms, "input": facts}
    return case, scene.tick_s * 1000


CASES = st.randoms(use_true_random=True).map(case_of)
"""Drawn evenly: of what is drawn to be simple, little would ever be down."""


def assert_same(case: Json, tick_ms: int) -> None:
    expected = BruteForce(case, tick_ms).answer()
    found = examined("drawn", json.dumps(case | {"expected": expected}))
    assert (found.problem, found.differences) == (None, ())


@given(CASES)
@settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_engine_agrees_with_brute_force(drawn: tuple[Json, int]) -> None:
    assert_same(*drawn)


@pytest.mark.soak
@given(CASES)
@settings(max_examples=20_000, suppress_health_check=[HealthCheck.too_slow])
def test_engine_agrees_with_brute_force_in_many_cases(drawn: tuple[Json, int]) -> None:
    assert_same(*drawn)


def edges_of(value: object) -> Iterator[int]:
    """Every instant that a case names, but for when a notice or a claim came in."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key.endswith("_ms") and key != "notified_ms" and each is not None:
                yield each
            elif key != "buckets":
                yield from edges_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from edges_of(each)


def grid_of(case: Json) -> int | None:
    """The longest tick in seconds on which everything of a case lies, of those that are tried."""
    bucket = int(case["terms"]["downtime"].get("bucket_s", COARSE_S))
    edges = list(edges_of([case["terms"]["contract"], case["input"]]))
    return next(
        (tick for tick in GRID_S if not bucket % tick and not any(edge % (tick * 1000) for edge in edges)), None
    )


def public(*, ticks: Collection[int]) -> list[Any]:
    """The public vectors that lie on such grids."""
    vectors = (vector(path.stem) for path in sorted(VECTORS.glob("*.json")))
    return [pytest.param(case, id=case["id"]) for case in vectors if grid_of(case) in ticks]


def assert_as_expected(case: Json) -> None:
    tick_s, expected = grid_of(case), case["expected"]
    assert tick_s is not None
    for period in expected["periods"]:
        period["reason_lines"] = []
        period["reason_codes"].sort()
    assert BruteForce(case, tick_s * 1000).answer() == expected


@pytest.mark.parametrize("case", public(ticks=[COARSE_S]))
def test_brute_force_comes_to_what_a_public_vector_expects(case: Json) -> None:
    assert_as_expected(case)


@pytest.mark.soak
@pytest.mark.parametrize("case", public(ticks=GRID_S[1:]))
def test_brute_force_comes_to_what_a_public_vector_on_a_fine_grid_expects(case: Json) -> None:
    assert_as_expected(case)
