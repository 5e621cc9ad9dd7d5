"""A month as PDF, by typst: a statement for each agreement that could be sent to the customer."""

from __future__ import annotations

from collections.abc import Iterator

from uptally.export.letter import letter, line, month_name
from uptally.export.method import METHOD
from uptally.export.month import MonthRows
from uptally.export.rows import Row
from uptally.export.typeset import typeset

PART_ROWS = 50
"""Of agreements, after which another part begins: typst takes up to a megabyte of memory for each row of a part."""

_NOT_FOR_CUSTOMERS = ("Credit", "Booked")
"""What of the method is about the columns of the other formats."""


def to_pdf(month: MonthRows, *, part_rows: int = PART_ROWS) -> bytes:
    """Write the statements of a month's agreements, each on pages of its own, which are counted.

    Names and texts come to it as data, so that none is read as markup. It has only the fonts that typst brings. The
    same month gives the same bytes, by the same versions of typst and pypdf. Raises ExtraMissing.
    """
    state = month.state if month.is_over else f"{month.state}, the month is not over"
    common = {
        "title": f"Statements of {month.month}",
        "name": month_name(month.month),
        "words": [each for each in METHOD if each[0] not in _NOT_FOR_CUSTOMERS],
        "seal": [
            line("State", f"{state}, revision {month.revision}"),
            line("SHA-256 of the rows that were frozen", month.digest or "none: the month is not closed"),
            line(f"Digest of act {month.head.act} of the ledger", month.head.act_digest or "none"),
        ],
    }
    parts = ({**common, "agreements": [letter(month, *each) for each in part]} for part in _parts(month, part_rows))
    return typeset(parts, title=str(common["title"]))


def _parts(month: MonthRows, part_rows: int) -> Iterator[list[tuple[str, list[Row]]]]:
    """Yield agreements with their rows, at least one part; no agreement is divided."""
    agreements: dict[str, list[Row]] = {}
    for row in month.rows:
        if row["agreement"] is not None:
            agreements.setdefault(str(row["agreement"]), []).append(row)
    part: list[tuple[str, list[Row]]] = []
    count = 0
    for each in agreements.items():
        if part and count + len(each[1]) > part_rows:
            yield part
            part, count = [], 0
        part.append(each)
        count += len(each[1])
    yield part
