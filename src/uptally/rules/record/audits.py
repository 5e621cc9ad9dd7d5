"""Checks of the ledger on record: who had all of it gone through, when, and how much that was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from uptally.model.act import Act, NewAct
from uptally.rules.record.fields import Fields, body_of

AUDIT = "audit"
"""The kind of act that says that every act and block before it was as it had been written."""


class RecordedAudit(NamedTuple):
    """A check: when, by whom, and of how many acts and blocks of observations."""

    at_ms: int
    by: str
    acts: int
    blocks: int


def audit(*, acts: int, blocks: int, by: str) -> NewAct:
    """Return the act that puts a check on record."""
    return NewAct(AUDIT, by, body_of({"acts": acts, "blocks": blocks}))


def recorded_audits(acts: Iterable[Act]) -> tuple[RecordedAudit, ...]:
    """Return the checks on record, the first first. Raises LedgerCorrupt."""
    found: list[RecordedAudit] = []
    for act in acts:
        if act.kind == AUDIT:
            fields = Fields(act)
            found.append(RecordedAudit(act.at_ms, act.by, fields.instant("acts"), fields.instant("blocks")))
            fields.end()
    return tuple(found)
