"""Acts of processes that do not own the ledger: one chain, whoever writes at the same moment, whoever is killed."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ledger.made import Clock, observed, open_ledger
from uptally.errors import LedgerBusy, LedgerError, LedgerMissing, QuantityError
from uptally.ledger import Reader, amend_beside, beside, storage
from uptally.model.act import Act, NewAct

ACTOR = """
import sys
from pathlib import Path
from uptally.clock import SystemClock
from uptally.ledger import amend_beside
from uptally.model.act import NewAct

path, name, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
for _ in range(most):
    # As many as it saw before it, so that an act of another in between would tell.
    decide = lambda acts: [NewAct("note", name, str(len(acts)))]
    (act,) = amend_beside(path, clock=SystemClock(), kinds=["note"], decide=decide)
    print(act.number, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    return path


@contextmanager
def actor(path: Path, name: str, *, most: int = 1_000_000) -> Iterator[subprocess.Popen[str]]:
    """A process that records acts as soon as it is told to, and says the number of each that is committed."""
    command = [sys.executable, "-c", ACTOR, str(path), name, str(most)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    print(file=process.stdin, flush=True)


def note(path: Path, body: str = "") -> Act:
    return amend_beside(path, clock=Clock(), kinds=[], decide=lambda acts: [NewAct("note", "ann", body)])[0]


def notes(path: Path) -> list[Act]:
    with Reader.open(path) as reader:
        reader.verify_acts()
        return reader.acts("note")


def test_act_is_recorded_without_a_daemon_and_leaves_one_file(path: Path) -> None:
    act = note(path, "a")
    assert not path.with_name("ledger.db-wal").exists()
    assert notes(path) == [act]


def test_act_is_recorded_beside_the_daemon_which_goes_on(path: Path) -> None:
    daemon = open_ledger(path)
    daemon.submit(observed(0))
    act = note(path, "a")
    assert daemon.newest_act("note") == act
    assert daemon.record("note", "config", "b").number == act.number + 1
    daemon.submit(observed(1_000))
    daemon.close()
    assert [each.body for each in notes(path)] == ["a", "b"]


def test_what_deciding_raises_is_raised_and_nothing_is_recorded(path: Path) -> None:
    def refuse(acts: Sequence[Act]) -> list[NewAct]:
        raise QuantityError("no")

    with pytest.raises(QuantityError):
        amend_beside(path, clock=Clock(), kinds=[], decide=refuse)
    assert notes(path) == []
    assert note(path).number == 1


def test_without_a_ledger_there_is_an_error_with_its_remedy_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match="`uptally run` makes it"):
        note(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("a letter")
    with pytest.raises(LedgerError):
        note(path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("ledger.db", "a letter")]


def test_whoever_waits_too_long_for_another_writer_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "PATIENCE_S", 0)
    with path.with_name("ledger.db.pen").open("rb") as pen:
        fcntl.flock(pen, fcntl.LOCK_EX)
        with pytest.raises(LedgerBusy, match="another program"):
            note(path)
    assert note(path).number == 1


def test_daemon_keeps_what_it_cannot_write_while_another_holds_the_pen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PEN_S", 0)
    daemon = open_ledger(path)
    with path.with_name("ledger.db.pen").open("rb") as pen:
        fcntl.flock(pen, fcntl.LOCK_EX)
        daemon.submit(observed(0))
        with pytest.raises(LedgerError, match="not written within"):
            daemon.flush(0.5)
        assert (daemon.health.pending, daemon.health.lost, daemon.health.is_trusted) == (1, 0, True)
    daemon.flush(30)
    daemon.close()
    with Reader.open(path) as reader:
        assert reader.slugs() == ["web"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a file over")
def test_root_makes_no_file_that_keeps_the_owner_out(path: Path) -> None:
    pen = path.with_name("ledger.db.pen")
    pen.unlink()
    os.chown(path, 12_345, 12_346)
    note(path)
    assert (pen.stat().st_uid, pen.stat().st_gid) == (12_345, 12_346)


def test_processes_that_record_at_once_make_one_chain_in_which_nobody_comes_between(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A checkpoint follows each of the daemon's commits: that is when SQLite alone may fail.
    monkeypatch.setattr(storage, "WAL_PAGES", 1)
    daemon = open_ledger(path)
    with actor(path, "ann", most=60) as ann, actor(path, "bob", most=60) as bob:
        begin(ann)
        begin(bob)
        own = 0
        while ann.poll() is None or bob.poll() is None:
            daemon.submit(observed(own))
            daemon.amend(["note"], lambda acts: [NewAct("note", "config", str(len(acts)))])
            own += 1
        assert (ann.returncode, bob.returncode) == (0, 0)
    daemon.close()
    held = notes(path)
    assert [each.body for each in held] == [str(number) for number in range(len(held))]
    assert {by: sum(each.by == by for each in held) for by in ("ann", "bob", "config")} == {
        "ann": 60,
        "bob": 60,
        "config": own,
    }


def test_process_that_is_killed_while_it_records_leaves_the_chain_whole_and_nobody_locked_out(path: Path) -> None:
    chance = random.Random(1)
    daemon = open_ledger(path)
    acknowledged: list[int] = []
    for _ in range(8):
        with actor(path, "ann") as process:
            begin(process)
            assert process.stdout is not None
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(chance.random() * 0.05)  # the kill is to come at any instant
            process.send_signal(signal.SIGKILL)
            acknowledged += map(int, process.stdout)
        acknowledged.append(daemon.record("note", "config", "").number)
    daemon.close()
    assert set(acknowledged) <= {act.number for act in notes(path)}
