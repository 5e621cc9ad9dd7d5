"""A writer that is killed at any instant, sealing or not, loses nothing that it acknowledged and leaves a sound ledger.

`make soak` kills a thousand of each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.contract import ALL
from tests.ledger.kills import check, kill_while_sealing, kill_while_writing, writers
from tests.ledger.made import open_ledger
from uptally.ledger import Reader


@pytest.mark.parametrize("seed", range(2))
def test_nothing_acknowledged_is_lost(tmp_path: Path, seed: int) -> None:
    assert kill_while_writing(tmp_path / "ledger.db", seed, 25)


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_or_held_twice_around_sealing(tmp_path: Path, seed: int) -> None:
    assert kill_while_sealing(tmp_path / "ledger.db", seed, 5)


def test_write_ahead_log_that_was_cut_off_leaves_a_sound_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with writers() as started:
        *_, (_, last, _) = started.run_and_kill(path, 0.3)
    log = path.with_name("ledger.db-wal")
    with log.open("r+b") as stream:
        stream.truncate(log.stat().st_size // 2)
    open_ledger(path).close()
    check(path, [])
    with Reader.open(path) as reader:
        sequences = [each.sequence for each in reader.observations("web", location="local", window=ALL)]
    assert sorted(sequences) == list(range(len(sequences)))
    assert 0 < len(sequences) <= last + 500
