"""Which files are opened, made, migrated or refused."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from tests.ledger.contract import ALL
from tests.ledger.made import observed, open_ledger
from uptally.errors import LedgerCorrupt, LedgerError, LedgerMissing, LedgerTooNew
from uptally.ledger import Reader
from uptally.ledger.migrations import MIGRATIONS, migrate, run_statements
from uptally.ledger.schema import APPLICATION_ID, TABLES, VERSION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ledger.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A ledger that holds one observation and an act, and that nobody has open."""
    ledger = open_ledger(path)
    ledger.submit(observed(0))
    ledger.record("config", "uptally", '{"precious":1}')
    ledger.close()
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def open_reader(path: Path) -> Reader:
    return Reader.open(path)


def open_writer(path: Path) -> object:
    return open_ledger(path)


def test_number_of_the_schema_is_the_number_of_migrations(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
        assert len(MIGRATIONS.applied(Database(connection))) == VERSION
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.mark.parametrize("opener", [open_reader, open_writer])
def test_newer_schema_is_refused_and_left_untouched(filled: Path, opener: Callable[[Path], object]) -> None:
    change(filled, f"PRAGMA user_version = {VERSION + 1}")
    before = hashlib.sha256(filled.read_bytes()).digest()
    with pytest.raises(LedgerTooNew, match=r"later version of uptally.*upgrade"):
        opener(filled)
    assert hashlib.sha256(filled.read_bytes()).digest() == before


@pytest.mark.parametrize("opener", [open_reader, open_writer])
def test_database_of_another_program_is_refused_and_left_untouched(
    tmp_path: Path, opener: Callable[[Path], object]
) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE customers (id)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="no ledger of uptally"):
        opener(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opener", [open_reader, open_writer])
def test_file_that_is_no_database_is_refused_and_left_untouched(
    tmp_path: Path, opener: Callable[[Path], object]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 1_000)
    with pytest.raises(LedgerCorrupt, match=r"notes\.txt: file is not a database"):
        opener(path)
    assert path.read_text() == "not a database " * 1_000


def test_reader_never_makes_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match="uptally run"):
        Reader.open(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_empty_file_becomes_a_ledger_but_not_by_reading(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    with pytest.raises(LedgerMissing, match="empty"):
        Reader.open(path)
    open_ledger(path).close()
    with Reader.open(path) as reader:
        assert reader.slugs() == []


def test_path_with_signs_that_mean_something_in_an_address_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=ro#é %41.db"
    open_ledger(path).close()
    with Reader.open(path) as reader:
        assert reader.slugs() == []
    assert path.exists()


def test_folder_in_the_way_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerError, match=r"ledger\.db"):
        open_ledger(tmp_path / "ledger.db")


def test_page_that_is_damaged_is_reported_as_such(path: Path) -> None:
    ledger = open_ledger(path)
    ledger.import_observations([observed(at_ms) for at_ms in range(5_000)])
    ledger.close()
    with path.open("r+b") as stream:
        pages = path.stat().st_size // 4096
        stream.seek(4096 * (pages // 2))
        stream.write(b"\xff" * 4096 * (pages - pages // 2))
    with Reader.open(path) as reader, pytest.raises(LedgerCorrupt, match="restore a backup"):
        list(reader.observations("web", location="local", window=ALL))


def with_second_migration() -> Migrations:
    migrations = Migrations("uptally")

    @migrations()
    def lay_down_the_tables(database: Database) -> None:
        raise AssertionError("applied already")

    @migrations()
    def note_moods(database: Database) -> None:
        run_statements(
            database, f"CREATE TABLE moods (id INTEGER PRIMARY KEY) STRICT;\nPRAGMA user_version = {VERSION};"
        )

    return migrations


def test_backup_stands_beside_the_file_before_it_is_migrated(filled: Path) -> None:
    migrate(filled, migrations=with_second_migration())
    change(filled, "INSERT INTO moods VALUES (1)")
    backup = filled.with_name(f"ledger.db.schema-{VERSION}.backup")
    with Reader.open(backup) as reader:
        assert [act.body for act in reader.acts()] == ['{"precious":1}']
    assert not list(filled.parent.glob("*.unfinished*"))


def test_migration_that_fails_leaves_everything_as_it_was(filled: Path) -> None:
    migrations = Migrations("uptally")

    @migrations()
    def lay_down_the_tables(database: Database) -> None:
        raise AssertionError("applied already")

    @migrations()
    def stumble(database: Database) -> None:
        run_statements(database, "DROP TABLE turns;\nCREATE TABLE turns (id;")

    with pytest.raises(LedgerError, match="syntax error"):
        migrate(filled, migrations=migrations)
    with Reader.open(filled) as reader:
        reader.check_turns()


def test_new_ledger_is_seen_by_nobody_before_its_last_migration(path: Path) -> None:
    path.parent.mkdir()
    migrations, looked = Migrations("uptally"), []

    @migrations()
    def lay_down_the_tables(database: Database) -> None:
        run_statements(database, TABLES)

    @migrations()
    def look(database: Database) -> None:
        with pytest.raises(LedgerMissing, match="there is no ledger"):
            Reader.open(path)
        looked.append(database)
        database.execute(f"PRAGMA user_version = {VERSION}")

    migrate(path, migrations=migrations)
    assert len(looked) == 1
    assert os.listdir(path.parent) == ["ledger.db"]
    with Reader.open(path) as reader:
        assert reader.slugs() == []


def test_turns_of_an_older_ledger_are_judged_by_the_migration(path: Path) -> None:
    path.parent.mkdir()
    first = Migrations("uptally")

    @first()
    def lay_down_the_tables(database: Database) -> None:
        run_statements(database, f"{TABLES}\nPRAGMA user_version = 1;")

    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        first.apply(Database(connection))
        with connection:
            connection.execute("INSERT INTO endpoints VALUES (1, 'web')")
            connection.execute("INSERT INTO locations VALUES (1, 'local')")
            connection.execute("INSERT INTO cadences VALUES (1, 1000, 500)")
            for at_ms, outcome in ((0, 0), (1_000, 2), (2_000, 2), (3_000, 0)):
                table = "recent" if at_ms == 3_000 else "observations"
                row = (1, 1, at_ms, 1, at_ms, 0, 20_000, outcome, 50 if outcome else 0, 1)
                connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO turns VALUES (1, 1, 0, 0, 0, 0, 20, 0, 0, 0, 0)")
    with pytest.raises(LedgerError, match="waits for schema"):
        Reader.open(path)
    open_ledger(path).close()
    with Reader.open(path) as reader:
        reader.check_turns()
        (timeline,) = reader.timelines(location="local", since_ms=0).values()
    assert [turn.start_ms for turn in timeline.turns] == [0, 500, 2_500]


def test_latencies_of_an_older_ledger_are_added_up_by_the_migration(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute(
            "INSERT INTO latency_hours VALUES (1, 1, 24, x'0501'), (1, 1, 47, x'0502'), (1, 1, 48, x'0701')"
        )
        connection.execute("DROP TABLE latency_days")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'add_up_latencies_by_the_day'")
        connection.execute("PRAGMA user_version = 3")
    open_ledger(filled).close()
    with closing(sqlite3.connect(filled)) as connection:
        held = connection.execute("SELECT * FROM latency_days WHERE day IN (1, 2) ORDER BY day").fetchall()
    assert held == [(1, 1, 1, b"\x05\x03"), (1, 1, 2, b"\x07\x01")]


KILLED = """
import os, signal, sys
from pathlib import Path
from uptally.ledger import migrations

left = int(sys.argv[2])

def count(database, script, run=migrations.run_statements):
    def trace(statement):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    database.conn.set_trace_callback(trace)
    run(database, script)

migrations.run_statements = count
migrations.migrate(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("statements", [0, 1, TABLES.count(";") // 2, TABLES.count(";\n") - 2])
def test_migration_that_was_killed_is_finished_by_the_next_start(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "ledger.db"
    command = [sys.executable, "-c", KILLED, str(path), str(statements)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with pytest.raises(LedgerMissing):
        Reader.open(path)
    ledger = open_ledger(path)
    ledger.submit(observed(0))
    ledger.close()
    with Reader.open(path) as reader:
        reader.check_turns()
        assert reader.slugs() == ["web"]


def test_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot make the ledger's folder"):
        open_ledger(tmp_path / "file" / "ledger.db")
    assert os.listdir(tmp_path) == ["file"]
