"""The rules of docs/sla-vectors.md once more, written from that page alone: tick by tick, slowly, without the engine.

Time is cut into ticks so short that nothing changes within one, and each tick is asked everything: what its wall clock
reads, which window holds, what is excluded, what the component was. A set of instants holds the ticks of which
something is true. Nothing is imported from the program.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
Ticks = set[int]

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TIERS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
DAY_S = 86_400


@cache
def wall_clock(at_ms: int, zone: str) -> tuple[date, int]:
    """The local date and the minute of the day that the wall clock reads."""
    local = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(zone))
    return local.date(), local.hour * 60 + local.minute


@cache
def midnight(day: date, zone: str) -> int:
    """The first instant whose local date is that day, looked for minute by minute."""
    at_ms = int((datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)).total_seconds()) * 1000  # noqa: DTZ001
    at_ms -= 26 * 3_600_000
    while wall_clock(at_ms, zone)[0] < day:
        at_ms += 60_000
    return at_ms


def ends(label: str | Json, kind: str, zone: str) -> tuple[int, int]:
    """Where a period begins and ends."""
    if isinstance(label, dict):
        return label["from_ms"], label["to_ms"]
    year = int(label[:4])
    month, length = 1, 12
    if kind == "calendar_quarter":
        month, length = 3 * int(label[-1]) - 2, 3
    if kind == "calendar_month":
        month, length = int(label[5:]), 1
    after = month + length
    end = date(year, after, 1) if after <= 12 else date(year + 1, after - 12, 1)
    return midnight(date(year, month, 1), zone), midnight(end, zone)


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def reads_within(hours: Json, closed: list[str], at_ms: int, zone: str) -> bool:
    """Whether the wall clock reads a time in weekly hours that do not begin on a closed date."""
    today, minute = wall_clock(at_ms, zone)
    begin, end = minutes(hours["from"]), minutes(hours["to"])

    def opens(day: date) -> bool:
        return DAYS[day.weekday()] in hours["days"] and day.isoformat() not in closed

    if end > begin:
        return opens(today) and begin <= minute < end
    return (opens(today) and minute >= begin) or (opens(today - timedelta(days=1)) and minute < end)


def seconds(value: Any) -> Fraction:
    return Fraction(str(value))


@dataclass
class Sums:
    """What a component came to in a window, in seconds; `pieces` are the contiguous pieces of counted time."""

    scheduled: Fraction
    agreed: Fraction
    denominator: Fraction
    counted: Fraction
    excluded: Fraction
    ignored: Fraction
    unknown: Fraction
    service: Fraction
    availability: Fraction | None
    pieces: list[list[int]]
    weights: dict[int, Fraction]


class BruteForce:
    """A case on a grid of ticks; `answer` is what it should come to."""

    def __init__(self, case: Json, tick_ms: int) -> None:
        self.terms: Json = case["terms"]
        self.input: Json = case["input"]
        self.tick = tick_ms
        self.tick_s = Fraction(tick_ms, 1000)
        self.zone: str = self.terms["timezone"]
        self.as_of: int | None = self.input["as_of_ms"]
        self.periods = [(label, *ends(label, self.terms["period"], self.zone)) for label in self.input["periods"]]
        edges = [edge for _, start, end in self.periods for edge in (start, end)]
        for component in self.input["components"].values():
            edges += [piece[key] for piece in component["timeline"] for key in ("from_ms", "to_ms")]
        self.everything = range(min(edges) - tick_ms, max(edges) + tick_ms, tick_ms)

    def answer(self) -> Json:
        results = [self.period(*each) for each in self.periods]
        found: Json = {"periods": [result["said"] for result in results]}
        if self.terms["termination"]:
            found["termination"] = self.termination(results)
        return found

    # What each tick is.

    def state(self, component: Json, at_ms: int) -> str:
        """`down`, `up` or `unknown`; nothing after `as_of_ms` is ever read, so that time is as good as up."""
        if self.as_of is not None and at_ms >= self.as_of:
            return "up"
        for piece in component["timeline"]:
            if piece["from_ms"] <= at_ms < piece["to_ms"]:
                return str(piece["state"])
        return str(component["default"])

    def combined_state(self, at_ms: int) -> str:
        states = [self.state(component, at_ms) for component in self.input["components"].values()]
        composite = self.terms["composite"]
        if composite is None:
            return states[0]
        down, unknown = states.count("down"), states.count("unknown")
        if composite["mode"] == "any_down":
            return "down" if down else "unknown" if unknown else "up"
        if composite["mode"] == "all_down":
            return "up" if "up" in states else "unknown" if unknown else "down"
        return "down" if down >= composite["k"] else "unknown" if down + unknown >= composite["k"] else "up"

    def impact(self, component: Json, at_ms: int) -> Fraction:
        if self.terms["impact"] == "proportional":
            for piece in component["timeline"]:
                if piece["from_ms"] <= at_ms < piece["to_ms"] and piece["state"] == "down":
                    return Fraction(piece.get("impact", "1"))
        return Fraction(1)

    def in_contract(self, at_ms: int) -> bool:
        start, end = self.terms["contract"]["from_ms"], self.terms["contract"]["to_ms"]
        return (start is None or at_ms >= start) and (end is None or at_ms < end)

    def in_window(self, window: Json, at_ms: int) -> bool:
        schedule = window["schedule"]
        if schedule == "always":
            return True
        if "complement_of" in schedule:
            (other,) = (each for each in self.terms["windows"] if each["name"] == schedule["complement_of"])
            return not self.in_window(other, at_ms)
        closed = schedule.get("closed_dates", [])
        return any(reads_within(hours, closed, at_ms, self.zone) for hours in schedule["weekly"])

    def is_past(self, at_ms: int) -> bool:
        return self.as_of is None or at_ms < self.as_of

    def is_scheduled(self, window: Json, at_ms: int) -> bool:
        if not self.in_window(window, at_ms):
            return False
        if not self.in_contract(at_ms) and self.terms["partial_period"] != "rest_counts_as_up":
            return False
        return self.is_past(at_ms) or self.terms["open_period"] == "full_period"

    # Exclusions.

    def why_not(self, exclusion: Json) -> str | None:
        """Why an exclusion does not count: its kind, or its notice."""
        rules = {rule["kind"]: rule for rule in self.terms["exclusions"]["rules"]}
        if exclusion["kind"] not in rules:
            return "kind"
        notice, told = rules[exclusion["kind"]].get("min_notice_s"), exclusion.get("notified_ms")
        if notice is None:
            return None
        if told is None or (self.as_of is not None and told > self.as_of):
            return "notice"
        return None if exclusion["from_ms"] - told >= seconds(notice) * 1000 else "notice"

    def excluded(self, scheduled: list[int], codes: set[str]) -> Ticks:
        found: Ticks = set()
        by_kind: dict[str, Ticks] = {}
        for exclusion in self.input["exclusions"]:
            touched = [at_ms for at_ms in scheduled if exclusion["from_ms"] <= at_ms < exclusion["to_ms"]]
            why = self.why_not(exclusion)
            if why is not None:
                if touched:
                    codes.add(f"not_excluded:{exclusion['id']}:{why}")
                continue
            (rule,) = (each for each in self.terms["exclusions"]["rules"] if each["kind"] == exclusion["kind"])
            hours = rule.get("only_during")
            allowed = [
                at_ms
                for at_ms in touched
                if hours is None or any(reads_within(each, [], at_ms, self.zone) for each in hours)
            ]
            if len(allowed) < len(touched):
                codes.add(f"outside_hours:{exclusion['kind']}")
            if allowed:
                codes.add(f"excluded:{exclusion['id']}")
            by_kind.setdefault(exclusion["kind"], set()).update(allowed)
        for rule in self.terms["exclusions"]["rules"]:
            taken = sorted(by_kind.get(rule["kind"], ()))
            most = rule.get("max_excluded_s")
            if most is not None and len(taken) * self.tick_s > seconds(most):
                codes.add(f"exclusion_capped:{rule['kind']}")
                taken = taken[: int(seconds(most) / self.tick_s)]
            found.update(taken)
        return found

    # Downtime.

    def pieces(self, ticks: Iterable[int]) -> list[list[int]]:
        """Contiguous ticks together."""
        found: list[list[int]] = []
        for at_ms in sorted(ticks):
            if found and found[-1][-1] + self.tick == at_ms:
                found[-1].append(at_ms)
            else:
                found.append([at_ms])
        return found

    def counted(self, is_down: Callable[[int], bool], judged: Ticks, start: int) -> Ticks:
        """The ticks that count as downtime, of those that are judged."""
        rule = self.terms["downtime"]
        down = {at_ms for at_ms in judged if is_down(at_ms)}
        if rule["kind"] == "instant":
            return down
        if rule["kind"] == "bucket_time":
            buckets: dict[int, list[int]] = {}
            for at_ms in judged:
                buckets.setdefault(int((at_ms - start) // (seconds(rule["bucket_s"]) * 1000)), []).append(at_ms)
            test = any if rule["down_when"] == "any" else all
            return {at_ms for bucket in buckets.values() if test(each in down for each in bucket) for at_ms in bucket}
        if rule["scope"] == "incident":
            runs = self.pieces(at_ms for at_ms in self.everything if is_down(at_ms))
        else:
            runs = self.pieces(down)
        least = seconds(rule["min_s"])
        found: Ticks = set()
        for run in runs:
            length = len(run) * self.tick_s
            if not COMPARE[rule["cmp"]](length, least):
                continue
            for at_ms in run:
                begun = Fraction(at_ms - run[0], 1000)
                if rule["count"] == "excess" and begun < least:
                    continue
                if rule["count"] == "whole_minutes" and begun + self.tick_s > length // 60 * 60:
                    continue
                found.add(at_ms)
        return found & judged

    def days(self, start: int, end: int) -> list[date]:
        found = {wall_clock(at_ms, self.zone)[0] for at_ms in range(start, end, self.tick)}
        return sorted(found)

    def denominator(self, actual: Fraction, start: int, end: int) -> Fraction:
        said = self.terms["denominator"]
        if said == "actual":
            return actual
        if said == "nominal_days":
            return Fraction(len(self.days(start, end)) * DAY_S)
        return seconds(said["fixed_s"])

    def by_time(
        self, window_ticks: tuple[list[int], Ticks], component: Json | None, state: Callable[[int], str], span: Any
    ) -> Sums:
        """What a component (None where several make one) came to, by how long it was down."""
        scheduled, excluded = window_ticks
        if component is not None and component.get("deployed") is not None:
            begin, finish = component["deployed"]["from_ms"], component["deployed"]["to_ms"]
            scheduled = [
                at_ms for at_ms in scheduled if (begin is None or at_ms >= begin) and (finish is None or at_ms < finish)
            ]
        policy, is_kept = self.terms["unknown"], self.terms["exclusions"]["effect"] == "count_as_up"
        judged = {at_ms for at_ms in scheduled if self.in_contract(at_ms) and self.is_past(at_ms)}
        agreed = [at_ms for at_ms in scheduled if is_kept or at_ms not in excluded]
        unknown = {at_ms for at_ms in judged if at_ms not in excluded and state(at_ms) == "unknown"}
        looked_at = judged - excluded - (unknown if policy == "leave_out" else set())

        def is_down(at_ms: int) -> bool:
            return state(at_ms) == "down" or (policy == "as_down" and state(at_ms) == "unknown")

        counted = self.counted(is_down, looked_at, span[0])
        weights = {at_ms: self.impact(component, at_ms) if component else Fraction(1) for at_ms in counted}
        service = (len(agreed) - (len(unknown) if policy == "leave_out" else 0)) * self.tick_s
        found = Sums(
            scheduled=len(scheduled) * self.tick_s,
            agreed=len(agreed) * self.tick_s,
            denominator=self.denominator(service, *span),
            counted=sum(weights.values(), Fraction(0)) * self.tick_s,
            excluded=sum(state(at_ms) == "down" for at_ms in judged & excluded) * self.tick_s,
            ignored=sum(is_down(at_ms) and at_ms not in counted for at_ms in looked_at) * self.tick_s,
            unknown=len(unknown) * self.tick_s,
            service=service,
            availability=None,
            pieces=self.pieces(counted),
            weights=weights,
        )
        return available(found)

    def by_requests(self, scheduled: list[int], excluded: Ticks, span: tuple[int, int]) -> Sums:
        rule, counts, zero = self.terms["downtime"], self.input["requests"], Fraction(0)
        size = int(seconds(rule["bucket_s"]) * 1000)
        listed = {each["from_ms"]: each for each in counts["buckets"]}
        inside, is_kept = set(scheduled), self.terms["exclusions"]["effect"] == "count_as_up"
        kept: list[tuple[int, int, int, bool]] = []  # from, total, failed, whether it is read
        for at_ms in range(*span, size):
            if at_ms not in inside or (at_ms in excluded and not is_kept):
                continue
            count = listed.get(at_ms, counts["default"])
            is_read = self.in_contract(at_ms) and self.is_past(at_ms) and at_ms not in excluded
            is_silent = is_read and not count["total"]
            if rule["mode"] == "average" and rule.get("empty") == "leave_out" and is_silent:
                continue
            kept.append((at_ms, count["total"], count["failed"] if is_read else 0, is_read))
        lengths = {at_ms: Fraction(min(size, span[1] - at_ms), 1000) for at_ms, *_ in kept}
        measured = sum(lengths.values(), zero)
        bad, down = zero, list[int]()
        if rule["mode"] == "average" and kept:
            rates = [
                Fraction(failed, total) if total else Fraction(is_read and rule.get("empty") == "down")
                for _, total, failed, is_read in kept
            ]
            bad = sum(rates, zero) / len(rates)
        elif rule["mode"] == "ratio":
            requests = sum(total for _, total, _, _ in kept)
            bad = Fraction(sum(failed for _, _, failed, _ in kept), requests) if requests else zero
        elif rule["mode"] == "threshold":
            down = list(self.bad_intervals(kept, size))
            bad = sum((lengths[at_ms] for at_ms in down), zero) / measured if kept else zero
        ticks = {at for at_ms in down for at in range(at_ms, min(at_ms + size, span[1]), self.tick)}
        return available(
            Sums(
                scheduled=len(scheduled) * self.tick_s,
                agreed=measured,
                denominator=self.denominator(measured, *span),
                counted=bad * measured,
                excluded=zero,
                ignored=zero,
                unknown=zero,
                service=measured,
                availability=None,
                pieces=self.pieces(ticks),
                weights=dict.fromkeys(ticks, Fraction(1)),
            )
        )

    def bad_intervals(self, kept: list[tuple[int, int, int, bool]], size: int) -> Iterator[int]:
        rule = self.terms["downtime"]
        bad = [
            at_ms
            for at_ms, total, failed, is_read in kept
            if is_read
            and total
            and total >= rule.get("min_requests", 1)
            and COMPARE[rule["cmp"]](Fraction(failed, total), Fraction(rule["threshold"]))
        ]
        for at_ms in bad:
            run = 1
            for step in (size, -size):
                other = at_ms + step
                while other in bad:
                    run, other = run + 1, other + step
            if run >= rule.get("min_consecutive", 1):
                yield at_ms

    # A window, and a period.

    def sums(self, scheduled: list[int], excluded: Ticks, span: tuple[int, int]) -> Sums:
        if self.terms["downtime"]["kind"] == "requests":
            return self.by_requests(scheduled, excluded, span)
        components, composite = self.input["components"], self.terms["composite"]
        if composite is None:
            (only,) = components.values()
            return self.by_time((scheduled, excluded), only, lambda at_ms: self.state(only, at_ms), span)
        if composite["mode"] not in ("weighted", "pooled"):
            return self.by_time((scheduled, excluded), None, self.combined_state, span)
        each = {
            name: self.by_time((scheduled, excluded), one, partial(self.state, one), span)
            for name, one in components.items()
        }
        if composite["mode"] == "pooled":
            return available(added([(Fraction(1), one) for one in each.values()]))
        weights = {name: Fraction(str(composite["weights"][name])) for name in each}
        counting = [name for name in each if each[name].service and weights[name]] or list(each)
        whole = sum((weights[name] for name in counting), Fraction(0))
        found = added([(weights[name] / whole, each[name]) for name in counting])
        if found.service:
            found.availability = sum(
                (weights[name] / whole * (each[name].availability or 0) for name in counting), Fraction(0)
            )
        return found

    def window(self, window: Json, span: tuple[int, int], codes: set[str]) -> Json:
        scheduled = [at_ms for at_ms in range(*span, self.tick) if self.is_scheduled(window, at_ms)]
        excluded = self.excluded(scheduled, codes)
        sums = self.sums(scheduled, excluded, span)
        name, target = window["name"], Fraction(window["target"]) / 100
        availability = sums.availability
        if availability is None and self.terms["zero_service"] == "as_100":
            availability = Fraction(1)
        decision, is_met = availability, None
        if availability is not None:
            if self.terms["contract_rounding"] is not None:
                rounding = self.terms["contract_rounding"]
                decision = rounded(availability * 100, rounding["decimals"], rounding["mode"]) / 100
            assert decision is not None
            is_met = decision >= target if self.terms["target_cmp"] == ">=" else decision > target
        codes.add({True: "target_met:", False: "target_missed:", None: "no_service_time:"}[is_met] + name)
        if sums.ignored:
            codes.add(f"short_outages_ignored:{name}")
        if sums.unknown:
            codes.add(f"unknown_{self.terms['unknown']}:{name}")
        budget = (1 - target) * sums.denominator if sums.service else Fraction(0)
        credit = Fraction(0)
        if sums.service and decision is not None:
            credit = self.credit(window, sums, decision, bool(is_met), budget, span, codes)
        said = {
            "scheduled_s": decimal(sums.scheduled),
            "agreed_service_s": decimal(sums.agreed),
            "denominator_s": decimal(sums.denominator),
            "counted_downtime_s": decimal(sums.counted),
            "excluded_downtime_s": decimal(sums.excluded),
            "ignored_downtime_s": decimal(sums.ignored),
            "unknown_s": decimal(sums.unknown),
            "availability": slashed(availability),
            "availability_percent": None if availability is None else cut_off(availability * 100),
            "decision_availability": slashed(decision),
            "target_met": is_met,
            "downtime_budget_s": decimal(budget),
            "budget_left_s": decimal(budget - sums.counted if sums.service else Fraction(0)),
            "credit_percent": decimal(credit),
        }
        return {"said": said, "met": is_met, "credit": credit, "decision": decision, "counted": sums.counted}

    def credit(
        self, window: Json, sums: Sums, decision: Fraction, is_met: bool, budget: Fraction, span: Any, codes: set[str]
    ) -> Fraction:
        rules, found = window["credit"], list[Fraction]()
        for index, rule in enumerate(rules["rules"]):
            percent = Fraction(0)
            if not (is_met and rule.get("only_if_missed")):
                percent = self.rule_percent(rule, sums, decision, Fraction(window["target"]), budget, span)
            if percent > 0:
                codes.add(f"credit:{window['name']}:{index}")
            found.append(percent)
        total = together(found, rules["combine"])
        if rules["cap_percent"] is not None and total > Fraction(rules["cap_percent"]):
            codes.add(f"credit_capped:{window['name']}")
            total = Fraction(rules["cap_percent"])
        return total

    def rule_percent(
        self, rule: Json, sums: Sums, decision: Fraction, target: Fraction, budget: Fraction, span: Any
    ) -> Fraction:
        def of_days(days: Fraction) -> Fraction:
            basis = self.terms["fee"]["day_basis"]
            return days * 100 / (len(self.days(*span)) if basis == "period_days" else Fraction(str(basis)))

        def award(part: Json, percent: str, days: str) -> Fraction:
            return Fraction(part[percent]) if percent in part else of_days(Fraction(part[days]))

        def length(piece: list[int]) -> Fraction:
            return sum((sums.weights[at_ms] for at_ms in piece), Fraction(0)) * self.tick_s

        kind, downtime = rule["kind"], sums.counted
        if rule.get("over") == "budget":
            downtime = max(Fraction(0), downtime - budget)
        if kind in ("tiers", "downtime_tiers"):
            suffix, figure = ("", decision * 100) if kind == "tiers" else ("_s", sums.counted)
            fitting = [
                award(tier, "percent", "days")
                for tier in rule["tiers"]
                if all(test(figure, seconds(tier[key + suffix])) for key, test in TIERS.items() if key + suffix in tier)
            ]
            return max(fitting, default=Fraction(0))
        if kind == "blocks":
            lengths = [downtime]
            if rule.get("measure") == "each_outage":
                every = [length(piece) for piece in sums.pieces]
                lengths = [each for each in every if each >= seconds(rule.get("min_outage_s", 0))]
            blocks = sum(steps(each, seconds(rule["block_s"]), rule["partial"]) for each in lengths)
            return blocks * award(rule, "percent_per_block", "days_per_block")
        if kind == "prorata":
            return Fraction(rule["multiple"]) * downtime / sums.denominator * 100
        if kind == "shortfall":
            below = max(Fraction(0), target - decision * 100)
            return steps(below, Fraction(rule["step"]), rule["partial"]) * award(
                rule, "percent_per_step", "days_per_step"
            )
        hits = 0
        for day in self.days(*span):
            todays = {at for piece in sums.pieces for at in piece if wall_clock(at, self.zone)[0] == day}
            each = [length(piece) for piece in self.pieces(todays)]
            worst = max(each, default=Fraction(0)) if rule.get("consecutive") else sum(each, Fraction(0))
            hits += COMPARE[rule["cmp"]](worst, seconds(rule["threshold_s"]))
        return of_days(hits * Fraction(rule["days_per_hit"]))

    def period(self, label: str | Json, start: int, end: int) -> Json:
        terms, fee, codes = self.terms, self.terms["fee"], set[str]()
        windows = {each["name"]: self.window(each, (start, end), codes) for each in terms["windows"]}
        met = [each["met"] for each in windows.values() if each["met"] is not None]
        percent = together([each["credit"] for each in windows.values()], terms["credit_combine"])
        if terms["cap_percent"] is not None and percent > Fraction(terms["cap_percent"]):
            codes.add("credit_capped:total")
            percent = Fraction(terms["cap_percent"])
        inside = [at_ms for at_ms in range(start, end, self.tick) if self.in_contract(at_ms)]
        is_part = len(inside) * self.tick < end - start
        if is_part and terms["partial_period"] == "no_credit":
            codes.add("partial_period_no_credit")
            percent = Fraction(0)
        share = Fraction(1)
        if fee["proration"] == "exact_time":
            share = Fraction(len(inside) * self.tick, end - start)
        elif fee["proration"] == "calendar_days":
            days = {wall_clock(at_ms, self.zone)[0] for at_ms in inside}
            share = Fraction(len(days), len(self.days(start, end)))
        if share != 1:
            codes.add("fee_prorated")
        amount = rounded(Fraction(fee["amount"]) * share * percent / 100, fee["decimals"], fee["rounding"])
        least = terms["min_credit"]
        if least is not None and amount and not COMPARE[least["cmp"]](amount, Fraction(least["amount"])):
            codes.add("credit_below_minimum")
            amount = Fraction(0)
        status, payable = self.claim(label, end, amount, codes)
        said = {
            "period": label,
            "target_met": all(met) if met else None,
            "credit_percent": decimal(percent),
            "credit_amount": placed(amount, fee["decimals"]),
            "currency": fee["currency"],
            "credit_eligible": amount > 0,
            "claim_status": status,
            "credit_payable": placed(payable, fee["decimals"]),
            "windows": {name: each["said"] for name, each in windows.items()},
            "reason_codes": sorted(codes),
            "reason_lines": [],
        }
        return {"said": said, "windows": windows}

    def claim(self, label: str | Json, end: int, amount: Fraction, codes: set[str]) -> tuple[str, Fraction]:
        rule = self.terms["claim"]
        if rule is None or not rule["required"] or not isinstance(label, str):
            return "not_required", amount
        if not amount:
            return "nothing_due", amount
        received = self.input["claims"].get(label)
        if received is None:
            codes.add("claim_missing")
            return "not_made", Fraction(0)
        first_after = wall_clock(end, self.zone)[0]
        if received < midnight(first_after + timedelta(days=rule["days"]), self.zone):
            return "in_time", amount
        codes.add("claim_late")
        return "late", Fraction(0)

    def termination(self, results: list[Json]) -> Json:
        for number in range(len(results)):
            for index, rule in enumerate(self.terms["termination"]):
                if self.gives_right(rule, results[: number + 1]):
                    first = self.input["periods"][number]
                    return {"right": True, "first_period": first, "rule": index}
        return {"right": False, "first_period": None, "rule": None}

    def gives_right(self, rule: Json, results: list[Json]) -> bool:
        if rule["kind"] == "misses":
            misses: int = rule["misses"]
            return sum(missed(rule, result) for result in results[-rule["of"] :]) >= misses
        last = results[-rule["periods"] :]
        if len(last) < rule["periods"]:
            return False
        for name in last[0]["windows"]:
            decisions = [result["windows"][name]["decision"] for result in last]
            if None not in decisions and sum(decisions) / len(decisions) < Fraction(rule["below"]) / 100:
                return True
        return False


def missed(rule: Json, result: Json) -> bool:
    for window in result["windows"].values():
        if window["decision"] is None:
            continue
        if "below" in rule:
            is_miss = window["decision"] < Fraction(rule["below"]) / 100
        elif "downtime_gt_s" in rule:
            is_miss = window["counted"] > seconds(rule["downtime_gt_s"])
        else:
            is_miss = not window["met"]
        if is_miss:
            return True
    return False


def available(sums: Sums) -> Sums:
    if sums.service:
        sums.availability = max(Fraction(0), 1 - sums.counted / sums.denominator)
    return sums


def added(parts: list[tuple[Fraction, Sums]]) -> Sums:
    names = ("scheduled", "agreed", "denominator", "counted", "excluded", "ignored", "unknown", "service")
    totals = {name: sum((weight * getattr(one, name) for weight, one in parts), Fraction(0)) for name in names}
    return Sums(**totals, availability=None, pieces=[], weights={})


def together(values: list[Fraction], combine: str) -> Fraction:
    return max(values, default=Fraction(0)) if combine == "max" else sum(values, Fraction(0))


def steps(value: Fraction, size: Fraction, partial: str) -> int:
    whole = value // size
    return whole + 1 if partial == "count" and whole * size < value else whole


def rounded(value: Fraction, decimals: int, mode: str) -> Fraction:
    """A value that is not negative, with so many decimals."""
    scaled = value * 10**decimals
    low = scaled // 1
    rest = scaled - low
    is_up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half_up" or low % 2 == 1))
    return Fraction(low + (1 if is_up and mode != "truncate" else 0), 10**decimals)


def placed(value: Fraction, decimals: int) -> str:
    digits = str(int(value * 10**decimals)).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def slashed(value: Fraction | None) -> str | None:
    if value is None:
        return None
    text = f"{value.numerator}/{value.denominator}"
    return text if len(text) <= 200 else None


def decimal(value: Fraction) -> str | None:
    with localcontext() as context:
        context.prec = 400
        finite = Decimal(value.numerator) / Decimal(value.denominator)
        text = f"{finite:f}"
        if Fraction(finite) != value:
            text = f"{value.numerator}/{value.denominator}"
        elif "." in text:
            text = text.rstrip("0").rstrip(".")
    return text if len(text) <= 200 else None


def cut_off(percent: Fraction) -> str:
    millionths = percent * 10**6 // 1
    return f"{millionths // 10**6}.{millionths % 10**6:06d}"
