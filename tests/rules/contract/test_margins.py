"""Downtime that no stretch shows: what no attempt saw, or what is still to come."""

from __future__ import annotations

from fractions import Fraction

import pytest

from uptally.model.facts import Exclusion, Facts, History
from uptally.model.judgement import WindowJudgement
from uptally.model.terms import (
    Composite,
    CompositeMode,
    Denominator,
    DenominatorKind,
    ExclusionRule,
    ExclusionRules,
    ServiceWindow,
    Terms,
)
from uptally.rules.contract.evaluate import judge, time_read
from uptally.units.time import Window

PERIOD = Window(0, 1_000)
TERMS = Terms("bare", (ServiceWindow("all", Fraction(9, 10)),))


def judged(terms: Terms, margin_ms: int, *components: History) -> WindowJudgement:
    names = {f"c{number}": history for number, history in enumerate(components)}
    facts = Facts(names, margins={("p", "all"): Fraction(margin_ms)})
    return judge(terms, facts, [("p", PERIOD)]).periods[0].windows[0]


@pytest.mark.parametrize(
    ("margin_ms", "counted_ms", "availability"),
    [(60, 110, "89/100"), (-30, 20, "98/100"), (-60, 0, "1"), (5_000, 1_000, "0")],
)
def test_a_margin_is_downtime_within_the_time_that_there_is(margin_ms: int, counted_ms: int, availability: str) -> None:
    window = judged(TERMS, margin_ms, History(down=((100, 150),)))
    assert [window.counted_ms, window.availability] == [Fraction(counted_ms), Fraction(availability)]
    assert window.is_met == (Fraction(availability) >= Fraction(9, 10))
    assert window.left_ms == 100 - counted_ms


def test_a_margin_is_of_its_own_period_only() -> None:
    facts = Facts({"web": History()}, margins={("q", "all"): Fraction(500)})
    assert judge(TERMS, facts, [("p", PERIOD)]).periods[0].windows[0].counted_ms == 0


def test_a_margin_lowers_a_weighted_mean_by_weighted_time() -> None:
    composite = Composite(CompositeMode.WEIGHTED, weights={"c0": Fraction(3), "c1": Fraction(1)})
    terms = Terms("two", (ServiceWindow("all", Fraction(9, 10)),), composite=composite)
    window = judged(terms, 10, History(down=((0, 100),)), History())
    assert window.availability == 1 - Fraction(75 + 10, 1_000)


def test_what_a_margin_takes_back_leaves_an_availability_of_nothing_as_it_is() -> None:
    terms = Terms("fixed", TERMS.windows, denominator=Denominator(DenominatorKind.FIXED, 100))
    assert judged(terms, -10, History(down=((0, 500),))).availability == 0


def test_states_are_read_in_the_contract_until_now_and_outside_exclusions() -> None:
    terms = Terms(
        "cut",
        TERMS.windows,
        contract=Window(100, 5_000),
        exclusions=ExclusionRules((ExclusionRule("maintenance"),)),
    )
    facts = Facts({}, exclusions=(Exclusion("x", "maintenance", 300, 400, None),), as_of_ms=800)
    assert time_read(terms, facts, "p", PERIOD) == {"all": ((100, 300), (400, 800))}


def test_what_was_down_outside_exclusions_is_told_apart_from_what_counts() -> None:
    terms = Terms("cut", TERMS.windows, exclusions=ExclusionRules((ExclusionRule("maintenance"),)))
    history = History(down=((250, 500),), unknown=((500, 600),))
    facts = Facts({"web": history}, exclusions=(Exclusion("x", "maintenance", 300, 400, None),))
    window = judge(terms, facts, [("p", PERIOD)]).periods[0].windows[0]
    assert [window.down_ms, window.unknown_ms, window.excluded_ms] == [Fraction(each) for each in (150, 100, 100)]
