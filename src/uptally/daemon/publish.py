"""Keeps the page in step with the ledger: within a second of a change of state, at most twice a second.

The work is done by a process of its own (`pressroom`), since it may take longer than an attempt may wait, and since
threads of one interpreter hold each other up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from uptally.clock import Clock
from uptally.daemon.courier import Courier
from uptally.daemon.herald import Herald
from uptally.daemon.order import GAP_MS, Report, Shown, Work
from uptally.daemon.printer import Printer
from uptally.model.settings import Settings

LAST_PASS_S = 15
"""How long the daemon waits at its end for the page to be written: much longer than that takes."""

LOOK_MS = 1_000
"""How often the page's process looks whether somebody put on record what everyone is to be told: that is done by other
processes, which say nothing of it."""

RETRY_MS = 5_000
"""How long a pass that failed is behind, before another one is tried."""

_MS = 1_000_000
_log = logging.getLogger(__name__)


class Publisher:
    """Keeps the pages in step with the ledger; only endpoints that a page shows are looked at.

    A pass that fails, on a full disk say, is logged and tried again later; the old page stands until then.
    """

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._clock = clock
        self._printer = Printer(Shown(settings))
        self._herald = Herald(settings, clock=clock)
        self._couriers = [Courier(page, settings.store.path) for page in settings.pages]
        self._shown = _shown(settings)
        self._turned: set[str] = set()
        self._wake = asyncio.Event()
        self._under_way: asyncio.Task[Report] | None = None
        self.is_failing = False
        """Whether the last pass failed, so that the page is older than it should be."""

    @property
    def is_copy_failing(self) -> bool:
        """Whether the last copying failed, so that what lies elsewhere is older than the page."""
        return any(each.failures for each in self._couriers)

    def turn(self, slugs: Iterable[str]) -> None:
        """Take note that endpoints changed their state; called on the event loop."""
        turned = self._shown.intersection(slugs)
        if turned:
            self._turned |= turned
            self._wake.set()

    def change(self, settings: Settings, *, config_ms: int | None = None) -> None:
        """Show other settings from now on, or that a newer configuration than that of `config_ms` was refused.

        Store and folders are those of before. Called on the event loop.
        """
        self._printer.change(Shown(settings, config_ms))
        self._herald.change(settings)
        for courier, page in zip(self._couriers, settings.pages, strict=True):
            courier.change(page)
        self._shown = _shown(settings)
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled: at once, after each change of state, and each time a refresh is due."""
        refresh_at_ns = 0
        while True:
            began_ns = self._clock.monotonic_ns()
            is_refresh = began_ns >= refresh_at_ns or self._printer.needs_refresh
            report = await self._pass(Work.REFRESH if is_refresh else Work.UPDATE)
            took_ns = self._clock.monotonic_ns() - began_ns
            if report.failure:
                refresh_at_ns, gap_ns = 0, RETRY_MS * _MS
            else:
                gap_ns = GAP_MS * _MS - took_ns
                if is_refresh:
                    refresh_at_ns = began_ns + report.refresh_ms * _MS
            # Where the overview alone takes long, as with ten thousand endpoints, it is not written all the time. What
            # else a pass took only the next pages of the round wait for: a change of state does not.
            pause_ns, least_ns = max(gap_ns, 2 * took_ns), max(gap_ns, 2 * report.told_ms * _MS)
            await asyncio.sleep(min(pause_ns, least_ns) / 1e9)
            if pause_ns > least_ns:
                await self._turn_within(pause_ns - least_ns)
            if not (report.failure or report.has_more):
                await self._rest(refresh_at_ns)

    async def deliver(self) -> None:
        """Copy what was written to wherever else it is to be, until cancelled; the page and its writing never wait."""
        async with asyncio.TaskGroup() as group:
            for each in self._couriers:
                group.create_task(each.run())

    async def stop(self) -> None:
        """Write everything a last time as it now stands, have it copied, and close."""
        try:
            async with asyncio.timeout(LAST_PASS_S):
                if self._under_way is not None:
                    await asyncio.wait([self._under_way])
                await self._pass(Work.FINISH)
        except TimeoutError:
            _log.error("the page could not be written a last time within %d s", LAST_PASS_S)
        finally:
            await self._printer.close()
            await asyncio.gather(*(each.stop() for each in self._couriers))

    async def _rest(self, until_ns: int) -> None:
        """Wait for a change of state, but not beyond an instant of the monotonic clock, nor longer than `LOOK_MS`."""
        await self._turn_within(min(until_ns - self._clock.monotonic_ns(), LOOK_MS * _MS))

    async def _turn_within(self, most_ns: int) -> None:
        """Wait for a change of state, but not longer than so."""
        try:
            async with asyncio.timeout(most_ns / 1e9):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pass(self, work: Work) -> Report:
        """Have a pass made to its end, even where its caller waits no longer."""
        sealed = None if work is Work.UPDATE else await asyncio.to_thread(self._herald.files)
        turned, self._turned = frozenset(self._turned), set()
        self._wake.clear()
        self._under_way = asyncio.create_task(self._printer.do(work, turned, sealed))
        report = await asyncio.shield(self._under_way)
        was_failing, self.is_failing = self.is_failing, bool(report.failure)
        # Where one page cannot be written, others can.
        for each in self._couriers:
            each.call()
        if report.failure:
            self._turned |= turned
            if not was_failing:
                _log.error(
                    "the page could not be written; the old one stands, and it is tried again: %s", report.failure
                )
        return report


def _shown(settings: Settings) -> frozenset[str]:
    """Return the endpoints that a page shows, by themselves or as parts of a service."""
    found: set[str] = set()
    for page in settings.pages:
        found.update(each.slug for each in settings.endpoints if page.shows(each))
        found.update(slug for each in settings.services if page.shows(each) for slug in each.components)
    return frozenset(found)
