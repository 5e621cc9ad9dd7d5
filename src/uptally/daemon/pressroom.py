"""The page's process, run as ``python -m uptally.daemon.pressroom`` by the daemon and by nobody else.

It takes orders from its standard input and reports on its standard output, until the daemon closes the one or is no
more. Nothing that it does holds up an attempt: it has an interpreter of its own, and the daemon comes first.
"""

from __future__ import annotations

import traceback
from typing import BinaryIO

from uptally import __version__
from uptally.clock import SystemClock
from uptally.daemon import process
from uptally.daemon.addresses import without_addresses
from uptally.daemon.order import Order, Report, Work
from uptally.daemon.press import Press

TOLD_MOST = 8_000
"""Characters of a failure that are told: the end, which says why."""


def main() -> None:
    """Obey orders until there are no more."""
    process.serve(_obey)


def _obey(orders: BinaryIO, reports: BinaryIO) -> None:
    press: Press | None = None
    while (order := process.next_order(orders, Order)) is not None:
        if order.changed is not None:
            if press is None:
                press = Press(order.changed, clock=SystemClock(), version=__version__)
            else:
                press.change(order.changed)
        assert press is not None, "the first order says what to show"
        failure = ""
        try:
            _work(press, order)
        except Exception:
            failure = without_addresses(traceback.format_exc())[-TOLD_MOST:]
        reports.write(Report(press.refresh_ms, press.has_more, failure).line())


def _work(press: Press, order: Order) -> None:
    match order.work:
        case Work.REFRESH:
            press.refresh(order.turned)
        case Work.UPDATE:
            press.update(order.turned)
        case Work.FINISH:
            press.finish(order.turned)


if __name__ == "__main__":
    main()
