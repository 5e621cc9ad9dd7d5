"""What is told to the process that sends reports, and what it tells; the making and sending of one."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple, Self

from uptally.books.months import rows_of_month
from uptally.errors import UptallyError
from uptally.export.formats import FORMATS
from uptally.export.month import MonthRows
from uptally.ledger import Reader
from uptally.model.report import Recipient, Report
from uptally.model.settings import Settings
from uptally.notify import Letter, NotSent, send
from uptally.rules.due import month_told
from uptally.rules.record.reports import Delivery
from uptally.units.count import counted
from uptally.units.time import SECOND_MS, format_duration, to_local


class Order(NamedTuple):
    """Says to send a report that is due at an instant to one of those whom it is for, and what time it is."""

    settings: Settings
    report: Report
    due_ms: int
    to: Recipient
    now_ms: int


class Sent(NamedTuple):
    """What came of it: what was delivered, as of the time that the order says, or why it was not."""

    delivery: Delivery | None = None
    failure: str = ""

    @classmethod
    def of(cls, delivery: tuple[Any, ...] | None, failure: str) -> Self:
        """Return it of what was heard of it."""
        return cls(None if delivery is None else Delivery(*delivery), failure)


def deliver(order: Order) -> Sent:
    """Make a report's file as of now, and send it; whatever fails is told."""
    settings, report, now_ms = order.settings, order.report, order.now_ms
    month = month_told(report.due, order.due_ms, settings.page.zone)
    try:
        told = month_of_report(settings, report, month, now_ms=now_ms)
        file = FORMATS[report.format].write(told)
        send(_letter(order, told, file), order.to, now_ms=now_ms)
    except (UptallyError, NotSent, OSError) as error:
        return Sent(failure=str(error))
    digest = hashlib.sha256(file).hexdigest()
    return Sent(Delivery(month, told.state, told.revision, digest, len(file), now_ms))


def month_of_report(settings: Settings, report: Report, month: str, *, now_ms: int) -> MonthRows:
    """Return what a report says of a month. Raises QuantityError and LedgerError."""
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        told = rows_of_month(reader, settings, month, now_ms)
    return told.of(report.agreement) if report.agreement else told


def _letter(order: Order, told: MonthRows, file: bytes) -> Letter:
    report, zone = order.report, order.settings.page.zone
    media_type = FORMATS[report.format].media_type
    name = f"{told.month}{f'-{report.agreement}' if report.agreement else ''}.{report.format}"
    state = f"{told.state}, revision {told.revision}" if told.revision else told.state
    digest = hashlib.sha256(file).hexdigest()
    late_ms = max(0, order.now_ms - order.due_ms)
    late = f"It comes {format_duration(late_ms - late_ms % SECOND_MS)} late." if late_ms else ""
    lines = (
        f"{order.settings.page.title}: figures of {told.month}, {state}.",
        "They are those so far, for the month is not over." if not told.is_over else "",
        f"Due by {to_local(order.due_ms, zone):%Y-%m-%d %H:%M} ({zone.key}). {late}".rstrip(),
        "",
        f"{name}: {counted(len(told.rows), 'row')}, {counted(len(file), 'byte')}",
        f"SHA-256 {digest}",
    )
    headers = {
        "X-Uptally-Report": report.slug,
        "X-Uptally-Month": told.month,
        "X-Uptally-State": told.state,
        "X-Uptally-Revision": str(told.revision),
        "X-Uptally-Digest": f"sha256={digest}",
    }
    title = f"{report.name}: {told.month} ({told.state})"
    return Letter(title, "\n".join(lines), name, media_type, file, headers)
