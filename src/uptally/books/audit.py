"""Holds what was frozen against what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple, Protocol

from uptally.books.basis import thawed
from uptally.books.closing import Closable, rows_once_more
from uptally.books.frozen import Frozen, cells_of, frozen_months
from uptally.errors import LedgerCorrupt
from uptally.model.closing import Closing, LedgerRange
from uptally.rules.record.closings import CLOSE, RecordedClosing
from uptally.rules.retention import Backed
from uptally.units.time import month_window


class Gone(Protocol):
    """A day of UTC of which observations were dropped: `ledger.chain.Dropped` is one."""

    @property
    def day_ms(self) -> int:
        """Its begin."""
        ...

    @property
    def newest(self) -> int:
        """The highest number of a block that was dropped."""
        ...


class Audited(NamedTuple):
    """How many revisions there are and how many rows they froze; and the names of those of which observations were
    dropped since, so that nothing but digests bears them out."""

    revisions: int
    rows: int
    by_digests: tuple[str, ...]


class Auditable(Closable, Protocol):
    """What an audit needs of a ledger: `ledger.Reader` is one."""

    def check_range(self, within: LedgerRange) -> None:
        """Raise LedgerCorrupt where an act or a block is not the one that a range names."""
        ...

    def dropped_days(self) -> Sequence[Gone]:
        """Return the days of UTC of which observations were dropped."""
        ...

    def documents(self) -> list[int]:
        """Return the numbers of the acts beside which something is kept."""
        ...


def verify_closings(ledger: Auditable) -> Audited:
    """Return which revisions there are; their rows follow from the observations and acts of then, as far as these are
    kept; within a snapshot. Raises LedgerCorrupt, naming the first that does not hold.
    """
    months = frozen_months(ledger.acts(CLOSE), ledger.document)
    revisions = sorted((each, held) for held in months.values() for each in held.revisions)
    stray = set(ledger.documents()) - {each.number for each, _ in revisions}
    if stray:
        raise LedgerCorrupt(f"a document lies beside act {min(stray)}, which closes no month")
    gone = ledger.dropped_days()
    by_digests = [_name(each) for each, held in revisions if not _verify(ledger, each, held, gone)]
    return Audited(len(revisions), sum(each.closing.rows for each, _ in revisions), tuple(by_digests))


def _name(recorded: RecordedClosing) -> str:
    return f"{recorded.closing.month}@{recorded.closing.revision}"


def _is_backed(closing: Closing, held: Frozen, gone: Sequence[Gone]) -> bool:
    """Tell whether the observations that a revision was made from are kept."""
    if not gone:
        return True
    basis = thawed(held.document(closing.basis or closing.revision)["basis"])
    backed, end_ms = Backed(basis), month_window(closing.month, basis.page.zone).end_ms
    # What came after it and was dropped is in what the ledger derived, out of which nobody can tell it.
    return not any(
        closing.month in backed.months(day.day_ms) or (day.day_ms < end_ms and day.newest > closing.block)
        for day in gone
    )


def _verify(ledger: Auditable, recorded: RecordedClosing, held: Frozen, gone: Sequence[Gone]) -> bool:
    """Tell whether the observations of then are kept, from which each row follows. Raises LedgerCorrupt."""
    closing, name = recorded.closing, _name(recorded)
    ledger.check_range(LedgerRange(closing.act, closing.act_digest, closing.block, closing.block_digest))
    if closing.act >= recorded.number:
        raise LedgerCorrupt(f"{name} does not hold: it is said to be made from acts that came after it")
    if not _is_backed(closing, held, gone):
        return False
    frozen: list[dict[str, str | int]] = held.document(closing.revision)["rows"]
    made: list[dict[str, str | int]] = []
    # What the ledger derived of the time before is enough, but where observations came late there as well.
    for is_deep in (False, True):
        made = [cells_of(row) for row in rows_once_more(ledger, held, closing, is_deep=is_deep)]
        if made == frozen:
            return True
    nothing: dict[str, str | int] = {}
    for number, (row, due) in enumerate(zip_longest(frozen, made, fillvalue=nothing), start=1):
        for column in (*row, *due):
            if row.get(column) != due.get(column):
                raise LedgerCorrupt(
                    f"row {number} of {name} ({row.get('id') or due.get('id')}) does not hold: {column} is"
                    f" {row.get(column)!r}, and by the observations and acts of then {due.get(column)!r}"
                )
    raise LedgerCorrupt(f"{name} does not hold: by the observations and acts of then it has other rows")
