"""Reports on record: since when each is owed, and what was delivered of it, to whom, and when."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from uptally.model.act import Act, NewAct
from uptally.rules.record.fields import Fields, body_of

OWED = "report_owed"
"""The kind of act that says by when a report is due from then on."""

DELIVERED = "report_delivered"
"""The kind of act that says that a recipient took a report."""

MISSED = "report_missed"
"""The kind of act that says that a recipient was never given one, since the next one took its place."""

REPORT_KINDS = (OWED, DELIVERED, MISSED)


class Owed(NamedTuple):
    """One recipient's copy of a report: the report's slug, the instant by which it was due, and whose it is."""

    report: str
    due_ms: int
    to: str


class Delivery(NamedTuple):
    """What was delivered: of which month in which state and revision, the file's SHA-256 and length, and when."""

    month: str
    state: str
    revision: int
    digest: str
    size: int
    delivered_ms: int

    def late_ms(self, due_ms: int) -> int:
        """Return by how much it came late, 0 where it came in time."""
        return max(0, self.delivered_ms - due_ms)


@dataclass(slots=True)
class RecordedReports:
    """All that is on record of reports."""

    owed_since: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """By report and recipient, by when it is due in words, and since when that is so."""
    delivered: dict[Owed, Delivery] = field(default_factory=dict)
    missed: set[Owed] = field(default_factory=set)

    @property
    def settled(self) -> Set[Owed]:
        """Copies about which nothing is left to do."""
        return self.delivered.keys() | self.missed


def owed(report: str, to: str, *, due: str, by: str) -> NewAct:
    """Return the act that says by when a report is due to a recipient from then on."""
    return NewAct(OWED, by, body_of({"report": report, "to": to, "due": due}))


def delivered(copy: Owed, delivery: Delivery, *, by: str) -> NewAct:
    """Return the act that puts a delivery on record; `late_ms` is there where it came late."""
    late_ms = delivery.late_ms(copy.due_ms) or None
    return NewAct(DELIVERED, by, body_of({**copy._asdict(), **delivery._asdict(), "late_ms": late_ms}))


def missed(copy: Owed, *, by: str) -> NewAct:
    """Return the act that says that a copy was never delivered."""
    return NewAct(MISSED, by, body_of(copy._asdict()))


def recorded_reports(acts: Iterable[Act]) -> RecordedReports:
    """Return what is on record of reports. Raises LedgerCorrupt."""
    found = RecordedReports()
    for act in acts:
        if act.kind in REPORT_KINDS:
            fields = Fields(act)
            _take(act, fields, found)
            fields.end()
    return found


def _take(act: Act, fields: Fields, found: RecordedReports) -> None:
    report = fields.text("report")
    if act.kind == OWED:
        found.owed_since[report, fields.text("to")] = (fields.text("due"), act.at_ms)
        return
    copy = Owed(report, fields.instant("due_ms"), fields.text("to"))
    if act.kind == MISSED:
        found.missed.add(copy)
        return
    delivery = Delivery(
        month=fields.text("month"),
        state=fields.text("state"),
        revision=fields.instant("revision"),
        digest=fields.text("digest"),
        size=fields.instant("size"),
        delivered_ms=fields.instant("delivered_ms"),
    )
    if (fields.instant_or_none("late_ms") or 0) != delivery.late_ms(copy.due_ms):
        raise fields.fault("says another 'late_ms' than its instants")
    found.delivered[copy] = delivery
