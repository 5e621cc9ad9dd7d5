"""The lines of a judgement, redone as a person would: with the figures that they show, and no others."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from uptally.conformance.read import Case, read_case
from uptally.model.judgement import PeriodJudgement
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.explain import lines_of
from uptally.units.money import rounded
from uptally.units.said import Said

VECTORS = sorted((Path(__file__).parents[2] / "vectors").glob("*.json"))

_TIME = re.compile(r"([\d.]+) s(?: of service time)? - ([\d.]+) s \w+ = ([\d.]+) s")
_SHARE = re.compile(r"availability = 1 - ([\d.]+) / ([\d.]+) = ([\d.]+?)(\.\.\.)?%(, not below 0%)?")
_ALLOWED = re.compile(
    r"downtime allowed: \(100% - ([\d.]+)%\) x ([\d.]+) s = ([\d.]+) s; (?:([\d.]+) s left|overdrawn by ([\d.]+) s)"
)
_CREDIT = re.compile(r"credit: ([\d.]+) \w+(?: x ([\d/]+) \(part of the period\))? x ([\d./]+)% = ([\d.]+) \w+ \(")


def judged(path: Path) -> tuple[Case, tuple[PeriodJudgement, ...]]:
    case = read_case(path.read_text(encoding="utf-8"))
    return case, judge(case.terms, case.facts, case.periods).periods


def lines(name: str) -> str:
    (path,) = (path for path in VECTORS if path.stem == name)
    case, periods = judged(path)
    return "\n".join(line for period in periods for line in lines_of(case.terms, period))


def is_so(shown: str, exact: Fraction, *, cut_off: str | None) -> bool:
    """Tell whether a figure is shown exactly, or cut off where it says so."""
    if not cut_off:
        return Fraction(shown) == exact
    return Fraction(shown) < exact < Fraction(shown) + Fraction(1, 10 ** len(shown.partition(".")[2]))


def redone(line: str) -> bool:
    """Redo the sum of a line; False where it shows none."""
    if match := _TIME.search(line):
        assert Fraction(match[1]) - Fraction(match[2]) == Fraction(match[3])
    elif match := _SHARE.search(line):
        exact = 100 * max(Fraction(0), 1 - Fraction(match[1]) / Fraction(match[2]))
        assert is_so(match[3], exact, cut_off=match[4])
    elif match := _ALLOWED.search(line):
        allowed = (1 - Fraction(match[1]) / 100) * Fraction(match[2])
        assert allowed == Fraction(match[3])
    return bool(match)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_every_sum_that_is_shown_comes_out_as_shown(path: Path) -> None:
    case, periods = judged(path)
    for period in periods:
        shown = lines_of(case.terms, period)
        assert sum(redone(line) for line in shown) >= sum(window.availability is not None for window in period.windows)


def words(line: str) -> str:
    """What a translator is shown of a line: its words and those of the sentences within it, without values."""
    assert isinstance(line, Said), line
    held = (words(value) for value in line.values.values() if isinstance(value, Said))
    return " ".join((re.sub(r"\{\w+\}", "", line.template), *held))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_figures_of_a_line_are_values_that_another_language_can_write_in_its_own_way(path: Path) -> None:
    case, periods = judged(path)
    for period in periods:
        for line in lines_of(case.terms, period):
            # The one of "1 - downtime / time", and the 24 hours of a day, are no figures of this case.
            assert not re.search(r"[0-9]", re.sub(r"= 1 - |of 24 hours", "", words(line))), line


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_money_that_is_shown_is_the_exact_credit_rounded_once(path: Path) -> None:
    case, periods = judged(path)
    fee = case.terms.fee
    assert fee is not None
    for period in periods:
        for line in lines_of(case.terms, period):
            if match := _CREDIT.search(line):
                exact = Fraction(match[1]) * Fraction(match[2] or 1) * Fraction(match[3]) / 100
                assert match[4] == f"{rounded(exact, decimals=fee.decimals, rounding=fee.rounding):f}"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "f-exclusions-13-maintenance-cap-4h-a-month",
            "maintenance beyond what it may take of a period does not count",
        ),
        ("f-exclusions-14-only-in-allowed-hours", "maintenance outside the hours that it may take does not count"),
        ("f-exclusions-07-overlap-valid-and-invalid", "it was not announced in time"),
        ("k-credit-27-user-minutes", "an outage counts for the share of the users that it affected"),
        ("s-contract-rounding-02-nearest-tenth-saves-more", "rounded by the contract to 1 decimals, half_up: 99.9%"),
        ("b-equality-02-999-exactly-but-must-exceed", "promised: more than 99.9%; missed"),
        ("k-credit-02-overlapping-tiers-take-the-largest", "tier of availability < 99%"),
        ("m-zero-service-01-all-closed", "no time to measure, so no availability and no credit"),
        ("o-composite-09-weighted-with-run-rule", "a, which weighs 0.5: 100%"),
        ("j-per-day-13-cap-ten-days", "no more than 33.3% by the cap"),
        ("l-unknown-01-hour-off-as_up", "3600 s are unknown and count as up"),
    ],
)
def test_what_decides_a_case_is_said(name: str, line: str) -> None:
    assert line in lines(name)


def test_late_claim_is_said_with_its_deadline() -> None:
    (path,) = (path for path in VECTORS if path.stem.startswith("r-claims-02"))
    assert re.search(r"to be claimed before 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ: ", lines(path.stem))
