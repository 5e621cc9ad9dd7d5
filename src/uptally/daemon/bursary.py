"""The process that makes one export, run as ``python -m uptally.daemon.bursary`` by the daemon alone.

It ends with the export: nothing that it took, be it memory, outlasts it, and nothing that it does holds up an attempt.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from uptally.books.frozen import frozen_months
from uptally.books.months import rows_of_month
from uptally.daemon import process
from uptally.daemon.voucher import Order, Report, beside
from uptally.errors import ExtraMissing, QuantityError, UptallyError
from uptally.export.formats import writer
from uptally.export.manifest import manifest
from uptally.export.month import MonthRows
from uptally.export.rows import CLOSED, OPEN, PROVISIONAL
from uptally.files import replace_file
from uptally.ledger import Reader
from uptally.rules.record.closings import CLOSE
from uptally.signing import key_of
from uptally.units.time import format_instant, month_of, previous_month

SCHEMA_VERSION = 1
"""Of the list: rises when a reader would have to change."""

_log = logging.getLogger(__name__)


def main() -> None:
    """Make one export."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    order = process.next_order(orders, Order)
    if order is None:
        return
    try:
        report = _make(order)
    except QuantityError as error:
        report = Report(missing=str(error))
    except ExtraMissing as error:
        report = Report(impossible=str(error))
    except (UptallyError, OSError) as error:
        _log.error("the export of %s as %s could not be made: %s", order.month, order.written_as, error)
        report = Report(failure=True)
    process.report(reports, report)


def _make(order: Order) -> Report:
    with Reader.open(order.store) as reader, reader.snapshot():
        if not order.written_as:
            _put(order.file, _list(reader, order))
            return Report()
        month = rows_of_month(reader, order.settings(), order.month, order.now_ms)
    write = writer(order.written_as)
    if write is None:
        raise QuantityError(f"there is no format {order.written_as}")
    content, name, key = write(month), _name(order, month), key_of(order.seal_key)
    digest = _put(order.file, content)
    signed = _put(beside(order.file), manifest(name, content, month, written_as=order.written_as, key=key))
    return Report(name, month.state, month.revision, len(content), digest, signed)


def _put(file: Path, content: bytes) -> str:
    """Write a file and return its digest."""
    replace_file(file, content, mode=0o600, is_lasting=False)
    return hashlib.sha256(content).hexdigest()


def _name(order: Order, month: MonthRows) -> str:
    suffix, _, dialect = order.written_as.partition(":")
    label, _, revision = order.month.partition("@")
    # Not `2026-10-1`, which is a day.
    told = (label, revision and f"revision-{revision}", dialect, PROVISIONAL if month.state == PROVISIONAL else "")
    return "-".join(("uptally", *filter(None, told))) + f".{suffix}"


def _list(reader: Reader, order: Order) -> bytes:
    """Return a JSON document of all months since the first observation, the newest first, with their revisions."""
    zone = order.settings().page.zone
    held = frozen_months(reader.acts(CLOSE), reader.document)
    months = []
    for month in _months({*held, month_of(reader.first_ms() or order.now_ms, zone)}, order.now_ms, zone):
        found = held.get(month)
        if found is None:
            months.append({"month": month, "state": PROVISIONAL, "revision": 0, "digest": None, "made_at": None})
            continue
        revision, digest = found.newest()
        state = OPEN if any(row["status"] == OPEN for row in found.rows()) else CLOSED
        made_at = format_instant(found.revisions[revision - 1].at_ms)
        revisions = [
            {
                "revision": each.closing.revision,
                "digest": each.closing.document,
                "made_at": format_instant(each.at_ms),
                "reason": each.closing.reason or None,
            }
            for each in found.revisions
        ]
        head = {"month": month, "state": state, "revision": revision, "digest": digest, "made_at": made_at}
        months.append({**head, "revisions": revisions})
    return json.dumps({"schema_version": SCHEMA_VERSION, "timezone": zone.key, "months": months}).encode()


def _months(known: Collection[str], now_ms: int, zone: ZoneInfo) -> Iterator[str]:
    month, first = month_of(now_ms, zone), min(known)
    while month > first:
        yield month
        month = previous_month(month)
    yield month


if __name__ == "__main__":
    main()
