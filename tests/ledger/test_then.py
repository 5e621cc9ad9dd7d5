"""A ledger as it was at an earlier look at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.ledgers import observed
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.units.time import SECOND_MS, Window

BEGIN_MS = 1_790_805_600_000


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the calls that are made, which tell how much is done on a machine however busy."""
    calls = [0]

    def count(_: object, event: str, __: object) -> None:
        calls[0] += event == "call"

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def looked_at(folder: Path, count: int) -> int:
    """Import so many observations and more after a look, and return how many calls it takes to read what it saw."""
    folder.mkdir()
    path = folder / "uptally.db"
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="test")
    seen = [observed("web", BEGIN_MS + 2 * number * SECOND_MS) for number in range(count)]
    ledger.import_observations(seen)
    with Reader.open(path) as reader:
        then = reader.range()
    ledger.import_observations([observed("web", BEGIN_MS + (2 * number + 1) * SECOND_MS) for number in range(count)])
    ledger.close()
    window = Window(BEGIN_MS, BEGIN_MS + 2 * count * SECOND_MS)
    with Reader.open(path) as reader, reader.snapshot(), counted() as calls:
        found = list(reader.then(then).observations("web", location="local", window=window))
    assert [each.at_ms for each in found] == [each.at_ms for each in seen]
    return calls[0]


def test_what_was_there_by_then_is_told_from_what_came_later_without_a_look_at_all_of_it(tmp_path: Path) -> None:
    assert looked_at(tmp_path / "many", 1_000) < 5 * looked_at(tmp_path / "some", 250)
