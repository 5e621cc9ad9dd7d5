"""The acts: an append-only table in which each entry's digest covers the one before it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Sequence

from uptally.errors import LedgerCorrupt
from uptally.ledger.interface import Decide
from uptally.model.act import Act, NewAct

_SELECT = 'SELECT number, at_ms, kind, "by", body, digest FROM acts'

_STORED = """
SELECT number, at_ms, CAST(kind AS BLOB), CAST("by" AS BLOB), CAST(body AS BLOB), CAST(digest AS BLOB) FROM acts
ORDER BY number
"""


def digest_of(previous: str, *, number: int, at_ms: int, kind: str, by: str, body: str) -> str:
    """Return the digest of an act: SHA-256, in hex, over a JSON list of the previous digest and the act's fields.

    The list is written without blanks and in ASCII; the digest before the first act is empty.
    """
    fields = json.dumps([previous, number, at_ms, kind, by, body], separators=(",", ":"))
    return hashlib.sha256(fields.encode("ascii")).hexdigest()


def append_act(connection: sqlite3.Connection, *, at_ms: int, kind: str, by: str, body: str) -> Act:
    """Add an act at the end of the chain, within the caller's transaction."""
    last, previous = connection.execute("SELECT number, digest FROM acts ORDER BY number DESC LIMIT 1").fetchone() or (
        0,
        "",
    )
    number = last + 1
    digest = digest_of(previous, number=number, at_ms=at_ms, kind=kind, by=by, body=body)
    act = Act(number, at_ms, kind, by, body, digest)
    connection.execute("INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?)", tuple(act))
    return act


def amend_acts(connection: sqlite3.Connection, *, at_ms: int, kinds: Collection[str], decide: Decide) -> list[Act]:
    """Add what `decide` makes of the acts of some kinds, at one instant and within the caller's transaction."""
    return [_append_new(connection, at_ms, new) for new in decide(read_acts(connection, kinds))]


def _append_new(connection: sqlite3.Connection, at_ms: int, new: NewAct) -> Act:
    act = append_act(connection, at_ms=at_ms, kind=new.kind, by=new.by, body=new.body)
    if new.document:
        connection.execute("INSERT INTO documents VALUES (?, ?)", (act.number, new.document))
    return act


def read_document(connection: sqlite3.Connection, number: int) -> bytes:
    """Return what is kept beside an act, empty where nothing is."""
    row = connection.execute("SELECT bytes FROM documents WHERE act = ?", (number,)).fetchone()
    return bytes(row[0]) if row else b""


def read_acts(connection: sqlite3.Connection, kinds: Collection[str] = ()) -> list[Act]:
    """Return all acts, or those of some kinds, the first first."""
    where = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    return [Act(*row) for row in connection.execute(f"{_SELECT} {where} ORDER BY number", tuple(kinds))]


def stored_acts(connection: sqlite3.Connection) -> list[Act]:
    """Return all acts as they lie there, for `verify`: what is no UTF-8, since it was changed, is no matter."""
    rows = connection.execute(_STORED)
    return [Act(number, at_ms, *(_text(each) for each in texts)) for number, at_ms, *texts in rows]


def _text(stored: bytes) -> str:
    return stored.decode(errors="surrogateescape")


def newest_act(connection: sqlite3.Connection, kind: str) -> Act | None:
    """Return the newest act of a kind; None where there is none."""
    row = connection.execute(f"{_SELECT} WHERE kind = ? ORDER BY number DESC LIMIT 1", (kind,)).fetchone()
    return row and Act(*row)


def highest_number(connection: sqlite3.Connection) -> int:
    """Return the highest number that was ever given to an act: SQLite keeps it apart from the table."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'acts'").fetchone()
    return int(row[0]) if row else 0


def verify(acts: Sequence[Act], *, highest: int) -> None:
    """Raise LedgerCorrupt, naming the first act that does not hold: changed, missing, or slipped in."""
    previous = ""
    for number, act in enumerate(acts, start=1):
        if act.number != number:
            raise LedgerCorrupt(f"act {number} is missing: the next is act {act.number}")
        if act.digest != digest_of(previous, number=number, at_ms=act.at_ms, kind=act.kind, by=act.by, body=act.body):
            raise LedgerCorrupt(f"act {number} ({act.kind}) does not hold: it or the one before it was changed")
        previous = act.digest
    if len(acts) != highest:
        raise LedgerCorrupt(f"act {len(acts) + 1} is missing: {highest} were recorded")
