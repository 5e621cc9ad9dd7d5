"""The chain of blocks: what was sealed is found to be so, or it is not used."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.made import Clock
from uptally.errors import LedgerCorrupt
from uptally.ledger.block import Columns, encode
from uptally.ledger.chain import (
    append_block,
    drop_blocks,
    extents,
    horizon_ms,
    last_start_ms,
    open_block,
    verify_blocks,
)
from uptally.ledger.rows import Key
from uptally.ledger.storage import Storage
from uptally.units.time import DAY_MS

WEB, DB = (1, 1), (2, 1)


def columns(*instants: int) -> Columns:
    return Columns(*zip(*((at_ms, 1, at_ms, 0, 20_000, 0, 0, 1_000, 500) for at_ms in instants), strict=True))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger with three blocks of two endpoints."""
    storage = Storage(tmp_path / "ledger.db", location="local", clock=Clock(), version="1")
    storage.fold.number("endpoints", "slug", "web")
    storage.fold.number("endpoints", "slug", "db")
    storage.fold.number("locations", "name", "local")
    append_block(storage.connection, WEB, columns(10, 20, 30))
    append_block(storage.connection, DB, columns(11))
    append_block(storage.connection, WEB, columns(15, 40))
    yield storage.connection
    storage.close(is_clean=False, is_trusted=True)


def kept(connection: sqlite3.Connection, key: Key) -> list[int]:
    """Return the numbers of an endpoint's blocks whose bytes are there."""
    return [extent.number for extent in extents(connection, key, from_ms=0, until_ms=DAY_MS)]


def tamper(connection: sqlite3.Connection, statement: str, *values: object) -> None:
    """Change what the triggers would not let anybody change by mistake."""
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement, values)


def test_blocks_that_nobody_touched_hold(connection: sqlite3.Connection) -> None:
    assert list(verify_blocks(connection)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "numbers"),
    [(0, 100, [1, 3]), (30, 31, [1, 3]), (31, 100, [3]), (41, 100, []), (0, 10, []), (0, 15, [1]), (0, 16, [1, 3])],
)
def test_blocks_that_reach_into_a_stretch_come_by_start(
    connection: sqlite3.Connection, from_ms: int, until_ms: int, numbers: list[int]
) -> None:
    found = extents(connection, WEB, from_ms=from_ms, until_ms=until_ms)
    assert [extent.number for extent in found] == numbers


@pytest.mark.parametrize(("before_ms", "expected"), [(10, None), (11, 10), (15, 10), (16, 15), (DAY_MS, 15)])
def test_block_that_starts_last_before_an_instant_is_found(
    connection: sqlite3.Connection, before_ms: int, expected: int | None
) -> None:
    assert last_start_ms(connection, WEB, before_ms=before_ms) == expected


def test_block_opens_to_what_was_sealed(connection: sqlite3.Connection) -> None:
    assert [tuple(column) for column in open_block(connection, 2)] == [tuple(column) for column in columns(11)]


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE blocks SET bytes = x'00' WHERE number = 2", 2),
        ("UPDATE blocks SET start_ms = start_ms + 1 WHERE number = 1", 1),
        ("UPDATE blocks SET endpoint_id = 2 WHERE number = 3", 3),
        ("UPDATE blocks SET digest = replace(digest, 'a', 'b') WHERE number = 2", 2),
        ("UPDATE blocks SET bytes = NULL, content = '' WHERE number = 2", 2),
        ("UPDATE endpoints SET slug = 'other' WHERE id = 2", 2),
        ("DELETE FROM endpoints WHERE id = 2", 2),
        ("DELETE FROM blocks WHERE number = 2", 2),
        ("DELETE FROM blocks WHERE number = 3", 3),
        ("DELETE FROM blocks", 1),
    ],
)
def test_first_block_that_does_not_hold_is_named(connection: sqlite3.Connection, statement: str, number: int) -> None:
    tamper(connection, statement)
    with pytest.raises(LedgerCorrupt, match=f"block {number} "):
        list(verify_blocks(connection))


def test_flipped_byte_is_found_by_whoever_opens_the_block(connection: sqlite3.Connection) -> None:
    (block,) = connection.execute("SELECT bytes FROM blocks WHERE number = 2").fetchone()
    for position in range(len(block)):
        flipped = bytearray(block)
        flipped[position] ^= 1
        tamper(connection, "UPDATE blocks SET bytes = ? WHERE number = 2", bytes(flipped))
        with pytest.raises(LedgerCorrupt, match="block 2 does not hold"):
            open_block(connection, 2)


def test_block_in_the_place_of_another_is_found(connection: sqlite3.Connection) -> None:
    tamper(connection, "UPDATE blocks SET start_ms = start_ms - 1 WHERE number = 2")
    with pytest.raises(LedgerCorrupt, match="not the one that it is said to be"):
        open_block(connection, 2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE blocks SET size = 9",
        "UPDATE blocks SET bytes = x'00'",
        "DELETE FROM blocks WHERE number = 3",
    ],
)
def test_blocks_are_neither_edited_nor_deleted(connection: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="blocks"):
        connection.execute(statement)


def test_chain_holds_without_the_bytes_of_the_oldest(connection: sqlite3.Connection) -> None:
    assert drop_blocks(connection, WEB, before_ms=41, most=1) == 1
    assert list(verify_blocks(connection)) == [1, 2, 3]
    assert kept(connection, WEB) == [3]


def test_block_is_dropped_only_once_all_of_it_is_old_enough(connection: sqlite3.Connection) -> None:
    assert drop_blocks(connection, WEB, before_ms=40, most=9) == 1
    assert kept(connection, WEB) == [3]
    assert kept(connection, DB) == [2]


def test_horizon_is_the_end_of_what_was_dropped(connection: sqlite3.Connection) -> None:
    assert horizon_ms(connection, WEB) is None
    drop_blocks(connection, WEB, before_ms=31, most=9)
    assert horizon_ms(connection, WEB) == 31
    assert horizon_ms(connection, DB) is None


def test_digests_are_those_that_are_written_down(connection: sqlite3.Connection) -> None:
    """By the words of docs/ledger-format.md, with nothing of the ledger's code."""
    content = hashlib.sha256(encode(columns(10, 20, 30))).hexdigest()
    first = hashlib.sha256(f'["",1,"web","local",10,31,3,"{content}"]'.encode()).hexdigest()
    content = hashlib.sha256(encode(columns(11))).hexdigest()
    second = hashlib.sha256(f'["{first}",2,"db","local",11,12,1,"{content}"]'.encode()).hexdigest()
    found = connection.execute("SELECT digest FROM blocks ORDER BY number").fetchall()
    assert [digest for (digest,) in found][:2] == [first, second]
