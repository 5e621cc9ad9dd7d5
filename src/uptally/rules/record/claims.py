"""Claims of credits on record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from uptally.model.act import Act, NewAct
from uptally.rules.record.fields import Fields, body_of

CLAIM = "claim"
"""The kind of act that says when a customer's claim was received; a later one corrects an earlier one."""


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
