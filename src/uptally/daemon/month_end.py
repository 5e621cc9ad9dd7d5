"""What the daemon tells the process that closes a month, and what it hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from uptally.books.basis import plain
from uptally.model.secret import Secret
from uptally.model.settings import Settings


class Order(NamedTuple):
    """Says to close a month, by settings without secrets, and with which key to sign that."""

    month: str
    settings: Settings
    ledger: Path
    version: str
    seal_key: Secret | None = None

    @classmethod
    def of(cls, month: str, settings: Settings, version: str) -> Self:
        """Return the order to close a month by the configuration in force."""
        return cls(month, plain(settings), settings.store.path, version, settings.seal_key)


class Report(NamedTuple):
    """What came of it: how many rows were frozen, and the statements that a person has to decide about; why it could
    not be closed as things are (`refusal`), or why it failed, so that it is tried again (`failure`)."""

    rows: int = 0
    undecided: Sequence[str] = ()
    refusal: str = ""
    failure: str = ""
