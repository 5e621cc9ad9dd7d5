"""Acts by a process that does not own the ledger, beside the daemon or without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path

from uptally.clock import Clock
from uptally.errors import LedgerError
from uptally.ledger.access import denial, is_there
from uptally.ledger.acts import amend_acts
from uptally.ledger.faults import ledger_error
from uptally.ledger.interface import Decide
from uptally.ledger.lock import refuse_network
from uptally.ledger.pen import Pen
from uptally.ledger.schema import check_sqlite, open_as_it_stands
from uptally.model.act import Act

PATIENCE_S = 30
"""How long others may write before this gives up: an import is one transaction."""


def amend_beside(path: Path, *, clock: Clock, kinds: Collection[str], decide: Decide) -> list[Act]:
    """Record what `decide` makes of the acts of some kinds, in one transaction, and return it once it is committed.

    Nobody else's act comes between those that it saw and those that it made; what it raises, nothing is recorded of.
    Raises LedgerMissing where there is no ledger, LedgerBusy where others wrote for too long, LedgerTooNew, and
    LedgerError where it cannot be used.
    """
    check_sqlite()
    refuse_network(path)
    if is_there(path) and (why := denial(path)):
        raise LedgerError(why)
    with closing(open_as_it_stands(path, mode="ro")):
        # What is no ledger gets no file beside it.
        pen = Pen(path, patience_s=PATIENCE_S)
    try:
        with closing(pen), pen, closing(open_as_it_stands(path, mode="rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            # The daemon does that, or, where there is none, the end of this connection.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute("BEGIN IMMEDIATE")
            try:
                acts = amend_acts(connection, at_ms=clock.wall_ms(), kinds=kinds, decide=decide)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    return acts
