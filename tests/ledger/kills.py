"""Writers that are killed at any instant, and what must be in their ledger then."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from tests.ledger.contract import ALL
from tests.ledger.made import open_ledger
from uptally.ledger import Reader
from uptally.ledger.chain import verify_blocks
from uptally.ledger.hours import sketch_of_hour
from uptally.ledger.rebuild import rebuild_days
from uptally.ledger.schema import open_as_it_stands
from uptally.rules.sketch import Sketch

WRITERS = """
import json, os, sys
from pathlib import Path
from uptally.clock import SystemClock
from uptally.ledger import Ledger, migrations  # imports all that opening one needs
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason

class Clock:
    now_ms = 1_790_000_000_000

    def wall_ms(self):
        return self.now_ms

    def monotonic_ns(self):
        return 0

def observe(ledger, boot, number, at_ms, interval_ms):
    is_down = number // 10 % 7 == 0
    for slug in ("web", "db", "mail"):
        ledger.submit(
            Observation(
                slug, "local", boot, number, Kind.GRID, at_ms, 20_000 + number,
                Outcome.DOWN if is_down else Outcome.UP, Reason.STATUS if is_down else Reason.NONE,
                interval_ms, 5_000, Evidence(error="x") if is_down else None,
            )
        )

def write(ledger):
    boot = ledger.begin_boot()
    for number in range(1_000_000):
        # Some come late, as an attempt that hung does, and hours pass quickly, so that sketches are made as well.
        at_ms = boot + number * 300_000 - (900_000 if number % 11 == 0 else 0) - (1 << 40)
        observe(ledger, boot, number, at_ms, 300_000)
        if number % 20 == 19:
            ledger.flush(60)
            act = ledger.record("note", "writer", str(number)).number if number % 100 == 99 else 0
            print(json.dumps([boot, number, act]), flush=True)

def seal(ledger, clock):
    boot = ledger.begin_boot()
    for number in range(1_000_000):
        # An hour passes with each 360 of them, and with it comes the sealing of the one before; some come late.
        clock.now_ms += 10_000
        observe(ledger, boot, number, clock.now_ms - (7_200_000 if number % 11 == 0 else 0), 10_000)
        if number % 90 == 89:
            ledger.flush(60)
            print(json.dumps([boot, number, 0]), flush=True)

for line in sys.stdin:
    path, day = json.loads(line)
    writer = os.fork()
    if not writer:
        print(os.getpid(), flush=True)
        clock = SystemClock() if day is None else Clock()
        ledger = Ledger.open(Path(path), location="local", clock=clock, version="1")
        if day is None:
            write(ledger)
        clock.now_ms += day * 86_400_000
        seal(ledger, clock)
    os.waitpid(writer, 0)
    print("killed", flush=True)
"""
"""For each path that it is told, a writer: a process that is forked, since a new interpreter takes half a second. One
that is told a day as well seals.
"""

SLUGS = "web", "db", "mail"

CHECKED_AFTER = 5
"""So many kills are checked together: what one lost is still lost after the others."""

LINES_BEFORE_SEALING = 12
"""A writer that seals has acknowledged so many times after three of its hours."""


Acknowledged: TypeAlias = tuple[int, int, int]
"""Boot, last number, and number of the act if there is one, as a writer said that it had written them."""


class Writers:
    """Starts writers, one at a time, and kills each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run_and_kill(self, path: Path, after_s: float, *, day: int | None = None) -> list[Acknowledged]:
        """Let a writer run until some while after it began to write, or to seal, and return what it acknowledged."""
        told, said = self._process.stdin, self._process.stdout
        assert told is not None
        assert said is not None
        print(json.dumps([str(path), day]), file=told, flush=True)
        writer = int(said.readline())
        lines = [said.readline() for _ in range(1 if day is None else LINES_BEFORE_SEALING)]
        time.sleep(after_s)  # the kill is to come at any instant
        os.kill(writer, signal.SIGKILL)
        while not lines[-1].endswith("killed\n"):
            lines.append(said.readline())
        return [json.loads(line) for line in lines[:-1]]


@contextmanager
def writers() -> Iterator[Writers]:
    command = [sys.executable, "-c", WRITERS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Writers(process)
        assert process.stdin is not None
        process.stdin.close()


def kill_while_writing(path: Path, seed: int, kills: int) -> int:
    """Kill the writers of a ledger, and return how many observations they had acknowledged, all of which it holds."""
    chance = random.Random(seed)
    acknowledged: list[Acknowledged] = []
    with writers() as started:
        for kill in range(1, kills + 1):
            acknowledged += started.run_and_kill(path, chance.random() * 0.15)
            if kill % CHECKED_AFTER == 0:
                check(path, acknowledged)
                check_sketches(path)
    open_ledger(path).close()
    return check(path, acknowledged)


def kill_while_sealing(path: Path, seed: int, kills: int) -> int:
    """Do so while hours pass that are sealed."""
    chance = random.Random(seed)
    acknowledged: list[Acknowledged] = []
    with writers() as started:
        for kill in range(kills):
            acknowledged += started.run_and_kill(path, chance.random() * 0.3, day=kill)
            if kill % CHECKED_AFTER == CHECKED_AFTER - 1:
                check(path, acknowledged)
    open_ledger(path).close()
    with closing(open_as_it_stands(path)) as connection:
        assert list(verify_blocks(connection))
    return check(path, acknowledged)


def check(path: Path, acknowledged: Sequence[Acknowledged]) -> int:
    """Look at everything: each observation is there once, in a row or in a block. Returns how many had to be."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with closing(open_as_it_stands(path)) as connection:
        for _ in verify_blocks(connection):
            pass
    due = {(boot, number) for boot, last in _lasts(acknowledged).items() for number in range(last + 1)}
    with Reader.open(path) as reader:
        reader.check_turns()
        reader.verify_acts()
        bodies = {act.number: act.body for act in reader.acts()}
        assert all(bodies[act] == str(number) for _, number, act in acknowledged if act)
        for slug in SLUGS:
            held = [(each.boot, each.sequence) for each in reader.observations(slug, location="local", window=ALL)]
            assert len(set(held)) == len(held)
            assert not due - set(held)
    return len(SLUGS) * len(due)


def check_sketches(path: Path) -> None:
    """Hours that are not open have the sketch that their observations make."""
    with closing(open_as_it_stands(path)) as connection:
        sealed = connection.execute(
            "SELECT endpoint_id, location_id, hour, sketch FROM latency_hours WHERE (hour, endpoint_id, location_id) "
            "NOT IN (SELECT hour, endpoint_id, location_id FROM open_hours) ORDER BY hour DESC LIMIT 50"
        ).fetchall()
        assert sealed
        for endpoint_id, location_id, hour, sketch in sealed:
            assert Sketch.decode(sketch) == sketch_of_hour(connection, (endpoint_id, location_id), hour)
        assert not rebuild_days(connection)


def _lasts(acknowledged: Sequence[Acknowledged]) -> dict[int, int]:
    """Return the last number of each boot that was acknowledged."""
    return {boot: number for boot, number, _ in acknowledged}
