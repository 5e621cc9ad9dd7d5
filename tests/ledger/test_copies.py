"""Backups are whole, or there are none; what is put back is what was there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.full_disk import files_no_larger_than
from tests.ledger.contract import ALL
from tests.ledger.made import observed, open_ledger, seal_everything
from uptally.errors import LedgerBusy, LedgerCorrupt, LedgerError
from uptally.ledger import Reader, back_up, restore
from uptally.ledger.schema import connect

STOPPED_WHEN_COPIED = """
import sys, time
from pathlib import Path
from uptally.ledger import copies

def stop(*_):
    print("copied", flush=True)
    time.sleep(600)

copies._held_head = stop
copies.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with an act, blocks and rows."""
    path = tmp_path / "own" / "uptally.db"
    writer = open_ledger(path)
    for at_ms in range(0, 900_000, 1_000):
        writer.submit(observed(at_ms))
    writer.flush(30)
    writer._queue.ask(seal_everything, timeout_s=30)
    writer.record("note", "ann", "one")
    writer.submit(observed(900_000))
    writer.close()
    return path


def instants(path: Path) -> list[int]:
    with Reader.open(path) as reader:
        reader.verify_acts()
        reader.verify_blocks()
        reader.check_turns()
        return [each.at_ms for each in reader.observations("web", location="local", window=ALL)]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def change(path: Path, *statements: str) -> None:
    with closing(connect(path, mode="rw")) as connection:
        for statement in statements:
            connection.execute(statement)


def test_backup_beside_a_writer_is_the_ledger_of_one_instant_and_costs_it_nothing(ledger: Path, tmp_path: Path) -> None:
    writer, ended = open_ledger(ledger), threading.Event()

    def write() -> None:
        at_ms = 901_000
        while not ended.is_set():
            writer.submit(observed(at_ms))
            writer.flush(30)
            at_ms += 1_000

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            back_up(ledger, tmp_path / f"{number}.backup")
    finally:
        ended.set()
        thread.join()
    assert writer.health.lost == 0
    writer.close()
    whole = instants(ledger)
    for number in range(3):
        found = instants(tmp_path / f"{number}.backup")
        assert 901 <= len(found) <= len(whole)
        assert found == whole[: len(found)]
    assert names(tmp_path) == {"own", "0.backup", "1.backup", "2.backup"}


def test_backup_says_how_far_it_goes_and_is_its_owners_alone(ledger: Path, tmp_path: Path) -> None:
    copied = back_up(ledger, tmp_path / "a.backup")
    status = (tmp_path / "a.backup").stat()
    assert (copied.size, status.st_mode & 0o777) == (status.st_size, 0o600)
    with Reader.open(ledger) as reader:
        assert copied.head == reader.range()._replace(loose=())
    assert copied.head.act == 1
    assert copied.head.block > 0


def test_file_that_is_there_is_never_overwritten(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.backup").write_text("mine", encoding="utf-8")
    with pytest.raises(LedgerError, match="is there"):
        back_up(ledger, tmp_path / "a.backup")
    (tmp_path / "b.backup").symlink_to(tmp_path / "nowhere")
    with pytest.raises(LedgerError, match="is there"):
        back_up(ledger, tmp_path / "b.backup")
    assert (tmp_path / "a.backup").read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == {"own", "a.backup", "b.backup"}


def test_full_disk_leaves_no_file(ledger: Path, tmp_path: Path) -> None:
    with files_no_larger_than(60_000), pytest.raises(LedgerError, match=r"a\.backup"):
        back_up(ledger, tmp_path / "a.backup")
    assert names(tmp_path) == {"own"}


def test_backup_that_is_killed_leaves_no_file_and_the_next_one_cleans_up(ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    command = [sys.executable, "-c", STOPPED_WHEN_COPIED, str(ledger), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "copied\n"
        with pytest.raises(LedgerBusy):
            back_up(ledger, target)
        os.kill(process.pid, signal.SIGKILL)
    assert not target.exists()
    back_up(ledger, target)
    assert instants(target) == instants(ledger)
    assert names(tmp_path) == {"own", "a.backup"}


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER blocks_are_only_dropped", "UPDATE blocks SET bytes = x'00' WHERE number = 1"),
        ("DROP TRIGGER acts_are_never_edited", "UPDATE acts SET body = 'two'"),
    ],
)
def test_ledger_that_does_not_hold_is_neither_backed_up_nor_restored(
    ledger: Path, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    back_up(ledger, tmp_path / "a.backup")
    change(tmp_path / "a.backup", *statements)
    with pytest.raises(LedgerCorrupt, match="1"):
        restore(tmp_path / "a.backup", tmp_path / "restored.db", aside=None)
    with pytest.raises(LedgerCorrupt, match="1"):
        back_up(tmp_path / "a.backup", tmp_path / "b.backup")
    assert not (tmp_path / "restored.db").exists()
    assert not (tmp_path / "b.backup").exists()


def test_what_is_restored_is_what_was_backed_up_and_is_written_to_as_before(ledger: Path, tmp_path: Path) -> None:
    back_up(ledger, tmp_path / "a.backup")
    restored = tmp_path / "restored.db"
    restore(tmp_path / "a.backup", restored, aside=None)
    assert instants(restored) == instants(ledger)
    writer = open_ledger(restored)
    writer.submit(observed(901_000))
    assert writer.record("note", "ann", "two").number == 2
    writer.close()
    assert instants(restored)[-1] == 901_000


def test_ledger_that_is_there_stays_unless_it_gets_another_name(ledger: Path, tmp_path: Path) -> None:
    back_up(ledger, tmp_path / "a.backup")
    writer = open_ledger(ledger)
    writer.record("note", "ann", "two")
    writer.close()
    with pytest.raises(LedgerError, match="--force"):
        restore(tmp_path / "a.backup", ledger, aside=None)
    aside = ledger.with_name("uptally.db.replaced")
    assert restore(tmp_path / "a.backup", ledger, aside=aside).head.act == 1
    for path, count in ((ledger, 1), (aside, 2)):
        with Reader.open(path) as reader:
            assert len(reader.acts()) == count


def test_nothing_is_restored_beneath_a_daemon(ledger: Path, tmp_path: Path) -> None:
    back_up(ledger, tmp_path / "a.backup")
    writer = open_ledger(ledger)
    try:
        with pytest.raises(LedgerBusy):
            restore(tmp_path / "a.backup", ledger, aside=tmp_path / "aside")
    finally:
        writer.close()
    assert not (tmp_path / "aside").exists()


def test_file_that_is_no_backup_is_refused_and_nothing_is_touched(ledger: Path, tmp_path: Path) -> None:
    before = instants(ledger)
    (tmp_path / "a.backup").write_bytes(b"no ledger" * 1_000)
    (tmp_path / "cut.backup").write_bytes(ledger.read_bytes()[:9_000])
    sqlite3.connect(tmp_path / "empty.backup").close()
    for name in ("a.backup", "cut.backup", "empty.backup", "none.backup"):
        with pytest.raises(LedgerError, match=name):
            restore(tmp_path / name, ledger, aside=tmp_path / "aside")
    assert instants(ledger) == before
    assert not (tmp_path / "aside").exists()
