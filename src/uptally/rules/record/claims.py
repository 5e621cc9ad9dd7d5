"""Claims of credits on record, and what became of each: it is granted, refused, disputed and paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

from uptally.model.act import Act, NewAct
from uptally.rules.record.fields import Fields, body_of

CLAIM = "claim"
"""The kind of act that says when a customer's claim was received; a later one corrects an earlier one."""


CLAIM_STEP = "claim-step"
"""The kind of act that says what became of a claim: another step."""

CLAIM_KINDS = CLAIM, CLAIM_STEP


class Step(StrEnum):
    """What can be done about a claim that was received."""

    GRANT = "grant"
    REFUSE = "refuse"
    DISPUTE = "dispute"
    PAY = "pay"


class ClaimState(StrEnum):
    """How a claim stands: `PAID` when all that was granted is."""

    CLAIMED = "claimed"
    GRANTED = "granted"
    REFUSED = "refused"
    DISPUTED = "disputed"
    PAID = "paid"


_FROM: Mapping[Step, frozenset[ClaimState]] = {
    Step.GRANT: frozenset(ClaimState) - {ClaimState.PAID},
    Step.REFUSE: frozenset({ClaimState.CLAIMED, ClaimState.DISPUTED}),
    Step.DISPUTE: frozenset({ClaimState.GRANTED, ClaimState.REFUSED}),
    Step.PAY: frozenset({ClaimState.GRANTED}),
}
_AFTER = {
    Step.GRANT: ClaimState.GRANTED,
    Step.REFUSE: ClaimState.REFUSED,
    Step.DISPUTE: ClaimState.DISPUTED,
    Step.PAY: ClaimState.GRANTED,
}


class Claimed(NamedTuple):
    """What a claim is for: the slugs of an agreement and a service, and the label of a period."""

    agreement: str
    service: str
    period: str


def claim(claimed: Claimed, *, received_ms: int, by: str) -> NewAct:
    """Return the act that puts a claim on record."""
    return NewAct(CLAIM, by, body_of({**claimed._asdict(), "received_ms": received_ms}))


def recorded_claims(acts: Iterable[Act]) -> dict[Claimed, int]:
    """Return when each claim on record was received. Raises LedgerCorrupt."""
    found: dict[Claimed, int] = {}
    for act in acts:
        if act.kind == CLAIM:
            fields = Fields(act)
            claimed = Claimed(fields.text("agreement"), fields.text("service"), fields.text("period"))
            found[claimed] = fields.instant("received_ms")
            fields.end()
    return found


class Course(NamedTuple):
    """How a claim stands: since when, by whom, and of its amounts what was granted and what of that was paid."""

    claimed: Claimed
    received_ms: int
    state: ClaimState
    since_ms: int
    by: str
    why: str = ""
    granted: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    currency: str = ""


class Taken(NamedTuple):
    """A step that is taken: when, and for grants and payments how much of which currency."""

    step: Step
    at_ms: int
    amount: Decimal | None = None
    currency: str = ""
    why: str = ""


def refusal(course: Course, taken: Taken) -> str:
    """Return why a step makes no sense for a claim as it stands, in words; empty where it does."""
    if course.state not in _FROM[taken.step]:
        return f"is {course.state.value}: there is nothing to {taken.step.value}"
    if taken.at_ms < course.since_ms:
        return f"has been {course.state.value} since a later time"
    if taken.step is Step.REFUSE and course.paid:
        return f"has been paid in part ({course.paid:f} {course.currency}): there is nothing to refuse"
    if taken.amount is None:
        return ""
    if course.currency and taken.currency != course.currency:
        return f"was granted in {course.currency}, and not in {taken.currency}"
    if taken.step is Step.GRANT and taken.amount < course.paid:
        return f"has been paid {course.paid:f} {course.currency}, which is more"
    left = course.granted - course.paid
    if taken.step is Step.PAY and taken.amount > left:
        return f"has {left:f} {course.currency} left to pay, which is less"
    return ""


def after(course: Course, taken: Taken, *, by: str) -> Course:
    """Return how a claim stands after a step."""
    granted, paid = course.granted, course.paid
    if taken.step is Step.GRANT:
        granted = taken.amount or Decimal(0)
        # With the places of the currency.
        paid += granted * 0
    elif taken.step is Step.PAY:
        paid += taken.amount or Decimal(0)
    state = _AFTER[taken.step]
    if state is ClaimState.GRANTED and paid and paid == granted:
        state = ClaimState.PAID
    return course._replace(
        state=state,
        since_ms=taken.at_ms,
        by=by,
        why=taken.why,
        granted=granted,
        paid=paid,
        currency=taken.currency or course.currency,
    )


def claim_step(claimed: Claimed, taken: Taken, *, by: str) -> NewAct:
    """Return the act that puts a step on record."""
    told = taken._asdict() | {
        "step": taken.step.value,
        "amount": None if taken.amount is None else f"{taken.amount:f}",
    }
    return NewAct(CLAIM_STEP, by, body_of({**claimed._asdict(), **told}))


def recorded_courses(acts: Iterable[Act]) -> dict[Claimed, Course]:
    """Return how each claim on record stands, by the acts of `CLAIM_KINDS`. Raises LedgerCorrupt."""
    found: dict[Claimed, Course] = {}
    for act in acts:
        if act.kind not in CLAIM_KINDS:
            continue
        fields = Fields(act)
        claimed = Claimed(fields.text("agreement"), fields.text("service"), fields.text("period"))
        course = found.get(claimed)
        if act.kind == CLAIM:
            received_ms = fields.instant("received_ms")
            if course is None or course.state is ClaimState.CLAIMED:
                course = Course(claimed, received_ms, ClaimState.CLAIMED, received_ms, act.by)
            found[claimed] = course._replace(received_ms=received_ms)
        else:
            taken = _taken(fields)
            if course is None or refusal(course, taken):
                raise fields.fault("takes a step that its claim does not allow")
            found[claimed] = after(course, taken, by=act.by)
        fields.end()
    return found


def _taken(fields: Fields) -> Taken:
    step, amount = fields.text("step"), fields.text("amount", "")
    try:
        return Taken(
            step=Step(step),
            at_ms=fields.instant("at_ms"),
            amount=Decimal(amount) if amount else None,
            currency=fields.text("currency", ""),
            why=fields.text("why", ""),
        )
    except (ValueError, InvalidOperation):
        raise fields.fault(f"says {step} of {amount!r}, which this version of uptally does not know") from None
