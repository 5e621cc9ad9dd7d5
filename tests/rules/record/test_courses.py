"""What becomes of claims: steps that make sense, and amounts that never come to more than was granted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import NewAct
from uptally.rules.record.claims import (
    CLAIM_STEP,
    Claimed,
    ClaimState,
    Course,
    Step,
    Taken,
    after,
    claim,
    claim_step,
    recorded_courses,
    refusal,
)

ONE = Claimed("acme", "shop", "2026-10")
RECEIVED = Course(ONE, 10, ClaimState.CLAIMED, 10, "ann")
HUNDRED = Taken(Step.GRANT, 20, Decimal("100.00"), "EUR", "as stated")
FORTY, SIXTY = (Taken(Step.PAY, at_ms, Decimal(amount), "EUR") for at_ms, amount in ((30, "40.00"), (40, "60.00")))
REFUSED, DISPUTED = Taken(Step.REFUSE, 50, why="no"), Taken(Step.DISPUTE, 60, why="but")


def course(*steps: Taken) -> Course:
    """How a claim stands after some steps, each of which it allows."""
    found = RECEIVED
    for each in steps:
        assert refusal(found, each) == ""
        found = after(found, each, by="bob")
    return found


def test_a_grant_is_paid_in_parts_until_nothing_is_left() -> None:
    assert course(HUNDRED) == Course(
        ONE, 10, ClaimState.GRANTED, 20, "bob", "as stated", Decimal("100.00"), Decimal("0.00"), "EUR"
    )
    partly, wholly = course(HUNDRED, FORTY), course(HUNDRED, FORTY, SIXTY)
    assert (partly.state, partly.paid, partly.why, partly.since_ms) == (ClaimState.GRANTED, Decimal("40.00"), "", 30)
    assert (wholly.state, wholly.paid, wholly.granted) == (ClaimState.PAID, Decimal("100.00"), Decimal("100.00"))


def test_paid_amounts_have_the_places_of_the_currency_from_the_grant_on() -> None:
    assert str(course(HUNDRED).paid) == "0.00"


def test_a_dispute_may_end_with_another_grant_and_one_of_what_was_paid_is_paid() -> None:
    found = course(HUNDRED, FORTY, Taken(Step.DISPUTE, 40), Taken(Step.GRANT, 50, Decimal("40.00"), "EUR"))
    assert (found.state, found.granted, found.paid) == (ClaimState.PAID, Decimal("40.00"), Decimal("40.00"))


def test_a_grant_of_nothing_is_no_payment() -> None:
    assert course(Taken(Step.GRANT, 20, Decimal("0.00"), "EUR")).state is ClaimState.GRANTED


def test_a_refused_claim_can_be_disputed_and_keeps_its_currency() -> None:
    found = course(HUNDRED, Taken(Step.DISPUTE, 30), REFUSED)
    assert (found.state, found.currency, found.why) == (ClaimState.REFUSED, "EUR", "no")
    assert course(REFUSED, DISPUTED).state is ClaimState.DISPUTED


@pytest.mark.parametrize(
    ("steps", "step", "why"),
    [
        ((), FORTY, "is claimed: there is nothing to pay"),
        ((), DISPUTED, "is claimed: there is nothing to dispute"),
        ((HUNDRED, FORTY, SIXTY), HUNDRED._replace(at_ms=99), "is paid: there is nothing to grant"),
        ((HUNDRED,), REFUSED, "is granted: there is nothing to refuse"),
        ((HUNDRED,), FORTY._replace(at_ms=19), "has been granted since a later time"),
        ((HUNDRED,), FORTY._replace(currency="USD"), "was granted in EUR, and not in USD"),
        ((HUNDRED,), FORTY._replace(amount=Decimal("100.01")), "has 100.00 EUR left to pay, which is less"),
        ((HUNDRED, FORTY), SIXTY._replace(amount=Decimal("60.01")), "has 60.00 EUR left to pay, which is less"),
        (
            (HUNDRED, FORTY),
            HUNDRED._replace(at_ms=40, amount=Decimal("39.99")),
            "has been paid 40.00 EUR, which is more",
        ),
        (
            (HUNDRED, FORTY, Taken(Step.DISPUTE, 40)),
            REFUSED,
            "has been paid in part (40.00 EUR): there is nothing to refuse",
        ),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_in_words(steps: tuple[Taken, ...], step: Taken, why: str) -> None:
    assert refusal(course(*steps), step) == why


def test_a_step_at_the_very_instant_of_the_one_before_is_taken() -> None:
    assert refusal(course(HUNDRED), FORTY._replace(at_ms=20)) == ""


def test_courses_come_back_from_what_is_on_record() -> None:
    acts = on_record(
        (1, claim(ONE, received_ms=10, by="ann")),
        (2, claim(Claimed("acme", "blog", "2026-10"), received_ms=12, by="ann")),
        (3, claim_step(ONE, HUNDRED, by="bob")),
        (4, NewAct("close", "x", "{}")),
        (5, claim_step(ONE, FORTY, by="cat")),
        (6, claim(ONE, received_ms=9, by="dan")),
    )
    found = recorded_courses(acts)
    assert [*found] == [ONE, Claimed("acme", "blog", "2026-10")]
    assert found[ONE] == Course(ONE, 9, ClaimState.GRANTED, 30, "cat", "", Decimal("100.00"), Decimal("40.00"), "EUR")
    assert acts[2].kind == CLAIM_STEP
    assert acts[2].by == "bob"
    assert acts[2].body == (
        '{"agreement":"acme","amount":"100.00","at_ms":20,"currency":"EUR","period":"2026-10","service":"shop",'
        '"step":"grant","why":"as stated"}'
    )


def test_a_claim_that_was_received_earlier_than_was_said_stands_since_then() -> None:
    acts = on_record((1, claim(ONE, received_ms=10, by="ann")), (2, claim(ONE, received_ms=7, by="dan")))
    assert recorded_courses(acts) == {ONE: Course(ONE, 7, ClaimState.CLAIMED, 7, "dan")}


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (claim_step(ONE, FORTY, by="bob"), r"act 2 \(claim-step\) takes a step that its claim does not allow"),
        (claim_step(ONE._replace(service="blog"), HUNDRED, by="bob"), "takes a step that its claim does not allow"),
        (
            NewAct(CLAIM_STEP, "bob", '{"agreement":"a","at_ms":1,"period":"c","service":"b","step":"forgive"}'),
            "says forgive of '', which this version of uptally does not know",
        ),
        (
            NewAct(
                CLAIM_STEP, "bob", '{"agreement":"a","amount":"x","at_ms":1,"period":"c","service":"b","step":"pay"}'
            ),
            "says pay of 'x', which this version of uptally does not know",
        ),
        (
            NewAct("claim", "bob", '{"agreement":"a","more":1,"period":"c","received_ms":1,"service":"b"}'),
            "more",
        ),
    ],
)
def test_a_step_on_record_that_cannot_be_is_named_by_its_act(step: NewAct, why: str) -> None:
    with pytest.raises(LedgerCorrupt, match=why):
        recorded_courses(on_record((1, claim(ONE, received_ms=10, by="ann")), (2, step)))
