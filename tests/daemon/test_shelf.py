"""Where exports lie that were made: bounded, and gone with the daemon, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from uptally.daemon.shelf import KEPT_MAX, Shelf
from uptally.daemon.voucher import beside
from uptally.server import Made

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


def test_oldest_goes_with_its_manifest_and_its_name_where_there_is_no_more_room() -> None:
    shelf = Shelf()
    for number in range(KEPT_MAX + 1):
        file = shelf.place(str(number))
        file.touch()
        beside(file).touch()
        shelf.put(str(number), f"{number}.csv", Made(file, f"{number}.csv", "closed", 1, ""))
        if number == 1:
            shelf.take("0")
    first, second = shelf.place("0"), shelf.place("1")
    assert [each.exists() for each in (first, beside(first), second, beside(second))] == [True, True, False, False]
    assert (shelf.named("1.csv"), "1" in shelf, shelf.named("0.csv") is not None) == (None, False, True)
    shelf.close()
