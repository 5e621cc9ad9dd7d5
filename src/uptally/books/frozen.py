"""What was frozen of months: the rows of their revisions, read from the documents beside the acts that closed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from uptally.books.explained import Kept
from uptally.export.rows import COLUMNS, CORRECTION, Row, Rows
from uptally.model.act import Act
from uptally.rules.record.closings import RecordedClosing, document_of, recorded_closings

Key = tuple[object, object, object]

KEPT = "statements"
"""Where a document has what its statements rest on, by their ids; those of earlier versions have none of it."""


def key_of(row: Row) -> Key:
    """Return what a row is known by within its month: its statement, and the service window or other objective."""
    return row["id"], row["window"], row["objective"]


def cells_of(row: Row) -> dict[str, str | int]:
    """Return a row as documents hold it: without the cells that are empty, of which later versions have more."""
    return {column: cell for column, cell in row.items() if cell is not None}


class Frozen:
    """A month of which something is frozen; the documents are read as they are needed.

    Reading one raises LedgerCorrupt where it is not the one that was frozen.
    """

    def __init__(self, revisions: list[RecordedClosing], document: Callable[[int], bytes]) -> None:
        self.revisions = revisions
        self._document = document
        self._read: dict[int, dict[str, Any]] = {}

    def until(self, revision: int) -> Frozen:
        """Return the month as it was after a revision."""
        earlier = Frozen(self.revisions[:revision], self._document)
        earlier._read = self._read
        return earlier

    def document(self, revision: int) -> Mapping[str, Any]:
        """Return the document of a revision, counted from 1."""
        if revision not in self._read:
            recorded = self.revisions[revision - 1]
            self._read[revision] = document_of(recorded, self._document(recorded.number))
        return self._read[revision]

    def rows_of(self, revision: int) -> Rows:
        """Return the rows that a revision froze."""
        empty: Row = dict.fromkeys(COLUMNS)
        return tuple(empty | cells for cells in self.document(revision)["rows"])

    def rows(self, revision: int | None = None, *, with_corrections: bool = False) -> Rows:
        """Return what the revisions up to one say, or all of them: of each row what was frozen last."""
        found: dict[Key, Row] = {}
        for number in self._until(revision, with_corrections=with_corrections):
            for row in self.rows_of(number):
                if with_corrections or row["status"] != CORRECTION:
                    found[key_of(row)] = row
        return tuple(found.values())

    def kept(self, revision: int | None = None, *, with_corrections: bool = False) -> dict[str, Kept]:
        """Return what the statements of such rows rest on, by their ids, as far as it was frozen."""
        found: dict[str, Kept] = {}
        for number in self._until(revision, with_corrections=with_corrections):
            document = self.document(number)
            kept = document.get(KEPT, {})
            for row in document["rows"] if kept else ():
                if row["id"] in kept and (with_corrections or row["status"] != CORRECTION):
                    found[row["id"]] = kept[row["id"]]
        return found

    def _until(self, revision: int | None, *, with_corrections: bool) -> Iterator[int]:
        for number, recorded in enumerate(self.revisions[:revision], start=1):
            if with_corrections or not recorded.closing.is_restated:
                yield number

    def newest(self) -> tuple[int, str]:
        """Return the newest revision that is no correction, and the digest of its document."""
        for recorded in reversed(self.revisions):
            closing = recorded.closing
            is_correction = closing.is_restated or (
                closing.revision > 1 and all(row["status"] == CORRECTION for row in self.rows_of(closing.revision))
            )
            if not is_correction:
                return closing.revision, closing.document
        raise AssertionError("revision 1 is no correction")

    def corrections(self, made_in: str) -> Iterator[tuple[int, Row]]:
        """Yield the corrections that were made in a month, each with the number of its act."""
        for recorded in self.revisions[1:]:
            if recorded.closing.dated == made_in:
                for row in self.rows_of(recorded.closing.revision):
                    if row["status"] == CORRECTION:
                        yield recorded.number, row


def frozen_months(acts: Iterable[Act], document: Callable[[int], bytes]) -> dict[str, Frozen]:
    """Return what is frozen, by month. Raises LedgerCorrupt."""
    return {month: Frozen(revisions, document) for month, revisions in recorded_closings(acts).items()}


def corrections_of(months: Iterable[Frozen], made_in: str) -> tuple[Rows, int]:
    """Return the corrections of all months that were made in one, in the order of their acts, and the number of the
    last of these, 0 where there is none."""
    found = sorted((each for month in months for each in month.corrections(made_in)), key=_number)
    return tuple(row for _, row in found), found[-1][0] if found else 0


def _number(correction: tuple[int, Row]) -> int:
    return correction[0]
