"""The process that closes months, run as ``python -m uptally.daemon.backoffice`` by the daemon alone.

It lives no longer than there are months to close. A kill leaves each of them closed or not, since the ledger takes a
closing in one transaction.
"""

from __future__ import annotations

from typing import BinaryIO

from uptally.books.closing import Asked, close_month, open_statements
from uptally.clock import Clock, SystemClock
from uptally.daemon import process
from uptally.daemon.month_end import Order, Report
from uptally.errors import ClosingRefused
from uptally.ledger import Reader, amend_beside
from uptally.rules.record.closings import BY_ITSELF, CLOSE
from uptally.signing import key_of

TOLD_MOST = 500
"""Characters of a failure that are told."""


def main() -> None:
    """Obey orders until there are no more."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    clock = SystemClock()
    while (order := process.next_order(orders, Order)) is not None:
        process.report(reports, close(order, clock))


def close(order: Order, clock: Clock) -> Report:
    """Close a month; whatever fails is told."""
    try:
        asked = Asked(order.month, BY_ITSELF, order.version)
        with Reader.open(order.ledger) as reader, reader.snapshot():
            draft = close_month(reader, order.settings, asked, now_ms=clock.wall_ms())
        amend_beside(order.ledger, clock=clock, kinds=[CLOSE], decide=draft.signed(key_of(order.seal_key)).decide)
    except ClosingRefused as error:
        return Report(refusal=str(error))
    except Exception as error:
        return Report(failure=" ".join(f"{type(error).__name__}: {error}".split())[:TOLD_MOST])
    return Report(len(draft.rows), tuple(open_statements(draft.rows)))


if __name__ == "__main__":
    main()
