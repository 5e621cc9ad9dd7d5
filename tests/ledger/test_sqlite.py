"""The ledger of one machine keeps the contract, also when everything that may be sealed is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.ledger.contract import PATIENCE_S, LedgerContract, Opened
from tests.ledger.made import Clock, open_ledger, seal_everything
from uptally.ledger import Imported, Ledger, Reader
from uptally.model.observation import Observation


class SealingLedger(Ledger):
    """Seals at once, without waiting for hours to end, whatever was written."""

    def flush(self, timeout_s: float) -> None:
        super().flush(timeout_s)
        self._queue.ask(seal_everything, timeout_s=PATIENCE_S)

    def import_observations(self, rows: Sequence[Observation]) -> Imported:
        found = super().import_observations(rows)
        self._queue.ask(seal_everything, timeout_s=PATIENCE_S)
        return found


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Opened]:
        yield from opened(tmp_path / "ledger.db", Ledger)


class TestSealedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Opened]:
        yield from opened(tmp_path / "ledger.db", SealingLedger)


def opened(path: Path, kind: type[Ledger]) -> Iterator[Opened]:
    clock = Clock()
    turned: list[frozenset[str]] = []
    writer = open_ledger(path, kind=kind, clock=clock, on_commit=turned.append)
    with Reader.open(path) as reader:
        ledger = Opened(writer, reader, clock, turned, lambda: open_ledger(path, kind=kind, clock=clock))
        yield ledger
    ledger.writer.close()
