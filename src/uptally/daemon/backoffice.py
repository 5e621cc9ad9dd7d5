"""The process that closes months, run as ``python -m uptally.daemon.backoffice`` by the daemon alone.

It lives no longer than there are months to close. A kill leaves each of them closed or not, since the ledger takes a
closing in one transaction.
"""

from __future__ import annotations

from typing import BinaryIO

from uptally.clock import SystemClock
from uptally.daemon import process
from uptally.daemon.month_end import Order, close


def main() -> None:
    """Obey orders until there are no more."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    clock = SystemClock()
    while (order := process.next_order(orders, Order)) is not None:
        process.report(reports, close(order, clock))


if __name__ == "__main__":
    main()
