"""What a ledger looks like on disk, and how a file is known to be one.

A file carries the number of its schema in `user_version`, set in the same transaction as each migration, so that
reading it tells everything and needs no more than the standard library. The migrations themselves are in
`migrations.py`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from uptally.errors import LedgerError, LedgerMissing, LedgerTooNew
from uptally.ledger.access import is_there
from uptally.ledger.faults import ledger_error

APPLICATION_ID = 0x75705461
"""``upTa``: what tells a ledger from any other SQLite file."""

VERSION = 5
"""The schema that this version of uptally writes: the number of migrations."""

OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""

TABLES = """
CREATE TABLE endpoints (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE locations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE cadences (
    id INTEGER PRIMARY KEY, interval_ms INTEGER NOT NULL, timeout_ms INTEGER NOT NULL,
    UNIQUE (interval_ms, timeout_ms)
) STRICT;
CREATE TABLE boots (
    location_id INTEGER NOT NULL, boot INTEGER NOT NULL, started_ms INTEGER NOT NULL, stopped_ms INTEGER,
    version TEXT NOT NULL,
    PRIMARY KEY (location_id, boot)
) STRICT, WITHOUT ROWID;
CREATE TABLE observations (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, at_ms INTEGER NOT NULL, boot INTEGER NOT NULL,
    sequence INTEGER NOT NULL, kind INTEGER NOT NULL, duration_us INTEGER NOT NULL, outcome INTEGER NOT NULL,
    reason INTEGER NOT NULL, cadence_id INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, at_ms, boot, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE recent (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, at_ms INTEGER NOT NULL, boot INTEGER NOT NULL,
    sequence INTEGER NOT NULL, kind INTEGER NOT NULL, duration_us INTEGER NOT NULL, outcome INTEGER NOT NULL,
    reason INTEGER NOT NULL, cadence_id INTEGER NOT NULL,
    PRIMARY KEY (at_ms, endpoint_id, location_id, boot, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, at_ms INTEGER NOT NULL, boot INTEGER NOT NULL,
    sequence INTEGER NOT NULL, body TEXT NOT NULL,
    UNIQUE (endpoint_id, location_id, at_ms, boot, sequence)
) STRICT;
CREATE TABLE turns (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, start_ms INTEGER NOT NULL, state INTEGER NOT NULL,
    reason INTEGER NOT NULL, earliest_ms INTEGER NOT NULL, latest_ms INTEGER NOT NULL,
    down_ms INTEGER NOT NULL, unknown_ms INTEGER NOT NULL, outages INTEGER NOT NULL, outage_ms INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, start_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE latency_hours (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, hour INTEGER NOT NULL, sketch BLOB NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE open_hours (
    hour INTEGER NOT NULL, endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE acts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, "by" TEXT NOT NULL,
    body TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER acts_are_never_edited BEFORE UPDATE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never edited'); END;
CREATE TRIGGER acts_are_never_deleted BEFORE DELETE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never deleted'); END;
"""
"""The tables of schema 1. `observations`, `recent`, `acts` and `boots` are the truth; all else is derived from them.

An observation is in `observations`, which is ordered by endpoint, or still in `recent`, which is ordered by time: a
batch holds a row or two of each of many endpoints, and so fills a page or two instead of touching one page per row. Of
one endpoint and location, all rows in `recent` come after all in `observations`.

Each turn has with it what the timeline had added up to when it began.
`open_hours` names the hours of which observations came in since their sketch in `latency_hours` was made, if it was.
`evidence` has a number of its own, so that the oldest can be dropped without a search.
"""

JUDGED_AND_SEALED = """
DROP TABLE turns;
CREATE TABLE turns (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, start_ms INTEGER NOT NULL, state INTEGER NOT NULL,
    reason INTEGER NOT NULL, earliest_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL, latest_ms INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL, samples INTEGER NOT NULL,
    down_ms INTEGER NOT NULL, unknown_ms INTEGER NOT NULL, outages INTEGER NOT NULL, outage_ms INTEGER NOT NULL,
    sampled_ms INTEGER NOT NULL, gaps_ms2 TEXT NOT NULL, singles INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, start_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE blips (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, at_ms INTEGER NOT NULL, earliest_ms INTEGER NOT NULL,
    latest_ms INTEGER NOT NULL, reason INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, at_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    size INTEGER NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL, bytes BLOB
) STRICT;
CREATE INDEX kept_blocks ON blocks (endpoint_id, location_id, start_ms, end_ms) WHERE bytes IS NOT NULL;
CREATE INDEX dropped_blocks ON blocks (endpoint_id, location_id, end_ms) WHERE bytes IS NULL;
CREATE TRIGGER blocks_are_never_edited
BEFORE UPDATE OF number, endpoint_id, location_id, start_ms, end_ms, size, content, digest ON blocks
BEGIN SELECT RAISE(ABORT, 'blocks are never edited'); END;
CREATE TRIGGER blocks_are_only_dropped BEFORE UPDATE OF bytes ON blocks WHEN NEW.bytes IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the bytes of blocks are only dropped'); END;
CREATE TRIGGER blocks_are_never_deleted BEFORE DELETE ON blocks
BEGIN SELECT RAISE(ABORT, 'blocks are never deleted'); END;
"""
"""What schema 2 changes. Turns are judged, and with each stands its `Tally`, of which `gaps_ms2` is a decimal number in
text, since sums of squares outgrow SQLite's integers; they are derived anew in the migration.
Observations of hours that are over are sealed into `blocks` (`chain.py`), which are the truth from then on.
"""

LATENCY_DAYS = """
CREATE TABLE latency_days (
    endpoint_id INTEGER NOT NULL, location_id INTEGER NOT NULL, day INTEGER NOT NULL, sketch BLOB NOT NULL,
    PRIMARY KEY (endpoint_id, location_id, day)
) STRICT, WITHOUT ROWID;
"""
"""What schema 4 adds: for each day of UTC what the sketches of its hours add up to, so that 90 days are not 2,160
hours."""

ACTS_BY_KIND = "CREATE INDEX acts_by_kind ON acts (kind, number);"
"""What schema 3 changes: a statement reads the few acts that concern it, among thousands of configurations that may be
megabytes long."""


DOCUMENTS = """
CREATE TABLE documents (act INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TRIGGER documents_are_never_edited BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'documents are never edited'); END;
CREATE TRIGGER documents_are_never_deleted BEFORE DELETE ON documents
BEGIN SELECT RAISE(ABORT, 'documents are never deleted'); END;
"""
"""What schema 5 adds: documents beside acts, whose bodies have their digests: what a month's closing froze is megabytes
long."""


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """Open a file with SQLite's `mode` (``ro``, ``rw`` or ``rwc``), in autocommit; usable by one thread at a time."""
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)


def read_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema of a file that has been opened; 0 for one in which nothing was ever written.

    Raises LedgerTooNew for a schema above `VERSION`, and LedgerError for a file that is no ledger.
    """
    try:
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        is_empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    if application != APPLICATION_ID and not (is_empty and application == version == 0):
        raise LedgerError(f"{path} is no ledger of uptally: name another file under `store`, or move this one away")
    if version > VERSION:
        raise LedgerTooNew(
            f"{path} was written by a later version of uptally (schema {version}, this one knows {VERSION}): "
            "upgrade uptally; the file is untouched"
        )
    return version


def open_as_it_stands(path: Path, *, mode: str = "ro") -> sqlite3.Connection:
    """Open a ledger that needs no making and no migration, with SQLite's `mode`.

    Raises LedgerMissing where there is none, LedgerTooNew, and LedgerError for a file that is no ledger or that waits
    for a migration.
    """
    if not is_there(path):
        raise LedgerMissing(f"there is no ledger at {path}: `uptally run` makes it")
    try:
        connection = connect(path, mode=mode)
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    try:
        version = read_version(connection, path)
        if version == 0:
            raise LedgerMissing(f"{path} is empty: `uptally run` makes a ledger of it")
        if version < VERSION:
            raise LedgerError(f"{path} has schema {version} and waits for schema {VERSION}: start `uptally run` once")
    except BaseException:
        connection.close()
        raise
    return connection


def check_sqlite() -> None:
    """Raise LedgerError where the SQLite library is too old for the schema."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise LedgerError(f"Python's SQLite is {sqlite3.sqlite_version}; uptally needs {needed} or later")
