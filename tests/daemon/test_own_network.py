"""Losses of our own network at random, of any length: scheduler and watch by virtual time, over known targets.

What is lost is packets: whoever connects sends the first one at once and then after 1, 3 and 7 seconds, as kernels
do, and is connected when one gets through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest

from tests.flights import OpenDoor, begins, unheard
from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually
from uptally.daemon.attempts import Attempts
from uptally.daemon.heartbeat import Heartbeat
from uptally.daemon.scheduler import Scheduler
from uptally.daemon.watch import Watch, Weighed
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Evidence, Observation, Outcome, Phases, Reason
from uptally.units.time import Window

START_MS = 1_790_000_000_000
SECONDS, LOSSES = 1_200, 13
ROUND_TRIP_S = 0.02
PACKETS_AFTER_S = (0, 1, 3, 7, 15)


class Place(NamedTuple):
    """How much is watched, how often, and how patiently."""

    endpoints: int
    interval_ms: int
    timeout_ms: int
    canaries: int = 2


class World:
    """Targets, canaries, a monitor, and its way to them, which is lost at times."""

    def __init__(self, place: Place, *, lost: Sequence[Window], gone: Sequence[Window] = ()) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, wall_ms=START_MS)
        self.observations: list[Observation] = []
        self._lost = lost
        self._gone = gone
        """When the first of the targets is gone."""
        cadence = (place.interval_ms, place.timeout_ms)
        names = [f"e{number}" for number in range(place.endpoints)]
        self._endpoints = [Endpoint(name, name, TcpCheck(name, 1), *cadence) for name in names]
        canaries = [Endpoint(name, name, TcpCheck(name, 1), 30_000, 5_000) for name in ("ca", "cb")[: place.canaries]]
        everyone = (*self._endpoints, *canaries)
        self._addresses = {each.slug: f"93.{index}.1.1" for index, each in enumerate(everyone)}
        self._heartbeat = Heartbeat(self.clock)
        self._watch = Watch(canaries, clock=self.clock, probe=self._probe, second_opinion=None)
        attempts = Attempts(
            location="local",
            boot=1,
            clock=self.clock,
            admission=OpenDoor(),
            probe=begins(self._probe),
            weigh=self._weigh,
            observe=unheard,
            record=self._record,
        )
        self._scheduler = Scheduler(everyone, clock=self.clock, attempts=attempts)

    def live(self, seconds: int) -> None:
        async def main() -> None:
            tasks = [asyncio.create_task(part) for part in (self._heartbeat.run(), self._scheduler.run())]
            await asyncio.sleep(seconds)
            for task in tasks:
                task.cancel()
            await self._scheduler.stop()
            await self._watch.close()

        run_virtually(self.loop, main())

    def _weigh(self, endpoint: Endpoint, attempt: Attempt) -> Weighed:
        return self._watch.weigh(endpoint, self._heartbeat.weigh(attempt))

    def _record(self, observation: Observation) -> None:
        if observation.outcome is not Outcome.MISSED and observation.reason is not Reason.CANCELLED:
            self.observations.append(observation)

    async def _probe(self, endpoint: Endpoint) -> Attempt:
        at_ms, address = self.clock.wall_ms(), self._addresses[endpoint.slug]
        for after_s, next_s in pairwise((*PACKETS_AFTER_S, 3_600)):
            if after_s * 1_000 >= endpoint.timeout_ms:
                break
            gets_there = not self._is_lost(endpoint)
            await asyncio.sleep(ROUND_TRIP_S)
            if gets_there and not self._is_lost(endpoint):
                duration_us = (self.clock.wall_ms() - at_ms) * 1_000
                phases = Phases(connect_us=duration_us)
                return Attempt(at_ms, duration_us, Outcome.UP, Reason.NONE, phases=phases, address=address)
            await asyncio.sleep(min(next_s, endpoint.timeout_ms / 1_000) - after_s - ROUND_TRIP_S)
        return Attempt(
            at_ms,
            endpoint.timeout_ms * 1_000,
            Outcome.DOWN,
            Reason.CONNECT_TIMEOUT,
            evidence=Evidence(address=address),
        )

    def _is_lost(self, endpoint: Endpoint) -> bool:
        now_ms = self.clock.wall_ms()
        windows = (*self._lost, *(self._gone if endpoint.slug == "e0" else ()))
        return any(window.start_ms <= now_ms < window.end_ms for window in windows)


def stretches(random: Random, count: int, longest_s: float) -> list[Window]:
    """Return so many stretches from 50 ms up, short ones as often as long ones, and half a minute apart."""
    step_ms = SECONDS * 1_000 // count
    found = []
    for index in range(count):
        length_ms = round(50 * (longest_s * 20) ** random.random())
        start_ms = START_MS + index * step_ms + random.randrange(14_000, step_ms - length_ms - 14_000)
        found.append(Window(start_ms, start_ms + length_ms))
    return found


def falsely_down(observations: Sequence[Observation], slug: str) -> list[Observation]:
    """Return what says that an endpoint was down, unless the attempt after it refutes it, as a blip."""
    mine = sorted((each for each in observations if each.endpoint == slug), key=lambda each: each.at_ms)
    return [
        each
        for each, following in pairwise(mine)
        if each.outcome is Outcome.DOWN and following.outcome is not Outcome.UP
    ]


PLACES = [
    Place(endpoints=1, interval_ms=1_000, timeout_ms=5_000),
    Place(endpoints=1, interval_ms=1_000, timeout_ms=1_000),
    Place(endpoints=3, interval_ms=250, timeout_ms=1_000),
    Place(endpoints=3, interval_ms=10_000, timeout_ms=5_000),
    Place(endpoints=8, interval_ms=1_000, timeout_ms=5_000),
    Place(endpoints=8, interval_ms=250, timeout_ms=1_000),
    Place(endpoints=20, interval_ms=2_000, timeout_ms=2_000, canaries=1),
]


@pytest.fixture(
    params=[pytest.param(range(1), id="one seed"), pytest.param(range(1, 20), id="19 seeds", marks=pytest.mark.soak)]
)
def seeds(request: pytest.FixtureRequest) -> range:
    found: range = request.param
    return found


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_loss_of_our_network_is_anybodys_downtime(place: Place, seeds: range) -> None:
    for seed in seeds:
        world = World(place, lost=stretches(Random(seed), LOSSES, longest_s=20))
        world.live(SECONDS)
        for number in range(place.endpoints):
            assert falsely_down(world.observations, f"e{number}") == []


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_targets_that_are_gone_for_long_enough_are_down(place: Place, seeds: range) -> None:
    for seed in seeds:
        gone = stretches(Random(seed), LOSSES, longest_s=60)
        world = World(place, lost=(), gone=gone)
        world.live(SECONDS)
        down = [each for each in world.observations if each.outcome is Outcome.DOWN]
        assert {each.endpoint for each in down} == {"e0"}
        for window in gone:
            # Two timeouts, and an interval until the first attempt: then one has failed, and one after it.
            is_long = window.length_ms > place.interval_ms + 2 * place.timeout_ms + 1_000
            assert not is_long or any(window.start_ms <= each.at_ms < window.end_ms for each in down)
