"""Objectives as a person writes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from tests.config.conftest import Loaded
from uptally.config.contract.objective_keys import Objective as Asked
from uptally.config.contract.objectives import objectives_of
from uptally.config.fill import fill
from uptally.config.marks import Problems, Table
from uptally.config.parse import parse
from uptally.config.shape import Shape
from uptally.config.source import Source
from uptally.config.wording import validated_in_part
from uptally.errors import ConfigError
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Tier, Tiers
from uptally.model.objective import Objective, Percentile, Promptness, Quotient, Step, Total
from uptally.units.time import DAY_MS, HOUR_MS

WINDOWS = ("office", "other times")


class _Terms(Shape):
    objectives: list[Asked]


def read(lines: Sequence[str], **environment: str) -> tuple[tuple[Objective, ...], list[str]]:
    """Return the objectives that stand in lines, one each, and what is wrong with them."""
    problems = Problems("probes.yaml")
    root = parse("objectives:\n" + "".join(f"  - {{{line}}}\n" for line in lines), problems)
    assert isinstance(root, Table)
    source = Source(Path("probes.yaml"), Path(), root, *fill(root, environment, problems), problems)
    asked = validated_in_part(_Terms, root, (), source)
    found = objectives_of(asked.objectives, windows=WINDOWS, path=("objectives",), source=source) if asked else ()
    return found, [f"{each.line}:{each.column} {each.path}: {each.message}" for each in problems.sorted()]


def objective(line: str) -> Objective:
    [found], problems = read([line])
    assert problems == []
    return found


def problem(line: str) -> str:
    found, [only] = read([line])
    assert found == ()
    return only


def test_latency_has_a_percentile_and_a_ceiling_in_microseconds() -> None:
    measure = Percentile(Fraction(95, 100))
    assert objective("name: fast, latency: p95, ceiling: 300ms") == Objective(
        "fast", measure, Comparison.LE, Fraction(300_000)
    )
    assert objective("name: fast, latency: p99.9, ceiling: 1s").measure == Percentile(Fraction(999, 1000))


@pytest.mark.parametrize("step", Step)
def test_incidents_are_dealt_with_within_a_time_each_of_them_unless_a_share_is_named(step: Step) -> None:
    measure = Promptness(step, 4 * HOUR_MS)
    every = Objective("prompt", measure, Comparison.GE, Fraction(1))
    assert objective(f"name: prompt, {step.value}: 4h") == every
    assert objective(f"name: prompt, {step.value}: 4h, floor: 95%").limit == Fraction(95, 100)


def test_promptness_may_be_of_a_window_and_of_severities() -> None:
    found = objective('name: prompt, restore: 4h, during: office, severity: [high, "1"]')
    assert found.measure == Promptness(Step.RESTORE, 4 * HOUR_MS, "office", frozenset({"high", "1"}))
    one = objective("name: prompt, restore: 4h, severity: high").measure
    assert one == Promptness(Step.RESTORE, 4 * HOUR_MS, severities=frozenset({"high"}))


def test_total_and_ratio_have_a_floor_or_a_ceiling() -> None:
    assert objective("name: a, total: files, floor: 12.5") == Objective(
        "a", Total("files"), Comparison.GE, Fraction(25, 2)
    )
    assert objective("name: a, ratio: first contact, floor: 70%") == Objective(
        "a", Quotient("first contact"), Comparison.GE, Fraction(7, 10)
    )
    assert objective("name: a, ratio: turnaround, ceiling: 4") == Objective(
        "a", Quotient("turnaround", is_percent=False), Comparison.LE, Fraction(4)
    )


def test_floor_of_nothing_is_a_floor() -> None:
    assert objective("name: a, total: files, ceiling: 0").comparison is Comparison.LE
    assert objective("name: a, total: files, floor: 0").limit == 0


def test_floor_of_leads_follows_from_what_is_to_be_sold() -> None:
    found = objective("name: a, total: leads, floor: {revenue: 10000, per_sale: 500, conversion: 20%}")
    assert found.limit == 100
    exact = objective("name: a, total: leads, floor: {revenue: 10000, per_sale: 300, conversion: 20%}")
    assert exact.limit == Fraction(500, 3)


@pytest.mark.parametrize(
    "leads",
    [
        "{revenue: 10000, per_sale: 0, conversion: 20%}",
        "{revenue: 10000, per_sale: 500, conversion: 0%}",
        "{revenue: 10000, per_sale: 500, conversion: 20}",
        "{revenue: -1, per_sale: 500, conversion: 20%}",
        "{revenue: 10000, per_sale: 500}",
        "{revenue: 10000, per_sale: 500, conversion: 20%, tax: 1}",
    ],
)
def test_leads_that_give_no_number_are_refused(leads: str) -> None:
    assert "2:29 objectives[0].floor:" in problem(f"name: a, total: leads, floor: {leads}")


def test_credits_are_tiers_in_the_unit_of_the_limit() -> None:
    found = objective(
        "name: fast, latency: p95, ceiling: 300ms, "
        "credits: [{above: 300ms, at_most: 1s, credit: 5%}, {above: 1s, credit: 2d}]"
    )
    assert found.tiers == Tiers(
        (
            Tier(
                (Bound(Comparison.LE, Fraction(1_000_000)), Bound(Comparison.GT, Fraction(300_000))),
                Award(Fraction(5, 100)),
            ),
            Tier((Bound(Comparison.GT, Fraction(1_000_000)),), Award(days=Fraction(2 * DAY_MS, DAY_MS))),
        )
    )
    share = objective("name: a, restore: 4h, floor: 95%, credits: [{below: 95%, credit: 10%}]").tiers
    assert share == Tiers((Tier((Bound(Comparison.LT, Fraction(95, 100)),), Award(Fraction(10, 100))),))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("name: a", "2:5 objectives[0]: expected exactly one of latency, acknowledge, respond, restore, total, ratio"),
        (
            "name: a, total: x, ratio: x, floor: 1",
            "2:5 objectives[0]: expected exactly one of latency, acknowledge, respond, restore, total, ratio",
        ),
        ("name: a, latency: p95", "2:5 objectives[0]: promises nothing: add a ceiling"),
        ("name: a, total: x", "2:5 objectives[0]: promises nothing: add a floor or a ceiling"),
        (
            "name: a, latency: p95, ceiling: 300",
            "2:29 objectives[0].ceiling: expected a duration such as 300ms, not a number",
        ),
        (
            "name: a, restore: 4h, floor: 95",
            "2:28 objectives[0].floor: expected a percentage such as 95%, not a number",
        ),
        (
            "name: a, total: x, floor: 95%",
            "2:25 objectives[0].floor: expected a number such as 100, not a percentage",
        ),
        (
            "name: a, ratio: x, floor: 4s",
            "2:25 objectives[0].floor: expected a percentage such as 95% or a number such as 100, not a duration",
        ),
        (
            "name: a, ratio: x, floor: 90%, credits: [{below: 4, credit: 5%}]",
            "2:48 objectives[0].credits[0].below: expected a percentage such as 95%, not a number",
        ),
        (
            "name: a, ratio: x, floor: 90%, credits: [{credit: 5%}]",
            "2:47 objectives[0].credits[0]: says not when: add one of below, at_most, above, at_least",
        ),
        (
            "name: a, total: x, floor: 1, ceiling: 2",
            "2:35 objectives[0].ceiling: stands beside 'floor': make two objectives of it",
        ),
        (
            "name: a, restore: 4h, during: offices",
            "2:28 objectives[0].during: 'offices' is no window of these terms (did you mean 'office'?)",
        ),
        (
            "name: a, restore: 4h, during: nights",
            "2:28 objectives[0].during: 'nights' is no window of these terms: there is office, other times",
        ),
        (
            "name: a, latency: 95, ceiling: 1s",
            "2:15 objectives[0].latency: expected a percentile such as p50, p95 or p99.9",
        ),
        (
            "name: a, latency: p0, ceiling: 1s",
            "2:15 objectives[0].latency: expected a percentile such as p50, p95 or p99.9",
        ),
        (
            "name: a, restore: 4h, severity: []",
            "2:28 objectives[0].severity: expected a severity such as high, or a list of them, not an empty one",
        ),
        (
            "name: a, total: x, floor: many",
            "2:25 objectives[0].floor: 'many' is no limit: expected a percentage such as 95%, a number such as 100, or "
            "a duration such as 300ms",
        ),
        ("name: a, totals: x, floor: 1", "2:15 objectives[0].totals: unknown key (did you mean 'total'?)"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_remedy(line: str, expected: str) -> None:
    found, problems = read([line])
    assert found == ()
    assert expected in problems


def test_keys_of_another_measure_mean_nothing() -> None:
    _, problems = read(["name: a, latency: p95, floor: 1s, ceiling: 2s, during: office"])
    assert problems == [
        "2:29 objectives[0].floor: means nothing beside 'latency': a latency has a ceiling",
        "2:40 objectives[0].ceiling: stands beside 'floor': make two objectives of it",
        "2:53 objectives[0].during: means nothing beside 'latency'",
    ]


def test_names_tell_objectives_apart() -> None:
    _, problems = read(["name: a, total: x, floor: 1", "name: a, total: y, floor: 1"])
    assert problems == ["3:6 objectives[1].name: is the name of objectives[0] too: statements tell them by it"]


def test_all_objectives_are_looked_at() -> None:
    found, problems = read(["name: a, total: x", "name: b, total: y, floor: 1", "name: c, latency: p95"])
    assert [each.name for each in found] == ["b"]
    assert len(problems) == 2


def test_value_of_a_variable_is_not_shown() -> None:
    _, problems = read(["name: a, total: x, floor: '${FLOOR}'"], FLOOR="s3cret")
    assert problems
    assert "s3cret" not in "".join(problems)


SLA = """\
endpoints: [{name: Desk, url: "https://desk.example.com/", sla: desk}]
slas:
  desk:
    target: 99.9%
    hours: mon-fri 08:00-18:00
"""


def test_terms_hold_their_objectives_and_know_their_windows(loaded: Loaded) -> None:
    text = f"{SLA}    objectives: [{{name: Restored, restore: 4h, during: hours}}]\n"
    [terms] = loaded(text).endpoints[0].versions
    measure = Promptness(Step.RESTORE, 4 * HOUR_MS, "hours")
    assert terms.objectives == (Objective("Restored", measure, Comparison.GE, Fraction(1)),)


def test_slow_answers_may_be_downtime(loaded: Loaded) -> None:
    [terms] = loaded(f"{SLA}    slow_above: 1500ms\n").endpoints[0].versions
    assert terms.slow_above_us == 1_500_000
    assert loaded(SLA).endpoints[0].versions[0].slow_above_us is None


def test_objective_at_fault_is_refused_where_it_stands(loaded: Loaded) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(f"{SLA}    objectives: [{{name: Restored, restore: 4h, during: core}}]\n    slow_above: 2\n")
    assert [(each.line, each.column, each.path) for each in refused.value.problems] == [
        (6, 48, "slas.desk.objectives[0].during"),
        (7, 5, "slas.desk.slow_above"),
    ]


def test_slow_answers_mean_nothing_to_error_rates_of_requests(loaded: Loaded) -> None:
    with pytest.raises(ConfigError, match="slow_above: means nothing where 'downtime' is counted by requests"):
        loaded(f"{SLA}    downtime: {{requests: 5m}}\n    slow_above: 2s\n")
