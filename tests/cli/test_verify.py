from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import last_minute, make_ledger
from tests.ledger.made import seal_everything
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.rules.record.audits import recorded_audits


@pytest.fixture
def sealed(folder: Path) -> Path:
    """A ledger with an act and a block."""
    make_ledger(folder, last_minute("website"))
    path = folder / "uptally.db"
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="test")
    ledger.record("config", "uptally", "{}")
    ledger._queue.ask(seal_everything, timeout_s=30)
    ledger.close()
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_ledger_that_nobody_changed_is_fine(uptally: Invoke, sealed: Path) -> None:
    result = uptally("verify")
    assert (result.exit_code, result.stdout) == (0, "1 act and 1 block, all as they were written\n")


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (("DROP TRIGGER blocks_are_only_dropped", "UPDATE blocks SET bytes = x'00'"), "block 1 does not hold"),
        (("DROP TRIGGER blocks_are_never_edited", "UPDATE blocks SET size = 1"), "block 1 (website at local)"),
        (("DROP TRIGGER acts_are_never_edited", "UPDATE acts SET body = ''"), "act 1 (config) does not hold"),
    ],
)
def test_first_thing_that_does_not_hold_is_named(
    uptally: Invoke, sealed: Path, statements: tuple[str, ...], named: str
) -> None:
    change(sealed, *statements)
    result = uptally("verify")
    assert result.exit_code == 1
    assert named in result.stderr


def test_check_that_held_is_put_on_record_by_whom(uptally: Invoke, sealed: Path) -> None:
    assert uptally("verify", "--record", "--by", "ann").exit_code == 0
    with Reader.open(sealed) as ledger:
        (found,) = recorded_audits(ledger.acts())
    assert (found.by, found.acts, found.blocks) == ("ann", 1, 1)
    assert uptally("verify").stdout.startswith("2 acts and 1 block")


def test_check_that_did_not_hold_is_not_put_on_record(uptally: Invoke, sealed: Path) -> None:
    change(sealed, "DROP TRIGGER blocks_are_never_edited", "UPDATE blocks SET size = 1")
    assert uptally("verify", "--record", "--by", "ann").exit_code == 1
    with Reader.open(sealed) as ledger:
        assert not recorded_audits(ledger.acts())


def test_rebuild_finds_nothing_in_a_ledger_that_is_fine(uptally: Invoke, sealed: Path) -> None:
    result = uptally("verify", "--rebuild")
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, "what follows from them is as it should be")


def test_rebuild_says_what_differed_and_mends_it(uptally: Invoke, sealed: Path) -> None:
    change(sealed, "DELETE FROM turns WHERE state = 1")
    result = uptally("verify", "--rebuild")
    assert result.exit_code == 1
    assert "turn 2 of website at local" in result.stdout
    assert uptally("verify", "--rebuild").exit_code == 0


def test_rebuild_needs_the_daemon_stopped_and_the_check_does_not(uptally: Invoke, sealed: Path) -> None:
    ledger = Ledger.open(sealed, location="local", clock=SystemClock(), version="test")
    try:
        assert uptally("verify").exit_code == 0
        result = uptally("verify", "--rebuild")
    finally:
        ledger.close()
    assert result.exit_code == 3
    assert "stop it first" in result.stderr


def test_without_a_ledger_there_is_nothing_to_verify(uptally: Invoke, folder: Path) -> None:
    make_ledger(folder, [])
    (folder / "uptally.db").unlink()
    result = uptally("verify", "--rebuild")
    assert result.exit_code == 1
    assert "there is no ledger" in result.stderr
    assert not (folder / "uptally.db").exists()
