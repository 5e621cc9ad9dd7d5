"""Makes a report and sends it."""

from __future__ import annotations

import hashlib

from uptally.books.months import rows_of_month
from uptally.daemon.errand import Order, Sent
from uptally.errors import UptallyError
from uptally.export.formats import FORMATS
from uptally.export.month import MonthRows
from uptally.ledger import Reader
from uptally.model.report import Report
from uptally.model.settings import Settings
from uptally.notify import Letter, NotSent, send
from uptally.rules.due import month_told
from uptally.rules.record.reports import Delivery
from uptally.units.count import counted
from uptally.units.time import SECOND_MS, format_duration, to_local


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
