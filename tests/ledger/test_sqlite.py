"""The ledger of one machine keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.contract import LedgerContract, Opened
from tests.ledger.made import Clock, open_ledger
from uptally.ledger import Reader


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Opened]:
        path, clock = tmp_path / "ledger.db", Clock()
        turned: list[frozenset[str]] = []
        writer = open_ledger(path, clock=clock, on_commit=turned.append)
        with Reader.open(path) as reader:
            opened = Opened(writer, reader, clock, turned, lambda: open_ledger(path, clock=clock))
            yield opened
        opened.writer.close()
