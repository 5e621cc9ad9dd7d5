"""The process that copies the page elsewhere, run as ``python -m uptally.daemon.mailroom`` by the daemon alone.

It is none of the page's process, so that credentials never are where the page is made, and so that a place which does
not answer holds up nothing but itself.
"""

from __future__ import annotations

from typing import BinaryIO

from uptally.clock import SystemClock
from uptally.daemon import process
from uptally.daemon.delivery import Delivery
from uptally.daemon.parcel import Order
from uptally.units.time import HOUR_MS

LOOK_MS = HOUR_MS
"""How long what lies at the other place is taken to be what was copied there."""


def main() -> None:
    """Obey orders until there are no more."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    clock = SystemClock()
    delivery: Delivery | None = None
    looked_ns = clock.monotonic_ns()
    while (order := process.next_order(orders, Order)) is not None:
        if order.parcel is not None:
            delivery = Delivery(order.parcel)
        assert delivery is not None, "the first order says what to copy"
        if clock.monotonic_ns() - looked_ns >= LOOK_MS * 1_000_000:
            delivery.look_again()
            looked_ns = clock.monotonic_ns()
        process.report(reports, delivery.deliver())


if __name__ == "__main__":
    main()
