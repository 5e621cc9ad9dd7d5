"""A real daemon on a network of its own: our network's failures, and our resolver's, are nobody's downtime."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.daemon.island import SECOND_RESOLVER, Island
from tests.daemon.processes import Daemon, now_ms, wait_until
from uptally.errors import LedgerMissing
from uptally.ledger import Reader
from uptally.model.observation import Observation, Outcome, Reason
from uptally.units.time import Window

TARGETS = {f"t{number}": f"93.184.{number}.34" for number in range(6)}
CANARIES = ("198.41.0.4", "192.33.4.12")
FAULT_S = 3
"""Three times the timeout, and twelve times the interval."""


@pytest.fixture
def island(tmp_path: Path, require_server: Callable[[str], Path]) -> Iterator[Island]:
    for program in ("ip", "nsenter"):
        require_server(program)
    if os.geteuid() != 0 or subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("NOT TESTED: this machine lets nobody make network namespaces")
    with Island(tmp_path, [*TARGETS.values(), *CANARIES]) as made:
        yield made


def configure(folder: Path, hosts: dict[str, str], *, canaries: tuple[str, ...] = CANARIES, more: str = "") -> None:
    endpoints = "\n".join(f'  - {{name: {name}, url: "http://{host}/"}}' for name, host in hosts.items())
    listed = ", ".join(f'"http://{canary}/"' for canary in canaries)
    (folder / "probes.yaml").write_text(
        f"""
server: {{enabled: false}}
defaults: {{interval: 250ms, timeout: 1s}}
monitor: {{canaries: [{listed}], checks_per_second_per_host: 1000{more}}}
endpoints:
{endpoints}
"""
    )


def observed(folder: Path, slug: str, *, since_ms: int = 0) -> list[Observation]:
    try:
        with Reader.open(folder / "uptally.db") as reader:
            found = reader.observations(slug, location="local", window=Window(since_ms, 1 << 50))
            return [each for each in found if each.outcome is not Outcome.MISSED]
    except LedgerMissing:
        return []


def outcomes(folder: Path, slug: str, *, since_ms: int = 0) -> set[tuple[Outcome, Reason]]:
    return {(each.outcome, each.reason) for each in observed(folder, slug, since_ms=since_ms)}


def await_up(folder: Path, *slugs: str, more: int = 5) -> None:
    since_ms = now_ms()
    for slug in slugs:
        wait_until(
            lambda slug=slug: (  # type: ignore[misc]  # bound early
                sum(each.outcome is Outcome.UP for each in observed(folder, slug, since_ms=since_ms)) >= more
            ),
            f"{slug} to be up",
        )


@pytest.mark.parametrize(
    ("lose", "find"),
    [(Island.lose_route, Island.find_route), (Island.fall_silent, Island.speak)],
    ids=["no route", "silence"],
)
def test_the_loss_of_our_way_out_is_nobodys_downtime(
    tmp_path: Path, island: Island, lose: Callable[[Island], None], find: Callable[[Island], None]
) -> None:
    configure(tmp_path, TARGETS)
    with Daemon(tmp_path, within=island.within) as daemon:
        await_up(tmp_path, *TARGETS)
        for _ in range(2):
            lose(island)
            time.sleep(FAULT_S)
            find(island)
            # Long enough for what began in silence to fail, and to be tried again.
            await_up(tmp_path, *TARGETS, more=12)
        assert daemon.stop() == 0
    for slug in TARGETS:
        found = outcomes(tmp_path, slug)
        assert {outcome for outcome, _ in found} == {Outcome.UP, Outcome.UNKNOWN}
        assert {reason for outcome, reason in found if outcome is Outcome.UNKNOWN} <= {
            Reason.OWN_NETWORK,
            Reason.STALLED,
            Reason.CANCELLED,
        }


def test_a_target_that_vanishes_while_our_way_out_is_lost_is_down_once_it_is_back(
    tmp_path: Path, island: Island
) -> None:
    configure(tmp_path, TARGETS)
    gone, *others = TARGETS
    with Daemon(tmp_path, within=island.within) as daemon:
        await_up(tmp_path, *TARGETS)
        island.fall_silent()
        island.sink(TARGETS[gone])
        time.sleep(FAULT_S)
        island.speak()
        back_ms = now_ms()
        wait_until(lambda: (Outcome.DOWN, Reason.CONNECT_TIMEOUT) in outcomes(tmp_path, gone), "the failure")
        await_up(tmp_path, *others)
        assert daemon.stop() == 0
    first = next(each for each in observed(tmp_path, gone) if each.outcome is Outcome.DOWN)
    assert first.at_ms <= back_ms + 3_000
    for slug in others:
        assert {outcome for outcome, _ in outcomes(tmp_path, slug)} == {Outcome.UP, Outcome.UNKNOWN}


def test_the_loss_of_our_resolver_is_nobodys_downtime_and_a_name_that_fails_everywhere_is_down(
    tmp_path: Path, island: Island
) -> None:
    good: dict[str, str | list[str]] = {"web.example": [TARGETS["t0"]], "canary.example": [CANARIES[0]]}
    lost: dict[str, str | list[str]] = {"web.example": "SERVFAIL"}
    silence: dict[str, str | list[str]] = {"web.example": "SILENT", "canary.example": "SILENT"}
    all_lost: dict[str, str | list[str]] = {**lost, "canary.example": "SERVFAIL"}
    configure(
        tmp_path,
        {"web": "web.example"},
        canaries=("canary.example",),
        more=f", resolvers: [{SECOND_RESOLVER}]",
    )
    unknown = (Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE)
    island.name(good, second=good)
    with Daemon(tmp_path, within=island.within) as daemon:
        await_up(tmp_path, "web")
        for said in (silence, all_lost, good | lost):
            since_ms = now_ms()
            island.name(said, second=good)
            wait_until(lambda since_ms=since_ms: unknown in outcomes(tmp_path, "web", since_ms=since_ms), "the doubt")  # type: ignore[misc]  # bound early
            island.name(good, second=good)
            await_up(tmp_path, "web")
        island.name({"canary.example": good["canary.example"]}, second=good)
        doubted = (Outcome.UNKNOWN, Reason.DNS_NOT_FOUND)
        wait_until(lambda: doubted in outcomes(tmp_path, "web"), "a name that only one resolver misses")
        assert Outcome.DOWN not in {outcome for outcome, _ in outcomes(tmp_path, "web")}
        island.name(good | lost, second=lost)
        wait_until(lambda: (Outcome.DOWN, Reason.DNS_UNAVAILABLE) in outcomes(tmp_path, "web"), "a failing zone")
        island.name({"canary.example": good["canary.example"]}, second={})
        wait_until(lambda: (Outcome.DOWN, Reason.DNS_NOT_FOUND) in outcomes(tmp_path, "web"), "a name that is gone")
        assert daemon.stop() == 0
