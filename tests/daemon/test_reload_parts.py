"""Whom a reload concerns: ceilings, canaries, metrics and scheduler follow the file together, or none of them does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.flights import begins, told, unheard
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon.attempts import Attempts
from uptally.daemon.publish import Publisher
from uptally.daemon.reload import Reload, canaries_of
from uptally.daemon.reports import Reports
from uptally.daemon.scheduler import Scheduler
from uptally.daemon.tripwires import Tripwires
from uptally.daemon.watch import Watch
from uptally.errors import ConfigError, LedgerError, Problem
from uptally.ledger import Ledger, Reader
from uptally.ledger.interface import Decide
from uptally.model.config_state import CONFIG, CONFIG_READ, PROBLEMS_MAX, Reading
from uptally.model.endpoint import Endpoint
from uptally.model.exclusion import Plan
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.model.settings import Settings
from uptally.probe import Limits
from uptally.rules.record.exclusions import EXCLUSION_KINDS, recorded_exclusions
from uptally.rules.retention import Backed
from uptally.server import Metrics

BEFORE = """
server: {enabled: false}
monitor: {checks_per_second_per_host: 1}
endpoints:
  - {name: Web, url: "tcp://192.0.2.1:443", interval: 250ms}
  - {name: Gone, url: "tcp://192.0.2.2:443", interval: 250ms}
"""
AFTER = """
server: {enabled: false}
monitor: {checks_per_second_per_host: 50, canaries: [{url: "tcp://9.9.9.9:443", interval: 250ms}]}
endpoints:
  - {name: Web, url: "tcp://192.0.2.1:443", interval: 250ms}
  - {name: New, url: "tcp://192.0.2.3:443", interval: 250ms}
"""


class Daemon:
    """The parts of a daemon that a reload concerns, all of them real; attempts fail without an answer."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "probes.yaml"
        self.write(BEFORE)
        self.settings = self.load()
        self.reader: Callable[[], Settings] = self.load
        clock = SystemClock()
        path = self.settings.store.path
        self.ledger = Ledger.open(path, location="local", clock=clock, version="test")
        self.asked = asyncio.Event()
        self.begun: list[str] = []
        self.limits = Limits(per_second=1_000, per_second_per_host=1)
        self.watch = Watch([], clock=clock, probe=self.probe, second_opinion=None)
        self.metrics = Metrics(location="local")
        attempts = Attempts(
            location="local",
            boot=self.ledger.begin_boot(),
            clock=clock,
            admission=self.limits,
            probe=begins(self.probe),
            weigh=self.watch.weigh,
            observe=unheard,
            record=self.ledger.submit,
        )
        self.scheduler = Scheduler(self.settings.endpoints, clock=clock, attempts=attempts)
        self.tripwires = Tripwires(self.settings.endpoints, clock=clock, room=9, try_now=self.scheduler.try_now)
        self.publisher = Publisher(self.settings, clock=clock)
        reports = Reports(self.settings, clock=clock, ledger=self.ledger)
        self.reload = Reload(
            self.settings,
            load=lambda: self.reader(),
            asked=self.asked,
            clock=clock,
            ledger=self.ledger,
            limits=self.limits,
            watch=self.watch,
            metrics=self.metrics,
            scheduler=self.scheduler,
            tripwires=self.tripwires,
            publisher=self.publisher,
            reports=reports,
            backed=Backed(self.settings),
        )

    def write(self, text: str) -> None:
        self.file.write_text(text)

    def load(self) -> Settings:
        return load(self.file, environment={})

    async def probe(self, endpoint: Endpoint) -> Attempt:
        self.begun.append(endpoint.slug)
        return failed()

    async def ask(self) -> Reading:
        """Reload, and return what was put on record of it."""
        before = len(self.readings())
        self.asked.set()
        async with asyncio.timeout(30):
            while len(self.readings()) == before:
                await asyncio.sleep(0.01)
        return self.readings()[-1]

    def readings(self) -> list[Reading]:
        with Reader.open(self.settings.store.path) as reader:
            return [Reading.of(act) for act in reader.acts() if act.kind == CONFIG_READ]

    async def begins(self, *slugs: str) -> None:
        """Wait until each of some endpoints has been tried."""
        async with asyncio.timeout(30):
            while not set(slugs) <= set(self.begun):
                await asyncio.sleep(0.01)

    async def is_down_without_an_answer(self) -> bool:
        attempt = await told(self.watch.weigh(self.settings.endpoints[0], failed()))
        return attempt.outcome is Outcome.DOWN

    async def admits_at_once(self, times: int) -> bool:
        try:
            async with asyncio.timeout(0.3):
                for _ in range(times):
                    await self.limits.admit("host")
        except TimeoutError:
            return False
        return True

    def is_stale(self) -> bool:
        return "uptally_config_stale 1.0" in self.metrics.render().decode()


def failed() -> Attempt:
    return Attempt(0, 1_000, Outcome.DOWN, Reason.CONNECT_TIMEOUT, address="192.0.2.1")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    daemon = Daemon(tmp_path)
    daemon.reload.begin()
    tasks = [asyncio.create_task(part) for part in (daemon.scheduler.run(), daemon.reload.run())]
    yield daemon
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await daemon.scheduler.stop()
    await daemon.watch.close()
    await daemon.publisher.stop()
    daemon.ledger.close()


async def test_all_parts_follow_a_file_that_is_taken(daemon: Daemon) -> None:
    assert await daemon.is_down_without_an_answer()
    daemon.metrics.observe(daemon.settings.endpoints[1], failed())
    daemon.write(AFTER)
    reading = await daemon.ask()
    assert reading[1:] == (0, (), 2, 0, 1, 1)
    assert await daemon.admits_at_once(10)
    assert not await daemon.is_down_without_an_answer()
    assert 'endpoint="gone"' not in daemon.metrics.render().decode()
    daemon.begun.clear()
    await daemon.begins("web", "new", "canary:9-9-9-9-443")
    assert "gone" not in daemon.begun


async def test_no_part_follows_a_file_of_which_one_thing_needs_a_restart(daemon: Daemon) -> None:
    daemon.write(AFTER.replace("monitor: {", "monitor: {location: moved, "))
    reading = await daemon.ask()
    assert reading.is_refused
    assert not await daemon.admits_at_once(10)
    assert await daemon.is_down_without_an_answer()
    daemon.begun.clear()
    await daemon.begins("web", "gone")
    assert "new" not in daemon.begun
    assert daemon.is_stale()


async def test_keeping_observations_for_longer_or_shorter_takes_a_restart(daemon: Daemon) -> None:
    daemon.write(f"{AFTER}store: {{keep: 30d}}\n")
    [problem] = (await daemon.ask()).problems
    assert problem.startswith(f"{daemon.file}: store.keep: cannot change while uptally runs: restart it")
    daemon.write(f"{AFTER}store: {{keep: 400d}}\n")
    assert not (await daemon.ask()).is_refused


async def test_a_file_with_very_many_problems_is_on_record_with_the_first_and_their_number(daemon: Daemon) -> None:
    daemon.write("endpoints:\n" + "".join(f"  - {{name: n{number}}}\n" for number in range(300)))
    reading = await daemon.ask()
    assert (reading.problem_count, len(reading.problems)) == (300, PROBLEMS_MAX)
    assert reading.problems[0].startswith(f"{daemon.file}:2:")


async def test_a_fault_of_our_own_in_reading_refuses_the_file_and_ends_nothing(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble() -> Settings:
        raise RecursionError("stumbled")

    daemon.reader = stumble
    reading = await daemon.ask()
    assert reading.problems == (f"{daemon.file}: cannot be read: the log says why",)
    assert "stumbled" in caplog.text
    daemon.reader = daemon.load
    assert not (await daemon.ask()).is_refused
    assert not daemon.is_stale()


async def test_what_cannot_be_put_on_record_is_not_put_in_force(
    daemon: Daemon, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(kinds: Collection[str], decide: Decide) -> None:
        raise LedgerError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(daemon.ledger, "amend", fail)
        daemon.write(AFTER)
        daemon.asked.set()
        async with asyncio.timeout(30):
            while "the disk is full" not in caplog.text:
                await asyncio.sleep(0.01)
        assert daemon.is_stale()
        assert not await daemon.admits_at_once(10)
    assert (await daemon.ask()).new == 2
    assert not daemon.is_stale()


async def test_every_problem_and_every_finding_is_in_the_log(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    problems = [Problem("probes.yaml", line, 1, "key", f"problem {line}") for line in (3, 4)]

    def refuse() -> Settings:
        raise ConfigError(problems)

    daemon.reader = refuse
    await daemon.ask()
    assert all(f"probes.yaml:{line}:1: key: problem {line}" in caplog.text for line in (3, 4))
    daemon.reader = lambda: replace(daemon.settings, findings=(Problem("probes.yaml", 9, 1, "sla", "is weak"),))
    await daemon.ask()
    assert "probes.yaml:9:1: sla: is weak" in caplog.text


async def test_a_configuration_comes_on_record_once_however_often_it_is_read(daemon: Daemon) -> None:
    for _ in range(3):
        await daemon.ask()
    with Reader.open(daemon.settings.store.path) as reader:
        assert [act.kind for act in reader.acts()].count(CONFIG) == 1


async def test_maintenance_that_the_file_plans_anew_or_no_more_comes_on_record_with_it(daemon: Daemon) -> None:
    plan = Plan("move", "maintenance", 1_000, 2_000)
    for maintenance in ((plan,), (plan,), ()):
        daemon.reader = partial(replace, daemon.settings, maintenance=maintenance)
        await daemon.ask()
    with Reader.open(daemon.settings.store.path) as reader:
        acts = reader.acts(*EXCLUSION_KINDS)
    assert [act.kind for act in acts] == ["exclusion", "exclusion-revoked"]
    (found,) = recorded_exclusions(acts)
    assert (found.plan, found.revoked_ms) == (plan, acts[1].at_ms)


def test_canaries_have_names_that_no_endpoint_can_have(tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text(AFTER)
    assert [each.slug for each in canaries_of(load(tmp_path / "probes.yaml", environment={}))] == ["canary:9-9-9-9-443"]
