"""No act can be changed, dropped or slipped in unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.made import open_ledger
from uptally.errors import LedgerCorrupt
from uptally.ledger import Reader
from uptally.ledger.acts import append_act
from uptally.ledger.storage import Storage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with three acts."""
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path)
    for body in ("first", "second", "third"):
        ledger.record("config", "uptally", f'"the {body} body"')
    ledger.close()
    return path


def tamper(path: Path, *statements: str) -> None:
    """Change the table as somebody would who knows of the triggers."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER acts_are_never_edited")
        connection.execute("DROP TRIGGER acts_are_never_deleted")
        for statement in statements:
            connection.execute(statement)


def verify(path: Path) -> None:
    with Reader.open(path) as reader:
        reader.verify_acts()


def test_untouched_acts_hold(path: Path) -> None:
    verify(path)


def test_flipped_byte_of_the_file_is_found(path: Path) -> None:
    content = bytearray(path.read_bytes())
    position = content.index(b"the second body")
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(LedgerCorrupt, match=r"act 2 .* does not hold"):
        verify(path)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE acts SET at_ms = at_ms + 1 WHERE number = 1", "act 1 .* does not hold"),
        ("UPDATE acts SET \"by\" = 'nobody' WHERE number = 3", "act 3 .* does not hold"),
        ("DELETE FROM acts WHERE number = 1", "act 1 is missing"),
        ("DELETE FROM acts WHERE number = 2", "act 2 is missing"),
        ("DELETE FROM acts WHERE number = 3", "act 3 is missing: 3 were recorded"),
        ('INSERT INTO acts SELECT 4, at_ms, kind, "by", body, digest FROM acts WHERE number = 3', "act 4 .* does not"),
        ("UPDATE acts SET body = (SELECT body FROM acts WHERE number = 1) WHERE number = 2", "act 2 .* does not hold"),
    ],
)
def test_tampering_is_found(path: Path, statement: str, complaint: str) -> None:
    tamper(path, statement)
    with pytest.raises(LedgerCorrupt, match=complaint):
        verify(path)


@pytest.mark.parametrize("statement", ["UPDATE acts SET body = ''", "DELETE FROM acts WHERE number = 3"])
def test_database_itself_refuses_to_edit_acts(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="acts are never"):
        connection.execute(statement)


def test_acts_of_some_kinds_are_found_without_a_look_at_the_others(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path)
    ledger._queue.ask(add_many, timeout_s=30)
    ledger.record("claim", "ann", "{}")
    ledger.close()

    def work_for(read: Callable[[Reader], object]) -> int:
        steps: list[None] = []
        with Reader.open(path) as reader:
            reader._connection.set_progress_handler(lambda: steps.append(None), 1)
            read(reader)
        return len(steps)

    assert work_for(lambda reader: reader.acts("claim", "incident")) < 200
    assert work_for(lambda reader: reader.newest_act("incident")) < 100
    assert work_for(lambda reader: reader.acts()) > 5_000


def add_many(storage: Storage) -> None:
    for at_ms in range(1_000):
        append_act(storage.connection, at_ms=at_ms, kind="config", by="probes.yaml", body="{}")
