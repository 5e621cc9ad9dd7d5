"""Files that a reader sees whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.full_disk import files_no_larger_than
from uptally.files import add_lines, write_if_changed


def test_an_equal_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert write_if_changed(path, b"one")
    os.utime(path, (1, 1))
    assert not write_if_changed(path, b"one")
    assert path.stat().st_mtime == 1


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "page.html"
    assert write_if_changed(path, b"one")
    assert path.read_bytes() == b"one"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_if_changed(path, b"old")
    with files_no_larger_than(1_000), pytest.raises(OSError, match="File too large"):
        write_if_changed(path, b"x" * 100_000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_files_place_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "page.html"
    victim.write_bytes(b"precious")
    path.symlink_to(victim)
    write_if_changed(path, b"page")
    assert victim.read_bytes() == b"precious"
    assert not path.is_symlink()


def test_lines_that_are_added_stand_for_themselves_though_the_one_before_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a" / "list"
    add_lines(path, ["one", "two"])
    path.write_bytes(path.read_bytes()[:-1])
    add_lines(path, ["three"])
    assert path.read_text().split() == ["one", "tw", "three"]
