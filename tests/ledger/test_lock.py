"""One writer, on a local disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.made import open_ledger
from uptally.errors import LedgerBusy, LedgerError
from uptally.ledger import Reader, daemon_of
from uptally.ledger.lock import network_file_system

HOLD = """
import sys
from pathlib import Path
from uptally.clock import SystemClock
from uptally.ledger import Ledger

ledger = Ledger.open(Path(sys.argv[1]), location="local", clock=SystemClock(), version="1")
print("open", flush=True)
sys.stdin.read()
"""

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
nas:/export /mnt/nas nfs4 rw 0 0
tmpfs /mnt/nas/scratch tmpfs rw 0 0
me@host:/ /home/me/with\\040blank fuse.sshfs rw 0 0
/dev/sdb1 /mnt/nasty ext4 rw 0 0
"""


def test_second_writer_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path)
    with pytest.raises(LedgerBusy, match=f"process {os.getpid()}"):
        open_ledger(path)
    ledger.close()
    open_ledger(path).close()


def test_writer_of_another_process_refuses_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(LedgerBusy, match=f"process {process.pid}"):
            open_ledger(path)
        with Reader.open(path) as reader:
            assert reader.slugs() == []
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "ledger.db.lock").read_text() == f"{process.pid}\n"
    open_ledger(path).close()


def test_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "ledger.db.lock").symlink_to(victim)
    with pytest.raises(LedgerError, match=r"cannot make .*ledger\.db\.lock"):
        open_ledger(tmp_path / "ledger.db")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/ledger.db", None),
        ("/mnt/nas/ledger.db", "nfs4"),
        ("/mnt/nas/scratch/ledger.db", None),
        ("/mnt/nasty/ledger.db", None),
        ("/home/me/with blank/ledger.db", "fuse.sshfs"),
    ],
)
def test_network_file_system_is_recognised_by_the_nearest_mount(path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), mounts=MOUNTS) == kind


def test_ledger_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"nas:/export {tmp_path.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr("uptally.ledger.lock.MOUNTS", mounts)
    with pytest.raises(LedgerError, match=r"nfs4.*use a local disk"):
        open_ledger(tmp_path / "ledger.db")
    assert not (tmp_path / "ledger.db").exists()


def test_a_daemon_is_found_while_it_runs_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    assert daemon_of(path) is None
    ledger = open_ledger(path)
    ledger.begin_boot()
    assert daemon_of(path) == os.getpid()
    with pytest.raises(LedgerBusy, match=rf"process {os.getpid()}\)"):
        open_ledger(path)
    ledger.close()
    assert daemon_of(path) is None


def test_a_writer_that_is_no_daemon_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    daemon = open_ledger(path)
    daemon.begin_boot()
    daemon.close()
    writer = open_ledger(path)
    assert daemon_of(path) is None
    writer.close()


def test_a_process_that_took_a_killed_daemons_number_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.with_name("ledger.db.lock").write_text(f"{os.getpid()} 1790000000000\n")
    assert daemon_of(path) is None
    open_ledger(path).close()
