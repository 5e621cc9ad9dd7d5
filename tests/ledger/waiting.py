"""Waits on a condition instead of sleeping for luck."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 30


def wait_until(condition: Callable[[], object]) -> None:
    """Return once a condition holds; fail where it does not by the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.002)
