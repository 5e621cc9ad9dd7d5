"""Where exports lie that were made: bounded, and gone with the daemon, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from uptally.daemon.shelf import KEPT_MAX, Shelf
from uptally.daemon.voucher import Report, beside

KILLED = """
import os, signal
from uptally.daemon.shelf import Shelf
Shelf().place("tag").write_bytes(b"amounts")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_what_a_killed_daemon_left_goes_when_the_next_begins_and_what_a_living_one_has_stays(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED]) as killed:
        killed.wait()
    (left,) = temporary.iterdir()
    assert [each.name for each in left.iterdir()] == ["tag"]
    living = Shelf()
    assert not left.exists()
    living.place("tag").write_bytes(b"amounts")
    other = Shelf()
    assert living.place("tag").exists()
    for each in (living, other):
        each.close()
    assert not [*temporary.iterdir()]


def laid(shelf: Shelf, number: int) -> None:
    shelf.place(str(number)).write_text(f"export {number}")
    beside(shelf.place(str(number))).write_text(f"manifest {number}")
    shelf.put(str(number), f"{number}.csv", Report(f"{number}.csv", "closed", 1, manifest_sha256="0" * 64))


def test_what_somebody_removed_is_not_on_the_shelf_and_has_its_place_again(temporary: Path) -> None:
    shelf = Shelf()
    for number in range(3):
        laid(shelf, number)
    shelf.place("0").unlink()
    beside(shelf.place("1")).unlink()
    assert [str(number) in shelf for number in range(3)] == [False, False, True]
    (folder,) = temporary.iterdir()
    folder.rename(temporary / "away")
    folder.mkdir()
    assert "2" not in shelf
    laid(shelf, 2)
    assert "2" in shelf
    assert shelf.place("2").parent.stat().st_mode & 0o777 == 0o700
    assert [*folder.iterdir()] == []
    shelf.close()
    assert {each.name for each in temporary.iterdir()} == {"away", folder.name}


def test_oldest_goes_with_its_manifest_and_its_name_where_there_is_no_more_room() -> None:
    shelf = Shelf()
    for number in range(KEPT_MAX + 1):
        laid(shelf, number)
        if number == 1:
            shelf.take("0").content.close()
    first, second = shelf.place("0"), shelf.place("1")
    assert [each.exists() for each in (first, beside(first), second, beside(second))] == [True, True, False, False]
    assert (shelf.named("1.csv"), "1" in shelf, shelf.named("0.csv") is not None) == (None, False, True)
    shelf.close()


def test_what_was_taken_can_be_read_though_it_was_dropped_since() -> None:
    shelf = Shelf()
    laid(shelf, 0)
    export, manifest = shelf.take("0"), shelf.take_manifest("0")
    for number in range(1, KEPT_MAX + 1):
        laid(shelf, number)
    assert "0" not in shelf
    with export.content as content, manifest.content as beside_it:
        assert (content.read(), beside_it.read()) == (b"export 0", b"manifest 0")
    shelf.close()
