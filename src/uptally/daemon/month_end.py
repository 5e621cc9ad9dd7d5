"""A month that the daemon closes by itself: what the process that does it is told, what it tells, and the closing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from uptally.books.basis import plain
from uptally.books.closing import Asked, close_month, open_statements
from uptally.clock import Clock
from uptally.errors import ClosingRefused
from uptally.ledger import Reader, amend_beside
from uptally.model.secret import Secret
from uptally.model.settings import Settings
from uptally.rules.record.closings import BY_ITSELF, CLOSE
from uptally.signing import key_of

TOLD_MOST = 500
"""Characters of a failure that are told."""


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


def close(order: Order, clock: Clock) -> Report:
    """Close a month; whatever fails is told."""
    try:
        asked = Asked(order.month, BY_ITSELF, order.version)
        with Reader.open(order.ledger) as reader, reader.snapshot():
            draft = close_month(reader, order.settings, asked, now_ms=clock.wall_ms())
        amend_beside(order.ledger, clock=clock, kinds=[CLOSE], decide=draft.signed(key_of(order.seal_key)).decide)
    except ClosingRefused as error:
        return Report(refusal=str(error))
    except Exception as error:
        return Report(failure=" ".join(f"{type(error).__name__}: {error}".split())[:TOLD_MOST])
    return Report(len(draft.rows), tuple(open_statements(draft.rows)))
