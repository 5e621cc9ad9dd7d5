"""The blocks: an append-only table of sealed observations in which each entry's digest covers the one before it.

An entry's digest is over what it says of itself and over the digest of its bytes, not over the bytes: so the chain
still holds, from its first entry on, when the bytes of the oldest are dropped.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import NamedTuple

from uptally.errors import LedgerCorrupt, LedgerError, LedgerTooNew
from uptally.ledger.block import Columns, decode, encode
from uptally.ledger.rows import Key
from uptally.units.time import DAY_MS


class Extent(NamedTuple):
    """Where an entry lies whose bytes are kept: its observations began in `[start_ms, end_ms)`."""

    number: int
    start_ms: int
    end_ms: int


class Kept(NamedTuple):
    """A day of UTC of which an endpoint's blocks are kept at a location, and how many."""

    key: Key
    day_ms: int
    blocks: int


class Dropped(NamedTuple):
    """How many blocks of a day were dropped, of which one has the highest number."""

    day_ms: int
    blocks: int
    newest: int


def begin_of_day_ms(at_ms: int) -> int:
    """Return the midnight of UTC before an instant. No block crosses one."""
    return at_ms - at_ms % DAY_MS


def digest_of(
    previous: str, *, number: int, slug: str, location: str, start_ms: int, end_ms: int, size: int, content: str
) -> str:
    """Return the digest of an entry: SHA-256, in hex, over a JSON list of the previous digest and the entry's fields.

    The list is written without blanks and in ASCII; the digest before the first entry is empty.
    """
    fields = json.dumps([previous, number, slug, location, start_ms, end_ms, size, content], separators=(",", ":"))
    return hashlib.sha256(fields.encode("ascii")).hexdigest()


def append_block(connection: sqlite3.Connection, key: Key, columns: Columns) -> None:
    """Add observations as an entry at the end of the chain, within the caller's transaction."""
    data = encode(columns)
    start_ms, end_ms, size = min(columns.at_ms), max(columns.at_ms) + 1, len(columns.at_ms)
    content = hashlib.sha256(data).hexdigest()
    slug, location = connection.execute(
        "SELECT slug, name FROM endpoints, locations WHERE endpoints.id = ? AND locations.id = ?", key
    ).fetchone()
    last = connection.execute("SELECT number, digest FROM blocks ORDER BY number DESC LIMIT 1").fetchone()
    before, previous = last or (0, "")
    number = before + 1
    digest = digest_of(
        previous,
        number=number,
        slug=slug,
        location=location,
        start_ms=start_ms,
        end_ms=end_ms,
        size=size,
        content=content,
    )
    row = (number, *key, start_ms, end_ms, size, content, digest, data)
    connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def extents(connection: sqlite3.Connection, key: Key, *, from_ms: int, until_ms: int) -> Iterator[Extent]:
    """Yield the extents of kept blocks that reach into `[from_ms, until_ms)`, by start."""
    statement = (
        "SELECT number, start_ms, end_ms FROM blocks WHERE endpoint_id = ? AND location_id = ? AND bytes IS NOT NULL "
        "AND start_ms >= ? AND start_ms < ? AND end_ms > ? ORDER BY start_ms, end_ms"
    )
    return map(Extent._make, connection.execute(statement, (*key, begin_of_day_ms(from_ms), until_ms, from_ms)))


def last_start_ms(connection: sqlite3.Connection, key: Key, *, before_ms: int) -> int | None:
    """Return the start of the kept block that starts last before an instant; None where there is none."""
    statement = (
        "SELECT max(start_ms) FROM blocks WHERE endpoint_id = ? AND location_id = ? AND bytes IS NOT NULL "
        "AND start_ms < ?"
    )
    found: int | None = connection.execute(statement, (*key, before_ms)).fetchone()[0]
    return found


def open_block(connection: sqlite3.Connection, number: int) -> Columns:
    """Return the observations of a kept block.

    Raises LedgerCorrupt where they are not those that were sealed, and LedgerTooNew.
    """
    statement = "SELECT start_ms, end_ms, size, content, bytes FROM blocks WHERE number = ?"
    start_ms, end_ms, size, content, data = connection.execute(statement, (number,)).fetchone()
    if hashlib.sha256(data).hexdigest() != content:
        raise LedgerCorrupt(f"block {number} does not hold: its bytes were changed")
    try:
        columns = decode(data)
    except LedgerTooNew:
        raise
    except LedgerError as error:
        raise LedgerCorrupt(f"block {number} does not hold: {error}") from error
    if (len(columns.at_ms), min(columns.at_ms), max(columns.at_ms) + 1) != (size, start_ms, end_ms):
        raise LedgerCorrupt(f"block {number} does not hold: it is not the one that it is said to be")
    return columns


def drop_blocks(
    connection: sqlite3.Connection,
    key: Key,
    *,
    before_ms: int,
    most: int,
    may_go: Callable[[int], bool] = lambda day_ms: True,
) -> int:
    """Drop the bytes of so many blocks that ended before an instant, the oldest first, and return how many: up to the
    first that may not go, which is asked by the begin of its day of UTC.

    Their entries stay, so that the chain holds.
    """
    oldest = (
        "SELECT number, start_ms FROM blocks WHERE endpoint_id = ? AND location_id = ? AND bytes IS NOT NULL "
        "AND start_ms < ? AND end_ms <= ? ORDER BY start_ms LIMIT ?"
    )
    found = connection.execute(oldest, (*key, before_ms, before_ms, most)).fetchall()
    gone = [(number,) for number, _ in takewhile(lambda each: may_go(begin_of_day_ms(each[1])), found)]
    connection.executemany("UPDATE blocks SET bytes = NULL WHERE number = ?", gone)
    return len(gone)


def dropped_days(connection: sqlite3.Connection) -> list[Dropped]:
    """Return the days of UTC of which blocks were dropped, in order."""
    statement = (
        "SELECT start_ms - start_ms % ? AS day_ms, count(*), max(number) FROM blocks WHERE bytes IS NULL "
        "GROUP BY day_ms ORDER BY day_ms"
    )
    return list(map(Dropped._make, connection.execute(statement, (DAY_MS,))))


def kept_days(connection: sqlite3.Connection, *, before_ms: int) -> list[Kept]:
    """Return the days of UTC of which blocks are kept that ended before an instant, in order, by endpoint and location:
    those that `drop_blocks` would go through."""
    statement = (
        "SELECT endpoint_id, location_id, start_ms - start_ms % ? AS day_ms, count(*) FROM blocks "
        "WHERE bytes IS NOT NULL AND start_ms < ? AND end_ms <= ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    rows = connection.execute(statement, (DAY_MS, before_ms, before_ms))
    return [Kept((endpoint, location), day_ms, count) for endpoint, location, day_ms, count in rows]


def horizon_ms(connection: sqlite3.Connection, key: Key) -> int | None:
    """Return the instant before which observations have been dropped; None where none were."""
    statement = "SELECT max(end_ms) FROM blocks WHERE endpoint_id = ? AND location_id = ? AND bytes IS NULL"
    found: int | None = connection.execute(statement, key).fetchone()[0]
    return found


def verify_blocks(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the number of each entry that holds, its bytes included where they are kept.

    Raises LedgerCorrupt at the first that does not: changed, missing, or slipped in; and LedgerTooNew.
    """
    entries = (
        "SELECT number, slug, name, start_ms, end_ms, size, CAST(content AS BLOB), CAST(digest AS BLOB), "
        "bytes IS NOT NULL FROM blocks "
        "LEFT JOIN endpoints ON endpoints.id = endpoint_id LEFT JOIN locations ON locations.id = location_id "
        "WHERE number > ? ORDER BY number LIMIT 1"
    )
    previous, number = "", 0
    while entry := connection.execute(entries, (number,)).fetchone():
        found, slug, location, start_ms, end_ms, size, *stored, is_kept = entry
        # What is no UTF-8, since it was changed, is to be told like any other change.
        content, digest = (each.decode(errors="surrogateescape") for each in stored)
        number += 1
        if found != number:
            raise LedgerCorrupt(f"block {number} is missing: the next is block {found}")
        if digest != digest_of(
            previous,
            number=number,
            slug=slug,
            location=location,
            start_ms=start_ms,
            end_ms=end_ms,
            size=size,
            content=content,
        ):
            raise LedgerCorrupt(
                f"block {number} ({slug} at {location}) does not hold: it or the one before was changed"
            )
        if is_kept:
            open_block(connection, number)
        previous = digest
        yield number
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'blocks'").fetchone()
    highest = int(row[0]) if row else 0
    if number < highest:
        raise LedgerCorrupt(f"block {number + 1} is missing: {highest} were sealed")
