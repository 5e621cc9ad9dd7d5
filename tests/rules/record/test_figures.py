"""Business figures as acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.model.objective import Figure
from uptally.rules.record.figures import FIGURE, news, record_figure, recorded_figures

DAY = date(2026, 10, 5)
LEADS = Figure("leads", DAY, DAY, Fraction(12), None)


def acts(new: Sequence[NewAct]) -> list[Act]:
    return [Act(number, 1_000 + number, *each[:3], "digest") for number, each in enumerate(new, start=1)]


def test_figure_is_recorded_with_its_days_and_decimal_numbers() -> None:
    ratio = Figure("first contact", DAY, date(2026, 10, 31), Fraction(25, 2), Fraction(100), "acme")
    act = record_figure(ratio, by="ann")
    body = (
        '{"agreement":"acme","denominator":"100","first":"2026-10-05","last":"2026-10-31","name":"first contact",'
        '"numerator":"12.5"}'
    )
    assert act == NewAct("figure", "ann", body)
    assert recorded_figures(acts([act])) == (ratio,)


def test_denominator_of_nothing_is_not_a_count() -> None:
    nothing = LEADS._replace(numerator=Fraction(0), denominator=Fraction(0))
    assert recorded_figures(acts([record_figure(nothing, by="ann")])) == (nothing,)


def test_what_stands_already_makes_no_act() -> None:
    first = news([], [LEADS], by="ann")
    assert len(first) == 1
    assert news(acts(first), [LEADS], by="bob") == []


def test_later_figure_of_the_same_days_corrects_the_earlier_which_stays_on_record() -> None:
    corrected = LEADS._replace(numerator=Fraction(13))
    record = news([], [LEADS], by="ann")
    record += news(acts(record), [corrected], by="bob")
    assert recorded_figures(acts(record)) == (corrected,)
    assert [each.by for each in record] == ["ann", "bob"]
    record += news(acts(record), [LEADS], by="ann")
    assert (len(record), recorded_figures(acts(record))) == (3, (LEADS,))


@pytest.mark.parametrize(
    "other",
    [LEADS._replace(name="files"), LEADS._replace(last=date(2026, 10, 6)), LEADS._replace(agreement="acme")],
)
def test_figures_of_other_names_days_or_agreements_stand_beside_each_other(other: Figure) -> None:
    assert set(recorded_figures(acts(news([], [LEADS, other], by="ann")))) == {LEADS, other}


def test_figures_are_told_by_name_then_day_then_agreement() -> None:
    told = [
        LEADS._replace(name="files", first=DAY, last=date(2026, 10, 6)),
        LEADS._replace(numerator=Fraction(1), agreement="acme"),
        LEADS,
        LEADS._replace(first=date(2026, 9, 5)),
    ]
    in_order = (told[0], told[3], told[2], told[1])
    assert recorded_figures(acts(news([], told, by="ann"))) == in_order


def test_acts_of_other_kinds_are_passed_over() -> None:
    assert recorded_figures(acts([NewAct("exclusion", "ann", "{}")])) == ()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('"numerator":"12"', '"numerator":"1e2"', "is no figure"),
        ('"numerator":"12"', '"numerator":12', "has no valid 'numerator'"),
        ('"numerator":"12"', '"numerator":"12","denominator":"half"', "is no figure"),
        ('"first":"2026-10-05"', '"first":"2026-10-06"', "is no figure"),
        ('"first":"2026-10-05"', '"first":"October"', "names no days"),
        ('"name"', '"called"', "has no valid 'name'"),
        ("{", '{"unit":"files",', "says 'unit'"),
    ],
)
def test_body_that_cannot_be_read_is_an_error_that_says_what_is_wrong(before: str, after: str, what: str) -> None:
    body = record_figure(LEADS, by="ann").body
    assert before in body
    with pytest.raises(LedgerCorrupt, match=rf"act 1 \(figure\) {what}"):
        recorded_figures(acts([NewAct(FIGURE, "ann", body.replace(before, after))]))


DAYS = st.dates(date(2026, 10, 1), date(2026, 10, 3))
NUMBERS = st.decimals(0, 99, places=3).map(Fraction)
FIGURES = st.builds(
    lambda name, days, over, under, agreement: Figure(name, min(days), max(days), over, under, agreement),
    st.sampled_from("ab"),
    st.tuples(DAYS, DAYS),
    NUMBERS,
    NUMBERS | st.none(),
    st.sampled_from(["", "acme"]),
)


@given(st.lists(st.lists(FIGURES, max_size=4), max_size=5))
def test_newest_of_each_is_in_force_however_often_files_are_imported(files: list[list[Figure]]) -> None:
    record: list[NewAct] = []
    newest: dict[tuple[str, date, date, str], Figure] = {}
    for file in files:
        each_once = {(figure.name, figure.first, figure.last, figure.agreement): figure for figure in file}
        for _ in range(2):
            record += news(acts(record), each_once.values(), by="ann")
        newest |= each_once
    assert set(recorded_figures(acts(record))) == set(newest.values())
    assert len(recorded_figures(acts(record))) == len(newest)
