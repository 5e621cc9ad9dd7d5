"""Attempts as the scheduler begins them, out of functions that are awaited; and what else a scheduler is handed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt


class Flight:
    """An attempt under way that some function makes."""

    def __init__(self, making: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(making)

    def cancel(self) -> None:
        self._task.cancel()


def begins(probe: Callable[[Endpoint], Awaitable[Attempt]]) -> Callable[[Endpoint, Callable[[Attempt], None]], Flight]:
    """Return what begins attempts that `probe` makes, as a prober does."""

    def begin(endpoint: Endpoint, ended: Callable[[Attempt], None]) -> Flight:
        async def make() -> None:
            ended(await probe(endpoint))

        return Flight(make())

    return begin


class OpenDoor:
    """Ceilings that nobody reaches."""

    def admit_now(self, host: str) -> bool:
        return True

    async def admit(self, host: str) -> None:
        raise AssertionError("nobody has to wait")


def unheard(endpoint: Endpoint, attempt: Attempt) -> None:
    """Listen to no attempt."""


async def told(weighed: Attempt | Awaitable[Attempt]) -> Attempt:
    """Return what weighing an attempt came to, at once or in the end."""
    return weighed if isinstance(weighed, Attempt) else await weighed
