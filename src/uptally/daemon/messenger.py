"""The process that makes reports and sends them, run as ``python -m uptally.daemon.messenger`` by the daemon alone.

It lives for as long as there is something to send, and is no other one's process, so that recipients' addresses are
nowhere else, and one who does not answer holds up nothing but reports.
"""

from __future__ import annotations

from typing import BinaryIO

from uptally.daemon import process
from uptally.daemon.dispatch import deliver
from uptally.daemon.errand import Order


def main() -> None:
    """Obey orders until there are no more."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    while (order := process.next_order(orders, Order)) is not None:
        process.report(reports, deliver(order))


if __name__ == "__main__":
    main()
