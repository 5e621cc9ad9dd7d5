"""The daemon's end of the page's process: starts it, orders, hears its reports, and starts it anew where it died."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from contextlib import suppress

from uptally.daemon.order import Order, Report, Shown, Work

_COMMAND = (sys.executable, "-P", "-m", "uptally.daemon.pressroom")

_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_", "TZ", "PYTHON", "LD_", "DYLD_")
"""What the names of variables begin with that an interpreter may need; any other may hold a secret of the daemon's."""

END_S = 5
"""How long a process that was told to end may take before it is killed."""


class Printer:
    """Has passes made, one after the other. Belongs to one event loop."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown.without_secrets()
        self._is_told = False
        self._process: asyncio.subprocess.Process | None = None

    @property
    def needs_refresh(self) -> bool:
        """Whether the process has looked at nothing yet, or not since the last change."""
        return not self._is_told or self._process is None

    def change(self, shown: Shown) -> None:
        """Show this from the next pass on; store and folder are those of before."""
        self._shown, self._is_told = shown.without_secrets(), False

    async def do(self, work: Work, turned: frozenset[str]) -> Report:
        """Have a pass made. One that fails, and be it that no process can start, has its report as well."""
        try:
            if self._process is None:
                self._process, self._is_told = await _start(), False
            return await self._order(self._process, Order(work, turned, None if self._is_told else self._shown))
        except (OSError, ValueError) as error:
            if self._process is None:
                return Report(0, has_more=True, failure=f"no process can be started for it: {error}")
            code = await _end(self._process)
            self._process = None
            return Report(0, has_more=True, failure=f"its process ended, with code {code}")

    async def close(self) -> None:
        """Have the process end."""
        if self._process is not None:
            await _end(self._process)
            self._process = None

    async def _order(self, process: asyncio.subprocess.Process, order: Order) -> Report:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pickle.dumps(order))
        self._is_told = True
        await process.stdin.drain()
        return Report.of(await process.stdout.readline())


async def _start() -> asyncio.subprocess.Process:
    # In the daemon's session, since it stands back for nobody outside of its own.
    environment = {name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)}
    return await asyncio.create_subprocess_exec(
        *_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )


async def _end(process: asyncio.subprocess.Process) -> int:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
