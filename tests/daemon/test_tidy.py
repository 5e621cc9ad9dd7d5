"""Garbage of the daemon is looked for, rarely."""

from __future__ import annotations

import asyncio
import gc
import weakref

from tests.virtual_time import VirtualLoop, run_virtually
from uptally.daemon.process import COLLECT_S, tidy


class Knot:
    """Knows itself, so that only a collection finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_looked_for_once_in_a_while() -> None:
    gc.disable()
    try:
        left = weakref.ref(Knot())

        async def main() -> tuple[bool, bool]:
            tidying = asyncio.create_task(tidy())
            await asyncio.sleep(COLLECT_S - 1)
            is_there = left() is not None
            await asyncio.sleep(2)
            tidying.cancel()
            return is_there, left() is not None

        assert run_virtually(VirtualLoop(), main()) == (True, False)
    finally:
        gc.enable()
