"""Holds what was frozen against what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple, Protocol

from uptally import __version__
from uptally.books.basis import thawed
from uptally.books.closing import Closable, made_once_more
from uptally.books.explained import WORDED, Kept
from uptally.books.frozen import KEPT, Frozen, cells_of, frozen_months
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


Rests = tuple[list[dict[str, str | int]], dict[str, Kept]]
"""Rows as documents hold them, and what their statements rest on."""


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
    document = held.document(closing.revision)
    # Another version may say a sum in other words; its figures stand in the rows.
    is_worded = closing.version == __version__
    frozen: Rests = document["rows"], _compared(document.get(KEPT, {}), is_worded=is_worded)
    made: Rests = [], {}
    # What the ledger derived of the time before is enough, but where observations came late there as well.
    for is_deep in (False, True):
        once_more = made_once_more(ledger, held, closing, is_deep=is_deep)
        kept = once_more.kept if KEPT in document else {}
        made = [cells_of(row) for row in once_more.rows], _compared(kept, is_worded=is_worded)
        if made == frozen:
            return True
    raise LedgerCorrupt(_difference(name, frozen, made))


def _compared(kept: Mapping[str, Kept], *, is_worded: bool) -> dict[str, Kept]:
    """Return of what statements rest on that which has to be the same."""
    left_out = frozenset() if is_worded else WORDED
    return {name: {key: part for key, part in each.items() if key not in left_out} for name, each in kept.items()}


def _difference(name: str, frozen: Rests, made: Rests) -> str:
    """Say what of a revision is the first that does not follow."""
    nothing: dict[str, str | int] = {}
    for number, (row, due) in enumerate(zip_longest(frozen[0], made[0], fillvalue=nothing), start=1):
        for column in (*row, *due):
            if row.get(column) != due.get(column):
                return (
                    f"row {number} of {name} ({row.get('id') or due.get('id')}) does not hold: {column} is"
                    f" {row.get(column)!r}, and by the observations and acts of then {due.get(column)!r}"
                )
    for statement in sorted(frozen[1].keys() | made[1].keys()):
        kept, due_kept = frozen[1].get(statement, {}), made[1].get(statement, {})
        for part in (*kept, *due_kept):
            if kept.get(part) != due_kept.get(part):
                return f"{name} does not hold: by the observations and acts of then {statement} has other {part}"
    return f"{name} does not hold: by the observations and acts of then it has other rows"
