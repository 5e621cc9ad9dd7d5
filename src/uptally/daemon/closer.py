"""The daemon's end of closing months by itself: knows when one is due, has a process close it, and tries again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from uptally import __version__
from uptally.books.unclosed import due_months, newest_due
from uptally.clock import Clock
from uptally.daemon import child
from uptally.daemon.month_end import Order, Report
from uptally.errors import LedgerError
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.units.count import counted

LOOK_S = 30
"""How often it is asked whether a month has become due, or the configuration another one."""

RETRY_S = (60, 300, 900, 3600)
"""How long one that failed is left: longer each time, the last as often as it takes."""

MOST_S = 7_200
"""How long the closing of a month may take before its process is killed."""

_MODULE = "uptally.daemon.backoffice"

_log = logging.getLogger(__name__)


class Closer:
    """Has each month closed once its grace is over. `settings` gives the configuration in force.

    What is closed is on record and nowhere else, so that a daemon that was stopped, killed or busy at a month's end
    closes the month later, and never twice. Belongs to one event loop, which it never holds up.
    """

    def __init__(self, settings: Callable[[], Settings], *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._seen: tuple[str, Settings] | None = None
        self._is_failing = False

    @property
    def is_failing(self) -> bool:
        """Whether a month that is due could not be closed."""
        return self._is_failing

    async def run(self) -> None:
        """Close months as they become due, until cancelled."""
        failures = 0
        try:
            while True:
                failure = await self._round()
                failures = failures + 1 if failure else 0
                if failure and not self._is_failing:
                    _log.error("%s; it is tried again", failure)
                self._is_failing = bool(failure)
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S)) - 1] if failures else LOOK_S)
        finally:
            await self._end()

    async def _round(self) -> str:
        """Close what is due, unless that was done; return why that failed, or nothing."""
        settings = self._settings()
        if not settings.closing.is_automatic:
            return ""
        now_ms = self._clock.wall_ms()
        due = newest_due(settings.page.zone, grace_ms=settings.closing.grace_ms, now_ms=now_ms)
        if self._seen is not None and self._seen[0] == due and self._seen[1] is settings:
            return ""
        try:
            for month in await asyncio.to_thread(_due, settings, now_ms):
                report = await self._close(Order.of(month, settings, __version__))
                if report.failure:
                    return f"{month} could not be closed: {report.failure}"
                _say(month, report)
        except LedgerError as error:
            return f"it cannot be told which months are closed: {error}"
        finally:
            await self._end()
        self._seen = due, settings
        return ""

    async def _close(self, order: Order) -> Report:
        try:
            async with asyncio.timeout(MOST_S):
                if self._process is None:
                    self._process = await child.start(_MODULE)
                return await child.ask(self._process, order, Report)
        except TimeoutError:
            return Report(failure=f"it took longer than {MOST_S} s")
        except (OSError, ValueError) as error:
            return Report(failure="its process ended" if self._process else f"no process can be started: {error}")

    async def _end(self) -> None:
        """Kill the process: what it was closing is closed or not."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            # Until it is gone it is ours, whoever is cancelled meanwhile.
            await self._process.wait()
            self._process = None


def _due(settings: Settings, now_ms: int) -> list[str]:
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        return due_months(reader, settings.page.zone, grace_ms=settings.closing.grace_ms, now_ms=now_ms)


def _say(month: str, report: Report) -> None:
    if report.refusal:
        _log.info("not closed: %s", report.refusal)
        return
    _log.info("%s is closed, with %s", month, counted(report.rows, "row"))
    if report.undecided:
        first = report.undecided[0]
        _log.warning(
            "%s of %s open, %s first: `uptally close --month %s --decide ID=credit` or `=no_credit` decides it",
            counted(len(report.undecided), "statement"),
            f"{month} is" if len(report.undecided) == 1 else f"{month} are",
            first,
            month,
        )
