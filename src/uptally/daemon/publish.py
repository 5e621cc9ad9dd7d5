"""Writes the page: within a second of a change of state, at most once a second, and only what changed.

The work is done on a thread of its own with its own reader, since it may take longer than an attempt may wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from uptally.books import ROLLING_MS, standings_of
from uptally.clock import Clock
from uptally.ledger import Reader
from uptally.model.settings import PageSettings, Settings
from uptally.model.statement import Standing
from uptally.page import endpoint_path, publish, remove_stale, render_endpoint, render_fixed, render_index
from uptally.units.time import HOUR_MS, Window

GAP_MS = 1_000
"""At least this long between the begins of two passes."""

PAGES_MS = 200
"""How long a pass renders pages of endpoints that did not change; what is left waits for the next pass."""

SHARE = 20
"""Looking at all endpoints takes one part in so many of the time at most: with very many, refreshes are rarer."""

LOOK_AT_ONCE = 500
"""Endpoints whose timelines are in memory together."""

PLOT_MS = 24 * HOUR_MS
"""How far back the latency plot reaches."""

_log = logging.getLogger(__name__)


class Publisher:
    """Keeps the page in step with the ledger; only public endpoints are looked at.

    A pass that fails, on a full disk say, is logged and tried again later; the old page stands until then.
    """

    def __init__(self, settings: Settings, *, open_reader: Callable[[], Reader], clock: Clock, version: str) -> None:
        self._clock = clock
        self._press = _Press(settings, open_reader=open_reader, clock=clock, version=version)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publish")
        self._turned: set[str] = set()
        self._wake = asyncio.Event()
        self.is_failing = False
        """Whether the last pass failed, so that the page is older than it should be."""

    def turn(self, slugs: Iterable[str]) -> None:
        """Take note that endpoints changed their state; called on the event loop."""
        self._turned.update(slugs)
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled: at once, after each change of state, and each time a refresh is due."""
        refresh_at_ns = 0
        while True:
            began_ns = self._clock.monotonic_ns()
            is_refresh = began_ns >= refresh_at_ns
            await self._pass(self._press.refresh if is_refresh else self._press.update)
            if is_refresh:
                refresh_at_ns = began_ns + self._press.refresh_ms * 1_000_000
            await asyncio.sleep((began_ns + GAP_MS * 1_000_000 - self._clock.monotonic_ns()) / 1e9)
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
        self._wake.clear()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, work, turned)
        except Exception:
            self.is_failing = True
            self._turned |= turned
            _log.exception("the page could not be written; the old one stands")
        else:
            self.is_failing = False


def publish_now(settings: Settings, *, open_reader: Callable[[], Reader], clock: Clock, version: str) -> None:
    """Write the whole page once, as the ledger has it. Raises LedgerError and OSError."""
    _Press(settings, open_reader=open_reader, clock=clock, version=version).finish(())


class _Press:
    """What the publisher's thread does; called from that thread only."""

    def __init__(self, settings: Settings, *, open_reader: Callable[[], Reader], clock: Clock, version: str) -> None:
        self._settings = settings
        self._page: PageSettings = settings.page
        self._endpoints = {each.slug: each for each in settings.endpoints if each.is_public}
        self._open_reader = open_reader
        self._reader: Reader | None = None
        self._clock = clock
        self._version = version
        self._standings: dict[str, Standing] = {}
        self._waiting: dict[str, None] = {}
        """Endpoints whose pages are older than the last refresh, in the order in which they will be rendered."""

    @property
    def refresh_ms(self) -> int:
        """How often all endpoints are looked at; longer than configured where that would take too large a share."""
        return self._page.refresh_ms

    @property
    def has_more(self) -> bool:
        """Whether pages are left for the next pass."""
        return bool(self._waiting)

    def refresh(self, turned: Collection[str]) -> None:
        """Look at all endpoints and begin to render all pages, those that changed their state first."""
        began_ns = self._clock.monotonic_ns()
        self._look(self._endpoints)
        cost_ms = (self._clock.monotonic_ns() - began_ns) // 1_000_000
        self._page = replace(self._page, refresh_ms=max(self._settings.page.refresh_ms, SHARE * cost_ms))
        fixed = render_fixed(settings=self._page, version=self._version)
        publish(self._page.directory, fixed)
        pages = [endpoint_path(slug) for slug in self._endpoints]
        remove_stale(self._page.directory, [*fixed, *pages, "index.html"])
        self._waiting = dict.fromkeys(self._endpoints)
        self._render(turned, pages_ms=PAGES_MS)

    def update(self, turned: Collection[str]) -> None:
        """Look at the endpoints that changed their state, render their pages, and go on with those that wait."""
        self._look(turned)
        self._render(turned, pages_ms=PAGES_MS)

    def finish(self, turned: Collection[str]) -> None:
        """Look at all endpoints, render every page and let go of the ledger."""
        try:
            self.refresh(turned)
            self._render(self._endpoints, pages_ms=0)
        finally:
            if self._reader is not None:
                self._reader.close()

    def _look(self, slugs: Iterable[str]) -> None:
        if self._reader is None:
            self._reader = self._open_reader()
        endpoints = [self._endpoints[slug] for slug in slugs if slug in self._endpoints]
        for first in range(0, len(endpoints), LOOK_AT_ONCE):
            some = endpoints[first : first + LOOK_AT_ONCE]
            found = standings_of(self._reader, self._settings, some, now_ms=self._clock.wall_ms())
            self._standings |= {standing.endpoint.slug: _glance(standing) for standing in found}

    def _render(self, turned: Iterable[str], *, pages_ms: int) -> None:
        """Write the index, the pages of `turned`, and for so many milliseconds pages that wait."""
        until_ns = self._clock.monotonic_ns() + pages_ms * 1_000_000
        files = {endpoint_path(slug): self._page_of(slug) for slug in turned if slug in self._endpoints}
        for slug in turned:
            self._waiting.pop(slug, None)
        while self._waiting and self._clock.monotonic_ns() < until_ns:
            slug = next(iter(self._waiting))
            files[endpoint_path(slug)] = self._page_of(slug)
            del self._waiting[slug]
        standings = [self._standings[slug] for slug in self._endpoints]
        now_ms = self._clock.wall_ms()
        files["index.html"] = render_index(standings, settings=self._page, now_ms=now_ms, version=self._version)
        publish(self._page.directory, files)

    def _page_of(self, slug: str) -> bytes:
        assert self._reader is not None, "an endpoint is looked at before its page is rendered"
        now_ms = self._clock.wall_ms()
        [standing] = standings_of(self._reader, self._settings, [self._endpoints[slug]], now_ms=now_ms)
        latencies = self._reader.latency_hours(
            slug, location=self._settings.monitor.location, window=Window(now_ms - PLOT_MS, now_ms)
        )
        return render_endpoint(standing, settings=self._page, latencies=latencies, now_ms=now_ms, version=self._version)


def _glance(standing: Standing) -> Standing:
    """Keep what the index shows of an endpoint: two months and the newest outage; the rest would take much memory."""
    months = [statement for statement in standing.statements if statement.label not in ROLLING_MS]
    return replace(standing, statements=tuple(months[:2]), outages=standing.outages[:1])
