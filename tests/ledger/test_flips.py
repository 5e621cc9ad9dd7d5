"""Any flipped bit of what is stored is found: of each act, block and document of a ledger with signed closings."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.conftest import Invoke, folder, uptally
from tests.cli.ledgers import make_ledger
from tests.cli.test_close import AGREED, OCTOBER_MS, later, seconds
from uptally.books.audit import verify_closings
from uptally.errors import LedgerCorrupt
from uptally.ledger import Reader

__all__ = ["folder", "uptally"]

TABLES = "acts", "blocks", "documents"


class Flip(NamedTuple):
    """A bit of a byte of a value: in a row of a table, counted from 0."""

    table: str
    row: int
    column: str
    byte: int
    bit: int


@pytest.fixture
def ledger(folder: Path, uptally: Invoke) -> Iterator[sqlite3.Connection]:
    """A ledger with a closing, a decision and a restatement, all signed, an exclusion and blocks: all unguarded."""
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    assert uptally("key", "new", "seal.key").exit_code == 0
    (folder / "probes.yaml").write_text(f"{AGREED}seal: {{key: seal.key}}\n", encoding="utf-8")
    later(folder / "uptally.db", seconds(OCTOBER_MS + 300_000, 30), seal=True)
    put_out = "exclude", "add", "--kind", "maintenance", "--from", "2026-10-05 01:00", "--to", "2026-10-05 02:00"
    for told in (
        (*put_out, "--why", "Umzug nach Köln"),
        ("close", "--month", "2026-10"),
        ("close", "--month", "2026-10", "--decide", "acme/website/2026-10=credit", "--reason", "mail"),
    ):
        result = uptally(*told, "--by", "ann")
        assert result.exit_code == 0, result.stderr
    later(folder / "uptally.db", seconds(OCTOBER_MS + 3_600_000, 40, down=range(10, 20)), seal=True)
    restated = uptally("close", "--month", "2026-10", "--restate", "--reason", "late", "--by", "ann")
    assert restated.exit_code == 0, restated.stderr
    assert "3 closings signed by" in uptally("verify").stdout
    with closing(sqlite3.connect(folder / "uptally.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        guards = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def stored(connection: sqlite3.Connection, flip: Flip) -> tuple[int, str, bytes]:
    """Return a value with its row and type: integers as eight bytes, the lowest first, and text in UTF-8."""
    row, kind, value = connection.execute(
        f'SELECT rowid, typeof("{flip.column}"), "{flip.column}" FROM {flip.table} ORDER BY rowid LIMIT 1 OFFSET ?',
        (flip.row,),
    ).fetchone()
    return row, kind, value.to_bytes(8, "little", signed=True) if kind == "integer" else _bytes(value)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def all_flips(connection: sqlite3.Connection) -> list[Flip]:
    found = []
    for table in TABLES:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert rows > 1, table
        for row in range(rows):
            for column in [each[1] for each in connection.execute(f"PRAGMA table_info({table})")]:
                size = len(stored(connection, Flip(table, row, column, 0, 0))[2])
                found += [Flip(table, row, column, byte, bit) for byte in range(size) for bit in range(8)]
    return found


def is_found(connection: sqlite3.Connection, path: Path, flip: Flip) -> bool:
    row, kind, value = stored(connection, flip)
    changed = bytearray(value)
    changed[flip.byte] ^= 1 << flip.bit
    new: int | bytes = int.from_bytes(changed, "little", signed=True) if kind == "integer" else bytes(changed)
    connection.execute("BEGIN")
    try:
        connection.execute(f'UPDATE {flip.table} SET "{flip.column}" = CAST(? AS {kind}) WHERE rowid = ?', (new, row))
        reader = Reader(connection, path)
        reader.verify_acts()
        reader.verify_blocks()
        verify_closings(reader)
    except (LedgerCorrupt, sqlite3.IntegrityError):
        # What cannot be stored, such as the number of another row, need not be found.
        return True
    finally:
        connection.execute("ROLLBACK")
    return False


@pytest.mark.parametrize(
    "most", [pytest.param(400, id="400 of them"), pytest.param(None, id="all", marks=pytest.mark.soak)]
)
def test_every_flipped_bit_of_acts_blocks_and_documents_is_found(
    ledger: sqlite3.Connection, folder: Path, most: int | None
) -> None:
    flips = all_flips(ledger)
    if most is not None:
        chosen = random.Random(20261124)
        columns = {(each.table, each.column): each for each in flips}
        flips = [*columns.values(), *chosen.sample(flips, most)]
    assert [each for each in flips if not is_found(ledger, folder / "uptally.db", each)] == []
