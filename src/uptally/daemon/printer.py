"""The daemon's end of the page's process: starts it, orders, hears its reports, and starts it anew where it died."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from uptally.daemon import child
from uptally.daemon.order import Order, Report, Shown, Work

_MODULE = "uptally.daemon.pressroom"


class Printer:
    """Has passes made, one after the other. Belongs to one event loop."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown.of_pages()
        self._is_told = False
        self._process: asyncio.subprocess.Process | None = None

    @property
    def needs_refresh(self) -> bool:
        """Whether the process has looked at nothing yet, or not since the last change."""
        return not self._is_told or self._process is None

    def change(self, shown: Shown) -> None:
        """Show this from the next pass on; store and folders are those of before."""
        self._shown, self._is_told = shown.of_pages(), False

    async def do(self, work: Work, turned: frozenset[str], sealed: Mapping[str, bytes] | None = None) -> Report:
        """Have a pass made, with the files that were signed, or those of before. One that fails, and be it that no
        process can start, has its report as well."""
        try:
            if self._process is None:
                self._process, self._is_told = await child.start(_MODULE), False
            told = None if self._is_told else self._shown
            return await self._order(self._process, Order(work, turned, told, sealed))
        except (OSError, ValueError) as error:
            if self._process is None:
                return Report(0, has_more=True, failure=f"no process can be started for it: {error}")
            code = await child.end(self._process)
            self._process = None
            return Report(0, has_more=True, failure=f"its process ended, with code {code}")

    async def close(self) -> None:
        """Have the process end."""
        if self._process is not None:
            await child.end(self._process)
            self._process = None

    async def _order(self, process: asyncio.subprocess.Process, order: Order) -> Report:
        self._is_told = True
        return await child.ask(process, order, Report)
