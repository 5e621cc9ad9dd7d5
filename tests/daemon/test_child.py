"""Orders to a process of the daemon's own."""

from __future__ import annotations

import json
import threading

import pytest

from uptally.daemon import child


class Order:
    """Notes in which threads it was put into bytes."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def __reduce__(self) -> tuple[type[Order], tuple[()]]:
        self.threads.append(threading.get_ident())
        return Order, ()


async def test_order_of_any_size_is_put_into_bytes_beside_the_event_loop() -> None:
    order, process = Order(), await child.start("this")
    with pytest.raises((json.JSONDecodeError, OSError)):
        await child.ask(process, order, tuple)
    await child.end(process)
    assert len(order.threads) == 1
    assert threading.get_ident() not in order.threads
