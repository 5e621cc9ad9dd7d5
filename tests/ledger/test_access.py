"""Who may open a ledger, and what the others are told."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import pytest

from tests.ledger.made import open_ledger
from tests.ledger.test_schema import with_second_migration
from uptally.errors import LedgerError
from uptally.ledger import Reader
from uptally.ledger.migrations import migrate
from uptally.ledger.schema import VERSION

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that anybody may enter; pytest's own are for their owner alone."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    rmtree(made)


@pytest.fixture
def path(folder: Path) -> Path:
    """A ledger that nobody has open."""
    path = folder / "ledger.db"
    open_ledger(path).close()
    return path


@contextmanager
def as_another() -> Iterator[None]:
    """Go on as a user who owns nothing, where the tests run as one whom no permission stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def told(path: Path) -> str:
    with as_another(), pytest.raises(LedgerError) as caught:
        Reader.open(path).acts()
    return str(caught.value)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_ledger_and_what_stands_beside_it_are_for_their_owner_alone_and_the_folder_is_as_it_was(folder: Path) -> None:
    ledger = open_ledger(folder / "ledger.db")
    assert [mode_of(folder / f"ledger.db{end}") for end in ("", "-wal", "-shm")] == [0o600] * 3
    ledger.close()
    assert mode_of(folder) == 0o755


def test_a_ledger_whose_permissions_were_widened_keeps_them(path: Path) -> None:
    path.chmod(0o640)
    ledger = open_ledger(path)
    assert [mode_of(path.with_name(f"ledger.db{end}")) for end in ("", "-wal")] == [0o640] * 2
    ledger.close()


def test_the_backup_before_a_migration_is_for_its_owner_alone(path: Path) -> None:
    path.chmod(0o644)
    migrate(path, migrations=with_second_migration())
    assert mode_of(path.with_name(f"ledger.db.schema-{VERSION}.backup")) == 0o600


def test_who_may_not_read_a_ledger_is_told_who_may(path: Path) -> None:
    owner = me()
    path.chmod(0)
    message = told(path)
    assert f"may not read {path}: run uptally as the user {owner}, or change its permissions" in message


def test_who_may_not_enter_the_folder_is_told_so_and_not_that_there_is_no_ledger(path: Path) -> None:
    path.parent.chmod(0)
    assert f"may not enter {path.parent}" in told(path)


def test_who_may_not_make_files_beside_a_ledger_that_nobody_has_open_is_told_so(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    assert "SQLITE" not in told(path)
    assert "may not write to" in told(path)


def test_what_stands_beside_a_ledger_is_named_where_it_is_that_which_is_closed(path: Path) -> None:
    ledger = open_ledger(path)
    try:
        path.chmod(0o644)
        path.with_name("ledger.db-wal").chmod(0)
        assert f"may not read {path}-wal" in told(path)
    finally:
        ledger.close()


def test_who_may_not_write_a_ledger_is_told_so(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o777)
    path.with_name("ledger.db.lock").chmod(0o666)
    with as_another(), pytest.raises(LedgerError, match=r"may not write to .*ledger\.db: run uptally as the user"):
        open_ledger(path)
