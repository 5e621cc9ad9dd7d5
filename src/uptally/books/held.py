"""What a month's file says by what was frozen alone: without observations or a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from uptally.books.explained import Explained
from uptally.books.frozen import Frozen, corrections_of, frozen_months
from uptally.errors import QuantityError
from uptally.export.month import MonthRows
from uptally.export.rows import CLOSED, OPEN, Rows
from uptally.model.act import Act
from uptally.model.head import Head


def held_rows(closings: Sequence[Act], document: Callable[[int], bytes], month: str) -> MonthRows | None:
    """Return the rows of a month, or of a revision of it such as `2026-10@2`, as some closings have them; None where
    none of them closed the month. Raises LedgerCorrupt, and QuantityError where there is no such revision.
    """
    label, at, number = month.partition("@")
    months = frozen_months(closings, document)
    held = months.get(label)
    if at:
        revision = known_revision(label, number, len(held.revisions) if held else 0)
        assert held is not None
        recorded = held.revisions[revision - 1]
        rows = held.rows(revision, with_corrections=True)
        told = _told(label, rows, revision, recorded.closing.document, head_at(closings, months, recorded.number))
        return replace(told, explanations=Explained(held.kept(revision, with_corrections=True)))
    if held is None:
        return None
    revision, digest = held.newest()
    corrections, newest = corrections_of(months.values(), label)
    head = head_at(closings, months, max(newest, held.revisions[revision - 1].number))
    told = _told(label, (*held.rows(), *corrections), revision, digest, head)
    return replace(told, explanations=Explained(held.kept()))


def head_at(closings: Sequence[Act], months: dict[str, Frozen], number: int) -> Head:
    """Return the head of the ledger as a closing left it: its own act, and the block that it went as far as."""
    act = next(each for each in closings if each.number == number)
    recorded = next(each for held in months.values() for each in held.revisions if each.number == number)
    return Head(act.number, act.digest, act.at_ms, recorded.closing.block, recorded.closing.block_digest)


def _told(label: str, rows: Rows, revision: int, digest: str, head: Head) -> MonthRows:
    state = OPEN if any(row["status"] == OPEN for row in rows) else CLOSED
    return MonthRows(label, rows, state, revision, digest, is_over=True, head=head)


def known_revision(label: str, number: str, count: int) -> int:
    """Return the number of a revision of a month that has so many. Raises QuantityError where it has no such one, or
    it is not written as they are: each has one name, by which its export is told from any other."""
    if number not in map(str, range(1, count + 1)):
        there_are = f"its revisions are 1 to {count}" if count > 1 else "it has one" if count else "it was never closed"
        raise QuantityError(f"{label} has no revision {number!r}: {there_are}")
    return int(number)
