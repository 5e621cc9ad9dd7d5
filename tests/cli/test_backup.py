from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from tests.cli.test_close import OCTOBER_MS, seconds
from uptally.clock import SystemClock
from uptally.ledger import Ledger


def test_ledger_that_was_lost_is_restored_and_exports_the_same_bytes(uptally: Invoke, folder: Path) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    before = uptally("export", "--month", "2026-10").stdout_bytes
    taken = uptally("backup", "october.backup")
    size = (folder / "october.backup").stat().st_size
    assert taken.exit_code == 0, taken.stderr
    assert taken.stdout.startswith(f"october.backup: {size:,} bytes, 1 act to ")
    for name in ("uptally.db", "uptally.db-wal", "uptally.db-shm"):
        (folder / name).unlink(missing_ok=True)
    restored = uptally("restore", "october.backup")
    assert restored.exit_code == 0, restored.stderr
    assert restored.stdout.partition("bytes, ")[2] == taken.stdout.partition("bytes, ")[2]
    assert uptally("export", "--month", "2026-10").stdout_bytes == before
    assert uptally("verify").exit_code == 0


def test_ledger_that_is_replaced_by_force_is_kept_and_named(uptally: Invoke, folder: Path) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 10))
    uptally("backup", "a.backup")
    refused = uptally("restore", "a.backup")
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert refused.stderr.count("\n") == 1
    forced = uptally("restore", "a.backup", "--force")
    (kept,) = folder.glob("uptally.db.replaced-*Z")
    assert (forced.exit_code, forced.stderr) == (0, f"the ledger that was there is {kept} now\n")


def test_restore_beneath_a_writer_is_refused_with_the_code_for_that(uptally: Invoke, folder: Path) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 10))
    uptally("backup", "a.backup")
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    try:
        refused = uptally("restore", "a.backup", "--force")
        assert (refused.exit_code, "stop it first" in refused.stderr) == (3, True)
        assert uptally("backup", "beside.backup").exit_code == 0
    finally:
        ledger.close()


def test_backup_over_a_file_is_refused(uptally: Invoke, folder: Path) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 10))
    uptally("backup", "a.backup")
    before = (folder / "a.backup").read_bytes()
    refused = uptally("backup", "a.backup")
    assert (refused.exit_code, "overwrites nothing" in refused.stderr) == (1, True)
    assert (folder / "a.backup").read_bytes() == before
