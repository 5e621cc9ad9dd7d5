"""A writer that is killed at any instant loses nothing that it acknowledged, and leaves a ledger that goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.contract import ALL
from tests.ledger.made import open_ledger
from uptally.ledger import Reader
from uptally.ledger.chain import verify_blocks
from uptally.ledger.hours import sketch_of_hour
from uptally.ledger.schema import open_read_only
from uptally.rules.sketch import Sketch

WRITERS = """
import json, os, sys
from pathlib import Path
from uptally.clock import SystemClock
from uptally.ledger import Ledger, migrations  # imports all that opening one needs
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason

def write(path):
    print(os.getpid(), flush=True)
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="1")
    boot = ledger.begin_boot()
    for number in range(1_000_000):
        for slug in ("web", "db", "mail"):
            is_down = number // 10 % 7 == 0
            # Some come late, as an attempt that hung does, and hours pass quickly, so that sketches are made as well.
            at_ms = boot + number * 300_000 - (900_000 if number % 11 == 0 else 0) - (1 << 40)
            ledger.submit(
                Observation(
                    slug, "local", boot, number, Kind.GRID, at_ms, 20_000 + number,
                    Outcome.DOWN if is_down else Outcome.UP, Reason.STATUS if is_down else Reason.NONE,
                    300_000, 10_000, Evidence(error="x") if is_down else None,
                )
            )
        if number % 20 == 19:
            ledger.flush(60)
            act = ledger.record("note", "writer", str(number)).number if number % 100 == 99 else 0
            print(json.dumps([boot, number, act]), flush=True)

for line in sys.stdin:
    writer = os.fork()
    if not writer:
        write(Path(line.strip()))
    os.waitpid(writer, 0)
    print("killed", flush=True)
"""
"""For each path that it is told, a writer: a process that is forked, since a new interpreter takes half a second."""

SEED = 20_261_001


class Writers:
    """Starts writers, one at a time, and kills each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run_and_kill(self, path: Path, after_s: float) -> list[tuple[int, int, int]]:
        """Let a writer run until some while after its first acknowledgement, and return all that it acknowledged."""
        told, said = self._process.stdin, self._process.stdout
        assert told is not None
        assert said is not None
        print(path, file=told, flush=True)
        writer, lines = int(said.readline()), [said.readline()]
        time.sleep(after_s)  # the kill is to come at any instant
        os.kill(writer, signal.SIGKILL)
        while not lines[-1].endswith("killed\n"):
            lines.append(said.readline())
        return [json.loads(line) for line in lines[:-1]]


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    command = [sys.executable, "-c", WRITERS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Writers(process)
        assert process.stdin is not None
        process.stdin.close()


def check(path: Path, acknowledged: list[tuple[int, int, int]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with closing(open_read_only(path)) as connection:
        for _ in verify_blocks(connection):
            pass
    with Reader.open(path) as reader:
        reader.check_turns()
        reader.verify_acts()
        bodies = {act.number: act.body for act in reader.acts()}
        assert all(bodies[act] == str(number) for _, number, act in acknowledged if act)
        for slug in ("web", "db", "mail"):
            held = {(each.boot, each.sequence) for each in reader.observations(slug, location="local", window=ALL)}
            assert not {(boot, n) for boot, last, _ in acknowledged for n in range(last + 1)} - held


def check_sketches(path: Path) -> None:
    """Hours that are not open have the sketch that their observations make."""
    with closing(open_read_only(path)) as connection:
        sealed = connection.execute(
            "SELECT endpoint_id, location_id, hour, sketch FROM latency_hours WHERE (hour, endpoint_id, location_id) "
            "NOT IN (SELECT hour, endpoint_id, location_id FROM open_hours) ORDER BY hour DESC LIMIT 50"
        ).fetchall()
        assert sealed
        for endpoint_id, location_id, hour, sketch in sealed:
            assert Sketch.decode(sketch) == sketch_of_hour(connection, (endpoint_id, location_id), hour)


@pytest.mark.parametrize("kills", [50, pytest.param(1_000, marks=pytest.mark.soak)])
def test_nothing_acknowledged_is_lost(tmp_path: Path, kills: int, writers: Writers) -> None:
    chance = random.Random(SEED)
    acknowledged: list[tuple[int, int, int]] = []
    for kill in range(kills):
        # A new file now and then, so that the checks stay short.
        path = tmp_path / f"ledger-{kill // 20}.db"
        if kill % 20 == 0:
            acknowledged = []
        acknowledged += writers.run_and_kill(path, chance.random() * 0.15)
        if kill % 5 == 4:
            check(path, acknowledged)
            check_sketches(path)
    open_ledger(path).close()
    check(path, acknowledged)


def test_write_ahead_log_that_was_cut_off_leaves_a_sound_ledger(tmp_path: Path, writers: Writers) -> None:
    path = tmp_path / "ledger.db"
    *_, (_, last, _) = writers.run_and_kill(path, 0.3)
    log = path.with_name("ledger.db-wal")
    with log.open("r+b") as stream:
        stream.truncate(log.stat().st_size // 2)
    open_ledger(path).close()
    check(path, [])
    with Reader.open(path) as reader:
        sequences = [each.sequence for each in reader.observations("web", location="local", window=ALL)]
    assert sorted(sequences) == list(range(len(sequences)))
    assert 0 < len(sequences) <= last + 500
