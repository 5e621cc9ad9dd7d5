"""Disks that fill up at any point of closing, exporting, backing up and archiving: nothing is left half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger
from tests.cli.test_close import OCTOBER_MS, seconds
from tests.full_disk import fill, small_disk
from uptally.ledger import Reader

ROOM = [0, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288]
"""How many bytes are free: none at first, and in the end enough for anything here."""

BALLAST = "ballast"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path) as disk:
        yield disk


def files(disk: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in disk.iterdir() if each.name != BALLAST}


@pytest.mark.parametrize(
    "asked",
    [
        *(("export", "--month", "2026-10", "--format", each, "-o", "disk/file") for each in ("csv", "json", "xlsx")),
        ("backup", "disk/file"),
        ("archive", "--month", "2026-10", "-o", "disk"),
        ("--config", "elsewhere.yaml", "restore", "whole.backup"),
    ],
    ids=lambda asked: " ".join(asked[:5]),
)
def test_a_disk_that_fills_up_gets_all_that_is_written_or_nothing(
    folder: Path, uptally: Invoke, disk: Path, asked: tuple[str, ...]
) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    (folder / "elsewhere.yaml").write_text(f"{CONFIG}store: {{path: disk/ledger.db}}\n", encoding="utf-8")
    assert uptally("backup", "whole.backup").exit_code == 0
    before, codes = files(disk), []
    for free in ROOM:
        fill(disk / BALLAST, free=free)
        result = uptally(*asked)
        (disk / BALLAST).unlink()
        codes.append(result.exit_code)
        if result.exit_code:
            assert "disk/" in result.stderr
            assert (result.stdout, result.stderr.count("\n")) == ("", 1)
            assert {name for name in files(disk) if not name.endswith((".pen", ".lock"))} == before.keys()
        else:
            break
    assert (codes[0], codes[-1]) == (1, 0)
    assert uptally("verify").exit_code == 0


def test_an_export_that_does_not_fit_leaves_the_one_before_with_its_manifest(
    folder: Path, uptally: Invoke, disk: Path
) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    asked = ("export", "--month", "2026-10", "-o", "disk/2026-10.csv")
    assert uptally(*asked).exit_code == 0
    before = files(disk)
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    # Room for the rows, and none for what tells of them.
    fill(disk / BALLAST, free=4_096)
    assert uptally(*asked).exit_code == 1
    assert files(disk) == before
    (disk / BALLAST).unlink()
    assert uptally(*asked).exit_code == uptally("verify", "disk/2026-10.csv").exit_code == 0


def test_a_month_is_closed_on_a_full_disk_or_is_not_and_the_ledger_holds(
    folder: Path, uptally: Invoke, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk)
    make_ledger(disk, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    codes = []
    for free in ROOM:
        fill(disk / BALLAST, free=free)
        closed = uptally("close", "--month", "2026-10", "--by", "ann")
        codes.append(closed.exit_code)
        if not closed.exit_code:
            # What only reads needs no more room.
            assert uptally("export", "--month", "2026-10").exit_code == uptally("verify").exit_code == 0
        (disk / BALLAST).unlink()
        assert uptally("verify").exit_code == 0
        with Reader.open(disk / "uptally.db") as reader:
            acts = [act.number for act in reader.acts("close")]
            assert acts == reader.documents() == ([] if closed.exit_code else [1])
        if not closed.exit_code:
            break
        assert closed.stderr.count("\n") == 1
        assert closed.stderr.startswith("Error: ")
        assert closed.stderr.endswith(": there is no room on its disk\n")
    assert (codes[0], codes[-1]) == (1, 0)
