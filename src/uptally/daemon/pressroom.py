"""The page's process, run as ``python -m uptally.daemon.pressroom`` by the daemon and by nobody else.

It takes orders from its standard input and reports on its standard output, until the daemon closes the one or is no
more. Nothing that it does holds up an attempt: it has an interpreter of its own, and the daemon comes first.
"""

from __future__ import annotations

from typing import BinaryIO

from uptally import __version__
from uptally.clock import SystemClock
from uptally.daemon import process
from uptally.daemon.order import Order
from uptally.daemon.presses import Presses


def main() -> None:
    """Obey orders until there are no more."""
    process.settle()
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    presses: Presses | None = None
    while (order := process.next_order(orders, Order)) is not None:
        if order.changed is not None:
            if presses is None:
                presses = Presses(order.changed, clock=SystemClock(), version=__version__)
            else:
                presses.change(order.changed)
        assert presses is not None, "the first order says what to show"
        process.report(reports, presses.do(order.work, order.turned, order.sealed))


if __name__ == "__main__":
    main()
