"""The daemon's end of reports: knows which are owed, has them sent in time and again where that failed, and puts on
record what came of it.

A copy of a report may reach its recipient twice where the daemon is killed between the sending and the record of it,
and never not at all without a word of it: what was not delivered before the next one is due is on record as missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import NamedTuple

from uptally.clock import Clock
from uptally.daemon import child
from uptally.daemon.errand import Order, Sent
from uptally.errors import LedgerError
from uptally.ledger import Reader, WritingLedger
from uptally.model.act import NewAct
from uptally.model.report import Recipient, Report
from uptally.model.settings import Settings
from uptally.rules.due import due_within
from uptally.rules.record.reports import (
    REPORT_KINDS,
    Owed,
    RecordedReports,
    delivered,
    missed,
    owed,
    recorded_reports,
)
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window, format_duration, format_instant

AHEAD_MS = HOUR_MS
"""So long before it is due a report is made and sent, which leaves time to try again."""

BACK_MS = 62 * DAY_MS
"""So far back is looked for what was not delivered: over the longest two months."""

RETRY_MS = (MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS)
"""How long after a failure it is tried again: longer each time, the last as often as it takes."""

LOOK_S = 60
"""How often is looked what is owed, so that clocks that are set are noticed."""

MOST_S = 600
"""How long making and sending one may take before the process is killed."""

_MODULE = "uptally.daemon.messenger"

_log = logging.getLogger(__name__)


class Copy(NamedTuple):
    """One recipient's copy of a report that is due at an instant."""

    report: Report
    due_ms: int
    to: Recipient

    @property
    def owed(self) -> Owed:
        """What the record calls it."""
        return Owed(self.report.slug, self.due_ms, self.to.name)


class Due(NamedTuple):
    """What is to be done: copies to send, and those for which it is too late since another one is due."""

    to_send: tuple[Copy, ...]
    too_late: tuple[Copy, ...]


def due_copies(settings: Settings, recorded: RecordedReports, *, now_ms: int) -> Due:
    """Return what is neither delivered nor missed of what was due since it is owed; pure."""
    to_send: list[Copy] = []
    too_late: list[Copy] = []
    for report in settings.reports:
        window = Window(now_ms - BACK_MS, now_ms + AHEAD_MS + 1)
        for to in report.to:
            text, since_ms = recorded.owed_since.get((report.slug, to.name), ("", now_ms))
            if text != str(report.due):
                continue
            dues = due_within(report.due, window.clipped(Window(since_ms, window.end_ms)), settings.page.zone)
            copies = [Copy(report, due_ms, to) for due_ms in dues]
            left = [each for each in copies if each.owed not in recorded.settled]
            to_send += [each for each in left if each is copies[-1]]
            too_late += [each for each in left if each is not copies[-1]]
    return Due(tuple(to_send), tuple(too_late))


def newly_owed(settings: Settings, recorded: RecordedReports) -> Iterator[NewAct]:
    """Yield the acts that say of each recipient by when a report is due, where the record does not say so."""
    for report in settings.reports:
        for to in report.to:
            text, _ = recorded.owed_since.get((report.slug, to.name), ("", 0))
            if text != str(report.due):
                yield owed(report.slug, to.name, due=str(report.due), by=settings.file)


class Reports:
    """Sends reports. Belongs to one event loop, which it never holds up."""

    def __init__(self, settings: Settings, *, clock: Clock, ledger: WritingLedger) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ledger
        self._wake = asyncio.Event()
        self._failed: dict[Owed, tuple[int, int]] = {}
        self.overdue = 0
        """How many copies should be there by now and are not."""

    def change(self, settings: Settings) -> None:
        """Follow other settings; what failed is tried again at once, since its address may be another."""
        self._settings = settings
        self._failed.clear()
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self._once()
            except LedgerError as error:
                _log.error("what is owed of reports cannot be told or recorded: %s", error)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _once(self) -> None:
        settings = self._settings
        if not settings.reports:
            self.overdue = 0
            return
        recorded = await asyncio.to_thread(self._recorded, settings)
        due = due_copies(settings, recorded, now_ms=self._clock.wall_ms())
        for copy in due.too_late:
            _log.error("%s was never delivered to %s: the next one is due", _named(copy), copy.to.name)
            await self._record(missed(copy.owed, by=settings.file))
        now_ms = self._clock.wall_ms()
        ready = [copy for copy in due.to_send if self._failed.get(copy.owed, (0, 0))[1] <= now_ms]
        self.overdue = sum(copy.due_ms < now_ms for copy in due.to_send)
        if ready:
            await self._send_all(ready)

    def _recorded(self, settings: Settings) -> RecordedReports:
        """Return what is on record, after putting there what is owed from now on."""
        with Reader.open(settings.store.path) as reader:
            acts = reader.acts(*REPORT_KINDS)
        recorded = recorded_reports(acts)
        if next(newly_owed(settings, recorded), None) is None:
            return recorded
        made = self._ledger.amend(REPORT_KINDS, lambda held: [*newly_owed(settings, recorded_reports(held))])
        return recorded_reports([*acts, *made])

    async def _send_all(self, copies: list[Copy]) -> None:
        process = await child.start(_MODULE, child.ON_THE_WAY)
        try:
            for copy in copies:
                if copy.report not in self._settings.reports:
                    # It was changed meanwhile, and so may be whom it is for.
                    continue
                if process.returncode is not None:
                    process = await child.start(_MODULE, child.ON_THE_WAY)
                await self._send(process, copy)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _send(self, process: asyncio.subprocess.Process, copy: Copy) -> None:
        try:
            async with asyncio.timeout(MOST_S):
                order = Order(self._settings, *copy, self._clock.wall_ms())
                sent = await child.ask(process, order, Sent.of)
        except TimeoutError:
            sent = await _ended(process, f"it took longer than {MOST_S} s")
        except (OSError, ValueError):
            sent = await _ended(process, "its process ended")
        if sent.delivery is None:
            self._fail(copy, sent.failure)
            return
        delivery = sent.delivery._replace(delivered_ms=self._clock.wall_ms())
        await self._record(delivered(copy.owed, delivery, by=self._settings.file))
        self._failed.pop(copy.owed, None)
        late_ms = delivery.late_ms(copy.due_ms)
        if late_ms:
            self.overdue -= 1
            _log.warning("%s was delivered to %s %s late", _named(copy), copy.to.name, format_duration(late_ms))
        else:
            _log.info("%s was delivered to %s", _named(copy), copy.to.name)

    def _fail(self, copy: Copy, failure: str) -> None:
        times, _ = self._failed.get(copy.owed, (0, 0))
        wait_ms = RETRY_MS[min(times, len(RETRY_MS) - 1)]
        self._failed[copy.owed] = (times + 1, self._clock.wall_ms() + wait_ms)
        again = format_duration(wait_ms)
        _log.error("%s could not be delivered to %s; again in %s: %s", _named(copy), copy.to.name, again, failure)

    async def _record(self, act: NewAct) -> None:
        await asyncio.to_thread(self._ledger.record, act.kind, act.by, act.body)


async def _ended(process: asyncio.subprocess.Process, why: str) -> Sent:
    """End a process of which no answer can come any more, so that the next copy gets another."""
    if process.returncode is None:
        process.kill()
    await process.wait()
    return Sent(failure=why)


def _named(copy: Copy) -> str:
    return f"the report {copy.report.slug}, due by {format_instant(copy.due_ms)},"
