"""The whole of the measurement by virtual time, in worlds where everything fails, held against the truth.

A world follows from its seed, so that whatever one finds is found again:
`python -m tests.simulation <seed> <hours>` lives through one and says what it found, and `make soak` through 200 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.simulation.audit import audit
from tests.simulation.disk import folder_in_memory
from tests.simulation.plan import Fault, Plan, Timed
from tests.simulation.proof import SHOWN, prove
from tests.simulation.world import World
from uptally.daemon.heartbeat import Heartbeat
from uptally.daemon.watch import Watch
from uptally.model.endpoint import Endpoint
from uptally.model.observation import Attempt
from uptally.units.time import HOUR_MS, Window


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as found:
        yield found


@pytest.mark.parametrize("seed", range(20))
def test_in_an_hour_of_faults_the_ledger_tells_the_truth(seed: int, folder: Path) -> None:
    prove(seed, HOUR_MS, folder)


@pytest.mark.parametrize("seed", range(3))
def test_a_way_on_which_packets_are_lost_again_and_again_makes_nobody_flap(seed: int, folder: Path) -> None:
    found = audit(World(_lossy(seed), folder).live())
    assert not found.faults, found.faults[:SHOWN]


def _lossy(seed: int) -> Plan:
    """Return a plan in which nothing but the way fails, for a second every few, and no resolver gives it away."""
    random, plan, lost, at_ms = Random(seed), Plan.of(seed, HOUR_MS // 3), [], 0
    while at_ms < plan.length_ms:
        at_ms += random.randint(1_500, 9_000)
        lost.append((Window(at_ms, at_ms := at_ms + random.randint(200, 1_400)), Fault.ROUTE_SILENT))
    return replace(
        plan,
        endpoints=tuple(
            replace(each, interval_ms=random.choice((1_000, 2_000, 5_000)), timeout_ms=random.choice((1_000, 2_000)))
            for each in plan.endpoints
        ),
        hosts={slug: replace(host, is_named=False) for slug, host in plan.hosts.items()},
        outages={slug: Timed() for slug in plan.outages},
        route=Timed(lost),
        resolver=Timed(),
        descriptors=Timed(),
        disk=Timed(),
        events=(),
    )


@pytest.mark.parametrize(("seed", "who"), [(0, Watch), (3, Heartbeat)], ids=["no watch", "no heartbeat"])
def test_a_monitor_that_doubts_no_failure_is_found_out(
    seed: int, who: type[Watch] | type[Heartbeat], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def believe_later(self: Watch, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        return attempt

    def believe(self: Heartbeat, attempt: Attempt) -> Attempt:
        return attempt

    monkeypatch.setattr(who, "weigh", believe_later if who is Watch else believe)
    found = audit(World(Plan.of(seed, HOUR_MS), folder).live())
    assert any("failed, and was well" in fault for fault in found.faults)


def test_an_observation_that_is_lost_or_invented_is_found_out(folder: Path) -> None:
    lived_through = World(Plan.of(1, HOUR_MS // 4), folder).live()
    lost = lived_through.committed.pop()
    lived_through.committed.append(lost._replace(sequence=lost.sequence + 1))
    [first, second] = audit(lived_through).faults
    assert "is lost" in first
    assert "was never committed" in second


def test_a_seed_is_lived_through_alike_each_time(folder: Path) -> None:
    (folder / "again").mkdir()
    (_, once), (_, again) = (prove(1, HOUR_MS // 4, place) for place in (folder, folder / "again"))
    assert once == again
