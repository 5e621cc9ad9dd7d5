"""What a month's file says, in whatever format."""

from __future__ import annotations

from dataclasses import dataclass

from uptally.export.rows import CORRECTION, Rows
from uptally.model.head import Head


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The rows of a month in their order; what state it is in, and by which revision, with the digest of its document.

    `month` is such as `2026-10`. `state` is `provisional`, `open` while a person has to decide about a statement, or
    `closed`. Revision 0 is a month that was never closed, of which the digest is empty.
    `head` is the act that put on record the newest of what was frozen of it, or else that of the ledger.
    """

    month: str
    rows: Rows
    state: str
    revision: int
    digest: str
    is_over: bool
    head: Head = Head()

    @property
    def has_data(self) -> bool:
        """Whether anything at all was observed in the month: without it there is no figure, and never one of 100%."""
        return any(row["up_ms"] or row["down_ms"] for row in self.rows if row["status"] != CORRECTION)
