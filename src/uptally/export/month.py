"""What a month's file says, in whatever format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from uptally.export.rows import CORRECTION, Rows, have_data
from uptally.model.head import Head

Cells = tuple[str | int | None, ...]

OUTAGE_COLUMNS = (
    "window",
    "start",
    "end",
    "start_earliest",
    "start_latest",
    "end_earliest",
    "end_latest",
    "down_ms",
    "unknown_ms",
    "counted_ms",
    "reason",
    "components",
)
"""What is told of an outage, once for each service window. Instants are in UTC; one that is not known is empty."""

EXCLUSION_COLUMNS = ("exclusion", "kind", "start", "end", "announced", "counts")
"""What is told of time to leave out; `counts` is `yes`, or `no` where the terms do not leave it out."""


class Explanation(NamedTuple):
    """What a statement rests on: the parties' provider, the sum shown line by line, its outages, and what was left out;
    how the provider is written to, and the clauses of the terms, each with its name first.

    Cells are in the order of `OUTAGE_COLUMNS` and `EXCLUSION_COLUMNS`.
    """

    provider: str = ""
    lines: tuple[str, ...] = ()
    outages: tuple[Cells, ...] = ()
    exclusions: tuple[Cells, ...] = ()
    contacts: tuple[str, ...] = ()
    clauses: tuple[tuple[str, ...], ...] = ()


Explanations = Mapping[str, Explanation]
"""By the id of the statement, which is that of its rows."""


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The rows of a month in their order; what state it is in, and by which revision, with the digest of its document.
    Those of one agreement alone have its slug as `agreement`.

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
    explanations: Explanations = field(default_factory=dict)
    agreement: str = ""

    def of(self, agreement: str) -> MonthRows:
        """Return the rows of one agreement, by its slug; those that were frozen under another name are its own too."""
        own = f"{agreement}/"
        rows = tuple(row for row in self.rows if str(row["id"]).startswith(own))
        return replace(self, rows=rows, agreement=agreement)

    @property
    def has_data(self) -> bool:
        """Whether anything at all was observed in the month: without it there is no figure, and never one of 100%."""
        return have_data(row for row in self.rows if row["status"] != CORRECTION)
