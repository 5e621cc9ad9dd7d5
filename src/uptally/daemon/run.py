"""Puts the rooms together: one event loop, one task group, and a process beside it that writes the page.

What ends in which order matters. First no attempt is started any more and those in flight are cancelled, which
is recorded and is nobody's downtime; then the page is written a last time; then the door closes; the ledger
last, when everything that happened is in it.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Protocol

from uptally import __version__
from uptally.clock import Clock, SystemClock
from uptally.daemon import process
from uptally.daemon.attempts import Attempts
from uptally.daemon.closer import Closer
from uptally.daemon.door import opened
from uptally.daemon.health import acts_hold, health_of
from uptally.daemon.heartbeat import SANE_FROM_MS, Heartbeat, recorded_ahead
from uptally.daemon.publish import Publisher
from uptally.daemon.reload import Reload, canaries_of, second_opinion_of
from uptally.daemon.reports import Reports
from uptally.daemon.scheduler import Scheduler
from uptally.daemon.tripwires import Tripwires
from uptally.daemon.watch import Watch
from uptally.daemon.weighing import weighing
from uptally.errors import LedgerError
from uptally.ledger import Ledger, Reader
from uptally.model.observation import Observation, Outcome
from uptally.model.settings import Settings
from uptally.probe import Limits, Prober
from uptally.rules.retention import Backed
from uptally.server import Metrics
from uptally.units.count import counted
from uptally.units.time import format_instant

FLUSH_S = 10
"""How long a shutdown waits for the ledger before it writes the page a last time."""

_log = logging.getLogger(__name__)


def run(settings: Settings, *, load: Callable[[], Settings], run_for_ms: int | None = None) -> None:
    """Probe, remember and publish until SIGTERM or SIGINT, or for `run_for_ms`.

    At SIGHUP `load` reads the configuration anew, and what it gives is put in force; it may raise ConfigError.
    Raises LedgerBusy where another daemon writes to the ledger, LedgerError where it cannot be used or ceases to be
    trustworthy, and DaemonError where the server cannot listen.
    """
    process.prepare()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(settings, load, SystemClock(), run_for_ms))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


class _Ending:
    """Why and when the daemon ends: at the signals of a service manager and of a terminal, or when the time is over.

    `hung_up` is set at SIGHUP, which asks for the file to be read anew.
    """

    def __init__(self, run_for_ms: int | None) -> None:
        self.event = asyncio.Event()
        self.failure: LedgerError | None = None
        self.hung_up = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.event.set)
        loop.add_signal_handler(signal.SIGHUP, self.hung_up.set)
        if run_for_ms is not None:
            loop.call_later(run_for_ms / 1_000, self.event.set)

    def fail(self, failure: LedgerError) -> None:
        self.failure = failure
        self.event.set()

    async def flush(self, ledger: Ledger) -> None:
        """Wait for what was submitted to be on disk, unless it was the ledger that failed."""
        if self.failure is None:
            await asyncio.to_thread(ledger.flush, FLUSH_S)


async def _run(settings: Settings, load: Callable[[], Settings], clock: Clock, run_for_ms: int | None) -> None:
    ending = _Ending(run_for_ms)
    canaries = canaries_of(settings)
    async with AsyncExitStack() as stack:
        publisher = Publisher(settings, clock=clock)
        ledger = stack.enter_context(_remembering(settings, backed := Backed(settings), clock, publisher, ending))
        reports = Reports(settings, clock=clock, ledger=ledger)
        prober = await stack.enter_async_context(Prober(clock=clock))
        heartbeat = _heartbeat(settings, clock)
        watch = Watch(canaries, clock=clock, probe=prober.attempt, second_opinion=second_opinion_of(settings))
        metrics = Metrics(
            location=settings.monitor.location,
            in_flight=lambda: scheduler.in_flight,
            ledger_pending=lambda: ledger.health.pending,
            tripwires_held=lambda: tripwires.held,
            copy_failing=lambda: publisher.is_copy_failing,
            closing_failing=lambda: closer.is_failing,
            reports_overdue=lambda: reports.overdue,
        )
        limits = _limits(settings)
        tripwires = Tripwires(settings.endpoints, clock=clock, try_now=lambda slug: scheduler.try_now(slug))
        attempts = Attempts(
            location=settings.monitor.location,
            boot=ledger.begin_boot(),
            clock=clock,
            admission=limits,
            probe=prober.begin,
            weigh=weighing(heartbeat, watch, tripwires),
            observe=metrics.observe,
            record=_recording(ledger, metrics),
        )
        scheduler = Scheduler([*settings.endpoints, *canaries], clock=clock, attempts=attempts)
        reload = Reload(
            settings,
            load=load,
            asked=ending.hung_up,
            clock=clock,
            ledger=ledger,
            limits=limits,
            watch=watch,
            metrics=metrics,
            scheduler=scheduler,
            tripwires=tripwires,
            publisher=publisher,
            reports=reports,
            backed=backed,
        )
        reload.begin()
        closer = Closer(lambda: reload.settings, clock=clock)
        held = acts_hold(settings.store.path)
        health = partial(health_of, ledger, publisher, reports, closer, ending.event, acts_hold=held)
        await stack.enter_async_context(opened(lambda: reload.settings, metrics, ledger, clock, health))
        _log.info("probing %s; canaries: %d", counted(len(settings.endpoints), "endpoint"), len(canaries))
        try:
            await _work(ending, publisher.deliver(), heartbeat, scheduler, publisher, reload, reports, closer)
        finally:
            await _stop(tripwires, scheduler, watch)
            await ending.flush(ledger)
            await publisher.stop()


class _Part(Protocol):
    """What runs until it is cancelled."""

    def run(self) -> Coroutine[None, None, None]: ...


async def _work(ending: _Ending, copying: Coroutine[None, None, None], *parts: _Part) -> None:
    """Let all parts run until the daemon is to end."""
    process.settle()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in (copying, *(part.run() for part in parts))]
        await ending.event.wait()
        for task in tasks:
            task.cancel()


async def _stop(tripwires: Tripwires, scheduler: Scheduler, watch: Watch) -> None:
    """Let no attempt begin any more, and end those in flight."""
    await tripwires.close()
    await scheduler.stop()
    await watch.close()


@contextmanager
def _remembering(
    settings: Settings, backed: Backed, clock: Clock, publisher: Publisher, ending: _Ending
) -> Iterator[Ledger]:
    """Keep the ledger open for writing; what its thread has to say is said on the event loop, which closes after it.

    Where the ledger failed, that is what ended the daemon, and it is raised from here.
    """
    loop = asyncio.get_running_loop()

    def turned(slugs: frozenset[str]) -> None:
        loop.call_soon_threadsafe(publisher.turn, slugs)

    def failed(failure: LedgerError) -> None:
        loop.call_soon_threadsafe(ending.fail, failure)

    ledger = Ledger.open(
        settings.store.path,
        location=settings.monitor.location,
        clock=clock,
        version=__version__,
        keep_ms=settings.store.keep_ms,
        backed=backed.months,
        on_commit=turned,
        on_failure=failed,
    )
    try:
        yield ledger
    finally:
        ledger.close(clean=ending.failure is None)


def _heartbeat(settings: Settings, clock: Clock) -> Heartbeat:
    """Make the heartbeat, and tell it of what the ledger holds of the time to come."""
    now_ms = clock.wall_ms()
    with Reader.open(settings.store.path) as reader:
        timelines = reader.timelines(location=settings.monitor.location, since_ms=now_ms)
    recorded = recorded_ahead(timelines.values(), now_ms=now_ms)
    if recorded:
        until = format_instant(recorded[-1].end_ms)
        _log.warning("the wall clock was set back: there are observations until %s", until)
    return Heartbeat(clock, recorded=recorded)


def _recording(ledger: Ledger, metrics: Metrics) -> Callable[[Observation], None]:
    def record(observation: Observation) -> None:
        if observation.outcome is Outcome.MISSED:
            metrics.miss()
        # What was seen at no real instant has no place in the ledger: there, silence is unknown as well.
        if observation.at_ms >= SANE_FROM_MS:
            ledger.submit(observation)

    return record


def _limits(settings: Settings) -> Limits:
    monitor = settings.monitor
    return Limits(per_second=monitor.checks_per_second, per_second_per_host=monitor.checks_per_second_per_host)
