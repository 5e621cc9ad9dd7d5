"""Keeps the page in step with the ledger: within a second of a change of state, at most once a second.

The work is done on a thread of its own with its own reader (`press`), since it may take longer than an attempt may
wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from uptally.clock import Clock
from uptally.daemon.press import GAP_MS, Press
from uptally.ledger import Reader
from uptally.model.config_state import ConfigState
from uptally.model.settings import Settings

_log = logging.getLogger(__name__)


class Publisher:
    """Keeps the page in step with the ledger; only public endpoints are looked at.

    A pass that fails, on a full disk say, is logged and tried again later; the old page stands until then.
    """

    def __init__(self, press: Press, *, clock: Clock) -> None:
        self._clock = clock
        self._press = press
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publish")
        self._turned: set[str] = set()
        self._changed: tuple[Settings, int | None] | None = None
        self._wake = asyncio.Event()
        self.is_failing = False
        """Whether the last pass failed, so that the page is older than it should be."""

    def turn(self, slugs: Iterable[str]) -> None:
        """Take note that endpoints changed their state; called on the event loop."""
        self._turned.update(slugs)
        self._wake.set()

    def change(self, settings: Settings, *, config_ms: int | None = None) -> None:
        """Show other settings from now on, or that a newer configuration than that of `config_ms` was refused.

        Store and folder are those of before. Called on the event loop.
        """
        self._changed = settings, config_ms
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled: at once, after each change of state, and each time a refresh is due."""
        refresh_at_ns = 0
        while True:
            began_ns = self._clock.monotonic_ns()
            is_refresh = began_ns >= refresh_at_ns or self._changed is not None
            await self._pass(self._press.refresh if is_refresh else self._press.update)
            if is_refresh:
                refresh_at_ns = began_ns + self._press.refresh_ms * 1_000_000
            took_ns = self._clock.monotonic_ns() - began_ns
            # Where the overview alone takes long, as with ten thousand endpoints, attempts get two thirds of the time.
            await asyncio.sleep(max(GAP_MS * 1_000_000 - took_ns, 2 * took_ns) / 1e9)
            if not self._press.has_more:
                await self._rest(refresh_at_ns)

    async def stop(self) -> None:
        """Write everything a last time as it now stands, and close."""
        await self._pass(self._press.finish)
        self._thread.shutdown()

    async def _rest(self, until_ns: int) -> None:
        """Wait for a change of state, but not beyond an instant of the monotonic clock."""
        try:
            async with asyncio.timeout((until_ns - self._clock.monotonic_ns()) / 1e9):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pass(self, work: Callable[[Collection[str]], None]) -> None:
        turned, self._turned = self._turned, set()
        changed, self._changed = self._changed, None
        self._wake.clear()

        def press() -> None:
            if changed is not None:
                self._press.change(*changed)
            work(turned)

        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, press)
        except Exception:
            was_failing, self.is_failing = self.is_failing, True
            self._turned |= turned
            if not was_failing:
                _log.exception("the page could not be written; the old one stands, and it is tried again")
        else:
            self.is_failing = False


def publish_now(settings: Settings, *, open_reader: Callable[[], Reader], clock: Clock, version: str) -> None:
    """Write the whole page once, as the ledger has it. Raises LedgerError and OSError."""
    with open_reader() as reader:
        state = ConfigState.of(reader.newest_act)
    press = Press(settings, open_reader=open_reader, clock=clock, version=version)
    if state is not None and state.refused is not None:
        press.change(settings, state.since_ms)
    press.write_all()
