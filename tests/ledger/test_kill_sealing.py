"""A writer that is killed at any instant around sealing has each observation once: in a row or in a block."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.contract import ALL
from tests.ledger.made import open_ledger
from uptally.ledger import Reader
from uptally.ledger.chain import verify_blocks
from uptally.ledger.schema import open_read_only

WRITER = """
import sys
from pathlib import Path
from uptally.ledger import Ledger
from uptally.model.observation import Kind, Observation, Outcome, Reason

class Clock:
    now_ms = 1_790_000_000_000 + int(sys.argv[2]) * 86_400_000

    def wall_ms(self):
        return self.now_ms

    def monotonic_ns(self):
        return 0

clock = Clock()
ledger = Ledger.open(Path(sys.argv[1]), location="local", clock=clock, version="1")
boot = ledger.begin_boot()
for number in range(1_000_000):
    # An hour passes with each 360 of them, and with it comes the sealing of the one before; some come late.
    clock.now_ms += 10_000
    for slug in ("web", "db", "mail"):
        at_ms = clock.now_ms - (7_200_000 if number % 11 == 0 else 0)
        is_down = number // 10 % 7 == 0
        ledger.submit(
            Observation(
                slug, "local", boot, number, Kind.GRID, at_ms, 20_000 + number, Outcome.DOWN if is_down else Outcome.UP,
                Reason.STATUS if is_down else Reason.NONE, 10_000, 5_000,
            )
        )
    if number % 90 == 89:
        ledger.flush(60)
        print(boot, number, flush=True)
"""

SEED = 20_261_123
HOURS_BEFORE_THE_KILL = 3


def run_and_kill(path: Path, day: int, after_s: float) -> tuple[int, int]:
    """Let a writer get to sealing, kill it some while later, and return boot and last number that it acknowledged."""
    command = [sys.executable, "-c", WRITER, str(path), str(day)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4 * HOURS_BEFORE_THE_KILL)]
        time.sleep(after_s)  # the kill is to come at any instant
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    boot, number = [line for line in lines if line.endswith("\n")][-1].split()
    return int(boot), int(number)


def check(path: Path, acknowledged: list[tuple[int, int]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with closing(open_read_only(path)) as connection:
        assert list(verify_blocks(connection))
    with Reader.open(path) as reader:
        reader.check_turns()
        for slug in ("web", "db", "mail"):
            held = [(each.boot, each.sequence) for each in reader.observations(slug, location="local", window=ALL)]
            assert len(set(held)) == len(held)
            assert not {(boot, number) for boot, last in acknowledged for number in range(last + 1)} - set(held)


@pytest.mark.parametrize("kills", [8, pytest.param(1_000, marks=pytest.mark.soak)])
def test_nothing_is_lost_or_held_twice(tmp_path: Path, kills: int) -> None:
    chance = random.Random(SEED)
    acknowledged: list[tuple[int, int]] = []
    for kill in range(kills):
        # A new file now and then, so that the checks stay short.
        path = tmp_path / f"ledger-{kill // 8}.db"
        if kill % 8 == 0:
            acknowledged = []
        acknowledged.append(run_and_kill(path, kill % 8, chance.random() * 0.3))
        if kill % 4 == 3:
            check(path, acknowledged)
    open_ledger(path).close()
    check(path, acknowledged)
