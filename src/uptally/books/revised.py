"""How rows are frozen: at first, when a person decides, and when they are stated again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from uptally.books.frozen import Frozen, Key, key_of
from uptally.errors import ClosingRefused
from uptally.export.rows import CLOSED, CORRECTION, OPEN, Row, Rows
from uptally.model.agreement import Booking
from uptally.model.closing import Choice
from uptally.model.settings import Settings

ASKS = f"undetermined_{Booking.ASK.value}"
"""The code of a statement that is not booked before a person decides."""

_OWN = ("revision", "status", "difference_ms", "difference_amount")
"""The columns that say how a row was frozen, and nothing of what was measured."""


def is_open(rows: Iterable[Row]) -> bool:
    """Tell whether a person has to decide about the statement of some rows."""
    return any(row["status"] == OPEN or ASKS in str(row["reason_codes"] or "").split() for row in rows)


def first_frozen(rows: Rows) -> Rows:
    """Return rows as the first revision of a month freezes them: all rows of a statement that is open are."""
    undecided = {row["id"] for row in rows if is_open([row])}
    return tuple(row | {"revision": 1, "status": OPEN if row["id"] in undecided else CLOSED} for row in rows)


def corrected(before: Frozen, rows: Rows, revision: int, *, is_decision: bool) -> Rows:
    """Return those of some rows that a revision freezes, as it does.

    A decision takes the place of the rows that were open, and corrects what was a correction. A restatement has the
    rows that say something else than those of before, and those of statements that there were not: under agreements,
    or of what was observed.
    """
    held = {key_of(row): row for row in before.rows(with_corrections=True)}
    booked = _booked(before)
    found: list[Row] = []
    for row in rows:
        was = held.get(key_of(row))
        if is_decision and was is not None and was["status"] == OPEN:
            found.append(row | {"revision": revision, "status": CLOSED})
        elif is_decision or (_is_news(row) if was is None else _said(row) != _said(was)):
            found.append(row | {"revision": revision, "status": CORRECTION} | _differences(row, was, booked))
    return tuple(found)


def of_one_agreement(settings: Settings, slug: str, choice: Choice) -> Settings | None:
    """Return settings with nothing but an agreement, of which what is undetermined is booked as a person chose."""
    found = [each for each in settings.agreements if each.slug == slug]
    if not found:
        return None
    covered = {each.service for each in found[0].coverage}
    services = tuple(replace(each, terms=()) for each in settings.services if each.slug in covered)
    needed = covered | {slug for each in services for slug in each.components}
    return replace(
        settings,
        endpoints=tuple(each for each in settings.endpoints if each.slug in needed),
        services=services,
        agreements=(replace(found[0], undetermined=Booking(choice.value)),),
    )


def _said(row: Row) -> Row:
    return {column: cell for column, cell in row.items() if column not in _OWN}


def _is_news(row: Row) -> bool:
    return bool(row["agreement"] or row["up_ms"] or row["down_ms"])


def _booked(before: Frozen) -> dict[Key, str]:
    """Return what was last booked of each row."""
    found: dict[Key, str] = {}
    for revision in range(1, len(before.revisions) + 1):
        for row in before.rows_of(revision):
            if row["booked_amount"] is not None:
                found[key_of(row)] = str(row["booked_amount"])
    return found


def _differences(row: Row, was: Row | None, booked: dict[Key, str]) -> Row:
    """Return what is to be added to what was frozen before; what is empty on both sides stays so, and an amount that a
    person has to decide about differs once that is done.
    """
    if was and was["currency"] and row["currency"] and was["currency"] != row["currency"]:
        raise ClosingRefused(
            f"{row['id']} was closed in {was['currency']} and would be corrected in {row['currency']}: amounts of two"
            " currencies have no difference; put back the fee's currency, and book the rest by hand"
        )
    counted, before_ms = row["counted_down_ms"], was["counted_down_ms"] if was else None
    amount, earlier = row["booked_amount"], booked.get(key_of(row))
    is_told = amount is not None or (earlier is not None and not is_open([row]))
    return {
        "difference_ms": None if counted is None and before_ms is None else int(counted or 0) - int(before_ms or 0),
        "difference_amount": f"{Decimal(str(amount or 0)) - Decimal(earlier or 0):f}" if is_told else None,
    }
