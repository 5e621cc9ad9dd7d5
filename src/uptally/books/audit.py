"""Holds what was frozen against what it was made from."""

from __future__ import annotations

from itertools import zip_longest
from typing import Protocol

from uptally.books.closing import Closable, rows_once_more
from uptally.books.frozen import Frozen, cells_of, frozen_months
from uptally.errors import LedgerCorrupt
from uptally.model.closing import LedgerRange
from uptally.rules.record.closings import CLOSE, RecordedClosing


class Auditable(Closable, Protocol):
    """What an audit needs of a ledger: `ledger.Reader` is one."""

    def check_range(self, within: LedgerRange) -> None:
        """Raise LedgerCorrupt where an act or a block is not the one that a range names."""
        ...

    def documents(self) -> list[int]:
        """Return the numbers of the acts beside which something is kept."""
        ...


def verify_closings(ledger: Auditable) -> tuple[int, int]:
    """Return how many revisions there are and how many rows they froze, each of which follows from the observations and
    acts of then; within a snapshot. Raises LedgerCorrupt, naming the first that does not hold.
    """
    months = frozen_months(ledger.acts(CLOSE), ledger.document)
    revisions = sorted((each, held) for held in months.values() for each in held.revisions)
    stray = set(ledger.documents()) - {each.number for each, _ in revisions}
    if stray:
        raise LedgerCorrupt(f"a document lies beside act {min(stray)}, which closes no month")
    for each, held in revisions:
        _verify(ledger, each, held)
    return len(revisions), sum(each.closing.rows for each, _ in revisions)


def _verify(ledger: Auditable, recorded: RecordedClosing, held: Frozen) -> None:
    closing = recorded.closing
    name = f"{closing.month}@{closing.revision}"
    ledger.check_range(LedgerRange(closing.act, closing.act_digest, closing.block, closing.block_digest))
    if closing.act >= recorded.number:
        raise LedgerCorrupt(f"{name} does not hold: it is said to be made from acts that came after it")
    frozen: list[dict[str, str | int]] = held.document(closing.revision)["rows"]
    made: list[dict[str, str | int]] = []
    # What the ledger derived of the time before is enough, but where observations came late there as well.
    for is_deep in (False, True):
        made = [cells_of(row) for row in rows_once_more(ledger, held, closing, is_deep=is_deep)]
        if made == frozen:
            return
    nothing: dict[str, str | int] = {}
    for number, (row, due) in enumerate(zip_longest(frozen, made, fillvalue=nothing), start=1):
        for column in (*row, *due):
            if row.get(column) != due.get(column):
                raise LedgerCorrupt(
                    f"row {number} of {name} ({row.get('id') or due.get('id')}) does not hold: {column} is"
                    f" {row.get(column)!r}, and by the observations and acts of then {due.get(column)!r}"
                )
