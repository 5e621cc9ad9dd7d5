"""How a ledger comes to its newest schema. The DDL is written by hand: sqlite-utils' `transform` fails on WITHOUT
ROWID tables.

Imported only where a file is made or migrated, since importing sqlite-utils costs more than reading a ledger does.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from uptally.errors import LedgerError
from uptally.ledger.access import denial, is_there
from uptally.ledger.faults import ledger_error
from uptally.ledger.rebuild import rebuild_days, rebuild_from_observations
from uptally.ledger.schema import (
    ACTS_BY_KIND,
    APPLICATION_ID,
    DOCUMENTS,
    JUDGED_AND_SEALED,
    LATENCY_DAYS,
    TABLES,
    connect,
    read_version,
)
from uptally.ledger.whole import whole

MIGRATIONS = Migrations("uptally")


@MIGRATIONS()
def lay_down_the_tables(database: Database) -> None:
    """Schema 1."""
    run_statements(database, TABLES)
    database.execute("PRAGMA user_version = 1")


@MIGRATIONS()
def judge_turns_and_seal_observations(database: Database) -> None:
    """Schema 2."""
    run_statements(database, JUDGED_AND_SEALED)
    rebuild_from_observations(database.conn)
    database.execute("PRAGMA user_version = 2")


@MIGRATIONS()
def find_acts_by_their_kinds(database: Database) -> None:
    """Schema 3."""
    run_statements(database, ACTS_BY_KIND)
    database.execute("PRAGMA user_version = 3")


@MIGRATIONS()
def add_up_latencies_by_the_day(database: Database) -> None:
    """Schema 4."""
    run_statements(database, LATENCY_DAYS)
    rebuild_days(database.conn)
    database.execute("PRAGMA user_version = 4")


@MIGRATIONS()
def keep_documents_beside_acts(database: Database) -> None:
    """Schema 5."""
    run_statements(database, DOCUMENTS)
    database.execute("PRAGMA user_version = 5")


def run_statements(database: Database, script: str) -> None:
    """Run statements within the migration's transaction, which sqlite3's own `executescript` would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
    if statement.strip():
        raise ValueError(f"the script ends within a statement: {statement.strip()!r}")


def migrate(path: Path, *, migrations: Migrations = MIGRATIONS) -> None:
    """Make the file, or bring it to the newest schema, a backup beside it first.

    Each migration is one transaction with its own record, so that a run that was killed is finished by the next. A new
    file appears only when it is whole: whoever reads meanwhile finds none, and not one that waits for a migration.
    Raises LedgerTooNew before anything is touched, and LedgerError where the file is none of ours or cannot be written.
    """
    try:
        if not is_there(path):
            with whole(path.resolve()) as unfinished:
                _apply(unfinished, migrations)
        else:
            # SQLite would open it all the same, and refuse the first write.
            if why := denial(path):
                raise LedgerError(why)
            with closing(connect(path, mode="ro")) as connection:
                version = read_version(connection, path)
                if version and not migrations.pending(Database(connection, execute_plugins=False)):
                    return
                if version:
                    _back_up(connection, path.with_name(f"{path.name}.schema-{version}.backup"))
            _apply(path, migrations)
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    except OSError as error:
        raise LedgerError(f"cannot make {path}: {error.strerror}") from error


def finish(path: Path) -> None:
    """Bring a ledger that nobody else has open to the newest schema. Raises sqlite3.Error."""
    _apply(path, MIGRATIONS)


def _apply(path: Path, migrations: Migrations) -> None:
    with closing(connect(path, mode="rw")) as connection:
        # Set before the first table, so that a reader never finds a ledger that is not in WAL mode.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # And before any table, so that a start that was killed here leaves a file that is known to be ours.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(connection, execute_plugins=False))


def _back_up(source: sqlite3.Connection, target: Path) -> None:
    """Copy a ledger, its write-ahead log included, to a file that appears only when it is whole and synced."""
    try:
        with whole(target) as unfinished, closing(connect(unfinished, mode="rw")) as copy:
            source.backup(copy)
    except OSError as error:
        raise LedgerError(f"cannot back up the ledger to {target} before its migration: {error}") from error
