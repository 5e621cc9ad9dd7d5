"""The third answer of the overview: what is owed to everyone, and until when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.page.by_hand import NOW_MS, standing
from tests.page.sample import settings
from tests.page.test_overview import answered
from tests.page.test_promises import KEPT, NOTE, OPEN, RUNNING, notes
from tests.page.told import BOARD
from uptally.model.credit_note import CreditNote
from uptally.page import render
from uptally.page.overview import overview_of
from uptally.units.time import DAY_MS

FREE = replace(NOTE, needs_claim=False, claim_by_ms=None)
LATE = replace(NOTE, claim_by_ms=NOW_MS)
LATER = replace(NOTE, claim_by_ms=NOW_MS + 30 * DAY_MS)
QUARTER = replace(NOTE, label="2026-Q3")


def owed(**newest: CreditNote) -> str:
    told = {slug: notes(RUNNING, each, slug=slug) for slug, each in newest.items()}
    page = overview_of([standing(slug.upper()) for slug in newest], settings(), now_ms=NOW_MS, notes=told)
    return answered(page.answers[-1])


@pytest.mark.parametrize(
    ("newest", "said"),
    [
        ({"a": NOTE}, "1 credit. A 10% of the fee. To be claimed by 30 November 2026, 24:00 Europe/Berlin."),
        ({"a": OPEN}, "Undetermined. A up to 10% of the fee. To be claimed by 30 November 2026, 24:00 Europe/Berlin."),
        ({"a": OPEN, "b": FREE}, "1 credit. B 10% of the fee, A up to 10% of the fee. "
         "The first is to be claimed by 30 November 2026, 24:00 Europe/Berlin."),
        ({"a": LATER, "b": NOTE, "c": LATE}, "2 credits. A 10% of the fee, B 10% of the fee. "
         "The first is to be claimed by 30 November 2026, 24:00 Europe/Berlin."),
        ({"a": FREE, "b": FREE, "c": FREE, "d": FREE}, "4 credits. A 10% of the fee, B 10% of the fee, "
         "C 10% of the fee and 1 more. They need no claim."),
        ({"a": FREE}, "1 credit. A 10% of the fee. No claim is needed."),
        ({"a": KEPT}, "No credit. What was agreed with single customers is not told here."),
        ({"a": LATE}, "No credit. What was agreed with single customers is not told here."),
    ],
)  # fmt: skip
def test_what_is_owed_for_the_last_month_is_told_with_the_end_of_the_time_to_claim_it(
    newest: dict[str, CreditNote], said: str
) -> None:
    assert owed(**newest) == f"Owed, October: {said}"


def test_what_is_owed_for_other_periods_names_no_month() -> None:
    assert owed(a=QUARTER, b=FREE).startswith("Owed: 2 credits. ")


def test_where_nothing_but_availability_was_promised_nothing_is_said_of_credits() -> None:
    page = overview_of([standing("A")], settings(), now_ms=NOW_MS)
    assert [each.question for each in page.answers] == ["Down now"]


def test_the_answers_stand_above_incidents_and_maintenance() -> None:
    page = render([standing("A")], settings=settings(), latencies=lambda _: [], now_ms=NOW_MS, version="1", board=BOARD)
    index = page["index.html"].decode()
    places = [index.index(each) for each in ("<h1>", 'class="answers"', 'id="incidents"', 'id="maintenance"')]
    assert places == sorted(places)
