"""What waits to be written: batches, a full or locked disk, and a file that cannot be trusted any more."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.full_disk import fill, small_disk
from tests.ledger.contract import ALL, PATIENCE_S
from tests.ledger.made import NOW_MS, imported, observed, open_ledger
from tests.ledger.waiting import wait_until
from uptally.errors import LedgerError
from uptally.ledger import Reader, queue, storage
from uptally.ledger.storage import Storage
from uptally.model.observation import Evidence, Outcome


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else's exclusive transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def instants(path: Path) -> list[int]:
    with Reader.open(path) as reader:
        reader.check_turns()
        return [each.at_ms for each in reader.observations("web", location="local", window=ALL)]


def test_batch_is_committed_without_being_asked_for(path: Path) -> None:
    commits: list[frozenset[str]] = []
    ledger = open_ledger(path, on_commit=commits.append)
    for at_ms in range(100):
        ledger.submit(observed(at_ms))
    wait_until(lambda: commits)
    assert instants(path) == list(range(100))
    assert commits == [{"web"}]
    ledger.close()


def test_submitting_never_waits_for_the_writer(path: Path) -> None:
    ledger = open_ledger(path)
    is_held, let_go = threading.Event(), threading.Event()

    def hold(storage: Storage) -> None:
        is_held.set()
        assert let_go.wait(PATIENCE_S)

    holder = threading.Thread(target=lambda: ledger._queue.ask(hold, timeout_s=None))
    holder.start()
    assert is_held.wait(PATIENCE_S)
    for at_ms in range(1_000):
        ledger.submit(observed(at_ms))
    assert ledger.health.pending == 1_000
    let_go.set()
    holder.join()
    ledger.close()
    assert len(instants(path)) == 1_000


def test_many_threads_may_submit(path: Path) -> None:
    ledger = open_ledger(path)

    def submit(boot: int) -> None:
        for at_ms in range(500):
            ledger.submit(observed(at_ms, boot=boot))

    threads = [threading.Thread(target=submit, args=(boot,)) for boot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert instants(path) == sorted(list(range(500)) * 8)


def test_locked_ledger_keeps_what_it_can_and_counts_the_rest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "BUFFER_MOST", 5)
    ledger = open_ledger(path)
    with locked(path):
        for at_ms in range(8):
            ledger.submit(observed(at_ms))
        wait_until(lambda: ledger.health.error)
        assert "locked" in ledger.health.error
        assert (ledger.health.pending, ledger.health.lost) == (5, 3)
        assert ledger.health.is_trusted
    ledger.flush(PATIENCE_S)
    assert ledger.health == (0, 3, NOW_MS, "", True)
    assert instants(path) == [0, 1, 2, 3, 4]
    ledger.close()


def test_what_was_not_recorded_in_time_never_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.ledger.writer.JOB_S", 0.2)
    ledger = open_ledger(path)
    with locked(path):
        with pytest.raises(LedgerError, match=r"not written within 0.2 s: .*locked"):
            ledger.record("config", "uptally", "{}")
        with pytest.raises(LedgerError, match="not written"):
            ledger.flush(0.1)
    ledger.flush(PATIENCE_S)
    with Reader.open(path) as reader:
        assert reader.acts() == []
    ledger.close()


def test_closing_a_locked_ledger_gives_up_and_says_what_is_lost(path: Path) -> None:
    ledger = open_ledger(path)
    with locked(path):
        ledger.submit(observed(0))
        with pytest.raises(LedgerError, match=r"1 observations were not written: .*locked"):
            ledger.close()
    open_ledger(path).close()
    assert instants(path) == []


def test_full_ledger_resumes_when_there_is_room(path: Path) -> None:
    ledger = open_ledger(path)

    def limit(pages: int) -> Callable[[Storage], object]:
        return lambda storage: storage.connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()

    ledger.submit(observed(0))
    ledger.flush(PATIENCE_S)
    ledger._queue.ask(limit(1), timeout_s=PATIENCE_S)
    for at_ms in range(1, 3_000):
        ledger.submit(observed(at_ms, Outcome.DOWN if at_ms % 2 else Outcome.UP))
    wait_until(lambda: ledger.health.error)
    assert "full" in ledger.health.error
    assert instants(path) == [0]
    with pytest.raises(LedgerError, match="not written"):
        ledger.flush(0.05)
    # A job of its own would wait behind the batch that fails.
    ledger._storage.connection.execute("PRAGMA max_page_count = 1000000")
    ledger.flush(PATIENCE_S)
    assert instants(path) == list(range(3_000))
    assert ledger.health.lost == 0
    ledger.close()


def test_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        path = disk / "ledger.db"
        ledger = open_ledger(path)
        ledger.submit(observed(0))
        ledger.flush(PATIENCE_S)
        ballast = disk / "ballast"
        fill(ballast)
        given = [observed(at_ms, Outcome.DOWN, evidence=Evidence(error="x" * 200)) for at_ms in range(1, 900)]
        for each in given:
            ledger.submit(each)
        wait_until(lambda: ledger.health.error)
        assert instants(path) == [0]
        ballast.unlink()
        ledger.flush(PATIENCE_S)
        assert instants(path) == list(range(900))
        ledger.close()


@pytest.mark.parametrize("vanished", ["ledger.db", "ledger.db-wal"])
def test_file_that_vanishes_is_noticed_and_never_made_anew(path: Path, vanished: str) -> None:
    failures: list[LedgerError] = []
    ledger = open_ledger(path, on_failure=failures.append)
    ledger.submit(observed(0))
    ledger.flush(PATIENCE_S)
    path.with_name(vanished).unlink()
    ledger.submit(observed(1))
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.flush(PATIENCE_S)
    wait_until(lambda: failures)
    ledger.submit(observed(2))
    assert (ledger.health.is_trusted, ledger.health.pending, ledger.health.lost) == (False, 0, 2)
    assert "removed or replaced" in ledger.health.error
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.record("config", "uptally", "{}")
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.close()
    assert vanished != path.name or not path.exists()


def test_file_that_is_replaced_is_noticed(path: Path) -> None:
    ledger = open_ledger(path)
    path.with_name("other").write_bytes(path.read_bytes())
    path.with_name("other").replace(path)
    ledger.submit(observed(1))
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.flush(PATIENCE_S)
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.close()


def test_callback_that_fails_does_not_stop_the_writing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(slugs: frozenset[str]) -> None:
        raise RuntimeError("nobody listens any more")

    ledger = open_ledger(path, on_commit=fail)
    ledger.submit(observed(0))
    ledger.flush(PATIENCE_S)
    ledger.submit(observed(1))
    ledger.flush(PATIENCE_S)
    ledger.close()
    assert instants(path) == [0, 1]
    assert "nobody listens any more" in caplog.text


def test_closed_ledger_refuses_and_closing_again_does_nothing(path: Path) -> None:
    ledger = open_ledger(path)
    ledger.close()
    ledger.close()
    ledger.submit(observed(0))
    assert ledger.health.lost == 1
    with pytest.raises(LedgerError, match="closed"):
        ledger.flush(1)
    assert instants(path) == []


def test_clean_close_leaves_one_file_and_the_end_of_the_boot(path: Path) -> None:
    def stopped(is_clean: bool) -> int | None:
        ledger = open_ledger(path)
        boot = ledger.begin_boot()
        ledger.close(clean=is_clean)
        assert not path.with_name("ledger.db-wal").exists()
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT stopped_ms, version FROM boots WHERE boot = ?", (boot,)).fetchone()
            assert row[1] == "1.2.3"
            return row[0]  # type: ignore[no-any-return]  # sqlite3 does not know its columns

    assert stopped(True) == NOW_MS
    assert stopped(False) is None


def test_idle_writer_empties_the_write_ahead_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "IDLE_S", 0.01)
    ledger = open_ledger(path)
    ledger.submit(observed(0))
    ledger.flush(PATIENCE_S)
    wait_until(lambda: os.stat(f"{path}-wal").st_size == 0)
    assert instants(path) == [0]
    ledger.close()


def test_log_that_a_reader_holds_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "WAL_ALARM_BYTES", 1_000_000)
    ledger = open_ledger(path)
    with Reader.open(path) as reader, reader.snapshot():
        ledger.import_observations([imported(at_ms) for at_ms in range(60_000)])
        assert "does not let go" in ledger.health.error
        assert ledger.health.is_trusted
    ledger.close()
    assert len(instants(path)) == 60_000


def test_failure_reaches_whoever_waits(path: Path) -> None:
    ledger = open_ledger(path)
    ledger.submit(observed(1 << 70))
    with pytest.raises(LedgerError, match="OverflowError"):
        ledger.flush(PATIENCE_S)
    with pytest.raises(LedgerError, match="OverflowError"):
        ledger.close()
