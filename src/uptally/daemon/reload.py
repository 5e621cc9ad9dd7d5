"""Puts a changed configuration in force while everything runs: the whole of it, or nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from uptally.clock import Clock
from uptally.daemon.publish import Publisher
from uptally.daemon.record import record_in_force
from uptally.daemon.reports import Reports
from uptally.daemon.scheduler import Scheduler
from uptally.daemon.tripwires import Tripwires
from uptally.daemon.watch import AskOthers, Watch
from uptally.errors import ConfigError, LedgerError, Problem
from uptally.ledger import WritingLedger
from uptally.model.config_state import CONFIG_READ, PROBLEMS_MAX, ConfigState, Reading
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.probe import Limits, SecondOpinion
from uptally.rules.retention import Backed
from uptally.server import Metrics
from uptally.units.count import counted

_FIXED: tuple[tuple[str, Callable[[Settings], object]], ...] = (
    ("page.directory", lambda settings: settings.page.directory),
    ("pages", lambda settings: [page.directory for page in settings.further_pages]),
    ("monitor.location", lambda settings: settings.monitor.location),
    ("store.path", lambda settings: settings.store.path),
    ("store.keep", lambda settings: settings.store.keep_ms),
    ("server", lambda settings: settings.server),
)
"""What holds for as long as the process: what was opened, what is listened on, and what is said of every attempt."""

_log = logging.getLogger(__name__)


def canaries_of(settings: Settings) -> list[Endpoint]:
    """Return the canaries under the names by which they are remembered, which no endpoint's slug can have."""
    return [replace(canary, slug=f"canary:{canary.slug}") for canary in settings.monitor.canaries]


def second_opinion_of(settings: Settings) -> AskOthers | None:
    """Return what asks other resolvers; None where there are none."""
    resolvers = settings.monitor.resolvers
    return SecondOpinion(resolvers).ask if resolvers else None


class Reload:
    """Reads the file anew whenever it is asked to, and hands what it says to all whom it concerns.

    A file that is refused changes nothing but what is said of it. Each time, what came of it goes on record: whoever
    asked finds the answer there. `load` reads the file; it raises ConfigError, and may take seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        load: Callable[[], Settings],
        asked: asyncio.Event,
        clock: Clock,
        ledger: WritingLedger,
        limits: Limits,
        watch: Watch,
        metrics: Metrics,
        scheduler: Scheduler,
        tripwires: Tripwires,
        publisher: Publisher,
        reports: Reports,
        backed: Backed,
    ) -> None:
        self._settings = settings
        self._load = load
        self._asked = asked
        self._clock = clock
        self._ledger = ledger
        self._limits = limits
        self._watch = watch
        self._metrics = metrics
        self._scheduler = scheduler
        self._tripwires = tripwires
        self._publisher = publisher
        self._reports = reports
        self._backed = backed
        self._since_ms = 0

    @property
    def settings(self) -> Settings:
        """The configuration that is in force."""
        return self._settings

    def begin(self) -> None:
        """Put the configuration that the daemon starts with on record, as far as it is not, or ends a refusal.

        Raises LedgerError.
        """
        settings = self._settings
        self._since_ms = record_in_force(self._ledger, settings)
        state = ConfigState.of(self._ledger.newest_act)
        if state is not None and state.refused is not None:
            # It began at no instant: nobody who asked for a reload takes the start for the answer.
            self._ledger.record(CONFIG_READ, settings.file, Reading(began_ms=0).body)
        self._metrics.configure(settings.endpoints, at_ms=self._clock.wall_ms())

    async def run(self) -> None:
        """Reload whenever asked, until cancelled. Who asks while that lasts is answered by another one after it."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self._once(self._clock.wall_ms())
            except LedgerError as error:
                _log.error("what came of reading the configuration anew could not be put on record: %s", error)

    async def _once(self, began_ms: int) -> None:
        settings = await self._read()
        if isinstance(settings, Settings):
            reading = await asyncio.to_thread(_compared, self._settings, settings, began_ms)
            await self._take(settings, read_ms=began_ms)
        else:
            count, first = len(settings), settings[:PROBLEMS_MAX]
            reading = Reading(began_ms, count, tuple(str(problem) for problem in first))
            self._refuse(settings)
        await asyncio.to_thread(self._ledger.record, CONFIG_READ, self._settings.file, reading.body)

    async def _read(self) -> Settings | Sequence[Problem]:
        """Return the configuration that the file now holds, or all that speaks against it."""
        try:
            settings = await asyncio.to_thread(self._load)
        except ConfigError as error:
            return error.problems
        except Exception:
            _log.exception("a fault of our own kept the configuration from being read")
            return [Problem(self._settings.file, 0, 0, "", "cannot be read: the log says why")]
        return list(_unchangeable(self._settings, settings)) or settings

    async def _take(self, settings: Settings, *, read_ms: int) -> None:
        """Put a configuration in force; first on record, since what is not there cannot be explained later."""
        try:
            self._since_ms = await asyncio.to_thread(record_in_force, self._ledger, settings)
        except LedgerError:
            self._metrics.refuse()
            raise
        asked = [*settings.endpoints, *(canaries := canaries_of(settings))]
        monitor = settings.monitor
        self._limits.change(
            per_second=monitor.checks_per_second, per_second_per_host=monitor.checks_per_second_per_host
        )
        self._settings = settings
        self._watch.change(canaries, second_opinion=second_opinion_of(settings))
        self._metrics.configure(asked, at_ms=read_ms)
        self._publisher.change(settings)
        self._reports.change(settings)
        self._backed.change(settings)
        self._tripwires.change(settings.endpoints)
        await self._scheduler.change(asked)
        for finding in (*settings.findings, *settings.notes):
            _log.warning("%s", finding)

    def _refuse(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            _log.error("%s", problem)
        count = counted(len(problems), "problem")
        _log.error("the configuration was refused, for %s: the one of before stays in force", count)
        self._metrics.refuse()
        self._publisher.change(self._settings, config_ms=self._since_ms)


def _unchangeable(before: Settings, after: Settings) -> Iterator[Problem]:
    """Yield a problem for each thing that only a restart can change."""
    for path, part in _FIXED:
        if part(before) != part(after):
            message = "cannot change while uptally runs: restart it, or put back what stood here"
            yield Problem(after.file, 0, 0, path, message)


def _compared(before: Settings, after: Settings, began_ms: int) -> Reading:
    """Count what is new, changed, gone and asked as before, canaries included."""
    known = {each.slug: each for each in (*before.endpoints, *canaries_of(before))}
    asked = {each.slug: each for each in (*after.endpoints, *canaries_of(after))}
    kept = sum(slug in known and endpoint.is_asked_like(known[slug]) for slug, endpoint in asked.items())
    new, gone = len(asked.keys() - known.keys()), len(known.keys() - asked.keys())
    reading = Reading(began_ms, new=new, changed=len(asked) - new - kept, gone=gone, kept=kept)
    _log.info(
        "the configuration was read anew: %d new, %d changed, %d gone, %d asked as before",
        *(reading.new, reading.changed, reading.gone, reading.kept),
    )
    return reading
