"""A world that lives through a plan: one monitor after another, their ledger, and the clocks that all live by."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.flights import OpenDoor, begins, unheard
from tests.simulation.disk import open_ledger
from tests.simulation.network import Network
from tests.simulation.plan import Event, Happening, Plan
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import Attempts
from uptally.daemon.heartbeat import Heartbeat, recorded_ahead
from uptally.daemon.scheduler import Scheduler
from uptally.daemon.watch import Watch, Weighed
from uptally.errors import LedgerError
from uptally.ledger import Ledger, Reader
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt, Observation
from uptally.units.time import Window

START_MS = 1_790_000_000_000
"""What the wall clock shows at the begin of a world."""

_MS = 1_000_000


@dataclass
class Lived:
    """What came of a plan."""

    plan: Plan
    ledger_file: Path
    committed: list[Observation]
    """What every monitor had on record when it ended, and so what the ledger must hold."""
    offsets: list[tuple[int, int]] = field(default_factory=lambda: [(0, START_MS)])
    """From which true time on the wall clock was ahead of it by how much."""
    disturbed: list[Window] = field(default_factory=list)
    """When the monitor was not well, or not there, by true time."""


class _Monitor:
    """A run of the daemon: what `daemon.run` puts together, but for what is asked and where it is published."""

    def __init__(self, ledger: Ledger, path: Path, plan: Plan, clock: VirtualClock) -> None:
        network = Network(plan, clock)
        self.ledger = ledger
        self.submitted: list[Observation] = []
        self._is_dead = False
        with Reader.open(path) as reader:
            timelines = reader.timelines(location="local", since_ms=clock.wall_ms())
        self._heartbeat = Heartbeat(clock, recorded=recorded_ahead(timelines.values(), now_ms=clock.wall_ms()))
        self._watch = Watch(plan.canaries, clock=clock, probe=network.attempt, second_opinion=network.ask)
        attempts = Attempts(
            location="local",
            boot=ledger.begin_boot(),
            clock=clock,
            admission=OpenDoor(),
            probe=begins(network.attempt),
            weigh=self._weigh,
            observe=unheard,
            record=self._record,
        )
        self._scheduler = Scheduler((*plan.endpoints, *plan.canaries), clock=clock, attempts=attempts)
        self._canaries = plan.canaries
        self._parts = [asyncio.create_task(part) for part in (self._heartbeat.run(), self._scheduler.run())]

    async def change(self, endpoints: Sequence[Endpoint]) -> None:
        await self._scheduler.change((*endpoints, *self._canaries))

    def die(self) -> None:
        """Nothing is recorded any more."""
        self._is_dead = True

    async def end(self) -> None:
        for part in self._parts:
            part.cancel()
        await asyncio.wait(self._parts)
        await self._scheduler.stop()
        await self._watch.close()

    def _weigh(self, endpoint: Endpoint, attempt: Attempt) -> Weighed:
        return self._watch.weigh(endpoint, self._heartbeat.weigh(attempt))

    def _record(self, observation: Observation) -> None:
        if not self._is_dead:
            self.submitted.append(observation)
            self.ledger.submit(observation)


class World:
    """Lives through a plan once."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._loop = VirtualLoop()
        self._clock = VirtualClock(self._loop, wall_ms=START_MS)
        self._plan = plan
        self._folder = folder
        self._files = 0
        self._lived = Lived(plan, folder / "ledger-0.db", [])

    def live(self) -> Lived:
        run_virtually(self._loop, self._main())
        return self._lived

    async def _main(self) -> None:
        self._monitor = await self._start()
        for happening in self._plan.events:
            await self._until(happening.at_ms)
            before_ms = self._true_ms()
            await self._happen(happening)
            self._lived.disturbed.append(Window(before_ms, self._true_ms() + 1))
        await self._until(self._plan.length_ms)
        await self._stop()

    async def _happen(self, happening: Happening) -> None:
        length_ms = happening.length_ms
        match happening.event:
            case Event.STALL:
                self._clock.stall(length_ms)
            case Event.SUSPEND:
                self._clock.suspend(length_ms)
            case Event.STEP:
                self._clock.step(length_ms)
                before_ms = self._lived.offsets[-1][1]
                self._lived.offsets.append((self._true_ms(), before_ms + length_ms))
            case Event.RESTART | Event.KILL:
                await (self._stop() if happening.event is Event.RESTART else self._kill())
                await asyncio.sleep(length_ms / 1_000)
                self._monitor = await self._start()
            case Event.CHANGE:
                first, *others = self._plan.endpoints
                await self._monitor.change((replace(first, interval_ms=first.interval_ms * 2), *others))
                await asyncio.sleep(length_ms / 1_000)
                await self._monitor.change(self._plan.endpoints)
            case Event.REMOVE:
                await self._monitor.change(self._plan.endpoints[1:])
                await asyncio.sleep(length_ms / 1_000)
                await self._monitor.change(self._plan.endpoints)

    async def _start(self) -> _Monitor:
        while self._is_disk_full():
            # A daemon that finds the disk full ends, and is started again.
            await asyncio.sleep(1)
        path = self._lived.ledger_file
        return _Monitor(open_ledger(path, clock=self._clock, is_full=self._is_disk_full), path, self._plan, self._clock)

    async def _stop(self) -> None:
        """End a monitor as a service manager does; what a full disk does not take is lost, and said to be."""
        monitor = self._monitor
        await monitor.end()
        try:
            monitor.ledger.close()
        except LedgerError:
            assert self._is_disk_full()
        self._keep(monitor)

    async def _kill(self) -> None:
        """End a monitor without a word: all that is left is what is on its disk."""
        monitor = self._monitor
        monitor.die()
        self._keep(monitor)
        dead = self._lived.ledger_file
        self._files += 1
        alive = self._lived.ledger_file = self._folder / f"ledger-{self._files}.db"
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{dead}{suffix}", f"{alive}{suffix}")
        await monitor.end()
        try:
            monitor.ledger.close(clean=False)
        except LedgerError:
            assert self._is_disk_full()
        dead.unlink()

    def _keep(self, monitor: _Monitor) -> None:
        health = monitor.ledger.health
        assert health.is_trusted
        assert not health.lost
        self._lived.committed += monitor.submitted[: len(monitor.submitted) - health.pending]

    async def _until(self, true_ms: int) -> None:
        while (rest_ms := true_ms - self._true_ms()) > 0:
            await asyncio.sleep(rest_ms / 1_000)

    def _is_disk_full(self) -> bool:
        return self._plan.disk.at(self._true_ms()) is not None

    def _true_ms(self) -> int:
        return self._clock.boot_ns() // _MS
