"""What an agreement says beside its statements, as a person reads it: duties, escalation, how its data is checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from uptally.model.agreement import Agreement, Audit, Duty
from uptally.units.count import counted
from uptally.units.time import format_duration


def agreement_text(agreement: Agreement, *, checked: date | None, today: date) -> Iterator[str]:
    """Yield the lines that stand below the statements of an agreement.

    `checked` is when the ledger was last gone through, by the record.
    """
    if agreement.duties:
        yield "  Duties:"
        yield from (f"    {_duty(each, today)}" for each in agreement.duties)
    if agreement.escalation:
        yield "  Whom to turn to, from the begin of an outage:"
        yield from (f"    after {format_duration(each.after_ms)}: {each.contact}" for each in agreement.escalation)
    if agreement.audits:
        yield "  How it is checked:"
        yield from (f"    {_audit(each, checked, today)}" for each in agreement.audits)


def _duty(duty: Duty, today: date) -> str:
    said = []
    if duty.due is not None:
        said.append(f"{'overdue since' if duty.done is None and duty.due < today else 'due'} {duty.due}")
    if duty.done is not None:
        said.append(f"done {duty.done}{f' ({duty.evidence})' if duty.evidence else ''}")
    return f"{duty.party}: {duty.text} - {', '.join(said) or 'not yet done'}"


def _audit(audit: Audit, checked: date | None, today: date) -> str:
    said = f"{audit.what}, by {audit.by}, every {counted(audit.every_days, 'day')}"
    last = max(filter(None, (audit.last, checked)), default=None)
    if last is None:
        return f"{said}; not yet done: `uptally verify --record` does it"
    due = last + timedelta(days=audit.every_days)
    return f"{said}; last on {last}, {'due' if due >= today else 'overdue since'} {due}"
