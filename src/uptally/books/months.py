"""What a month's export says, in whatever format: its rows, and how far they can be relied upon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol
from zoneinfo import ZoneInfo

from uptally.books.account import Books, Unstated, account_of_month
from uptally.books.frozen import Frozen, corrections_of, frozen_months
from uptally.books.recorded import Recorded, recorded_of
from uptally.errors import QuantityError
from uptally.export.month import MonthRows
from uptally.export.rows import CLOSED, OPEN, PROVISIONAL, Row, Rows, measured_row, statement_rows
from uptally.model.act import Act
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.recurrence import occurrences
from uptally.rules.record.closings import CLOSE
from uptally.units.time import format_instant, month_window


class Ledger(Books, Protocol):
    """What a month's rows need of a ledger: `ledger.Reader` is one."""

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        ...

    def document(self, number: int) -> bytes:
        """Return what is kept beside an act, empty where nothing is."""
        ...

    def verify_acts(self) -> None:
        """Raise LedgerCorrupt, naming the first act that does not hold."""
        ...


def rows_of_month(ledger: Ledger, settings: Settings, month: str, now_ms: int) -> MonthRows:
    """Return the rows of a month, such as `2026-10`, as of an instant; within a snapshot they fit together.

    Of a month that was closed these are the rows that were frozen by its closing and by decisions, and with them the
    corrections that were made in that month of earlier ones. `2026-10@2` is what the month's revisions up to that one
    say, corrections of it included. Raises QuantityError where `month` is none, has no such revision, or has not begun,
    and LedgerCorrupt where an act or a document was changed.
    """
    label, at, number = month.partition("@")
    zone = settings.page.zone
    window = month_window(label, zone)
    if window.start_ms > now_ms:
        raise QuantityError(f"{label} has not begun: it starts at {format_instant(window.start_ms)}")
    ledger.verify_acts()
    is_over = window.end_ms <= now_ms
    months = frozen_months(ledger.acts(CLOSE), ledger.document)
    held = months.get(label)
    if at:
        return _revision(held, label, number)
    corrections = corrections_of(months.values(), label, zone)
    if held is not None:
        rows = held.rows()
        revision, digest = held.newest()
        state = OPEN if any(row["status"] == OPEN for row in rows) else CLOSED
        return MonthRows(label, (*rows, *corrections), state, revision, digest, is_over)
    recorded = recorded_of(ledger.acts())
    rows = derived_rows(ledger, settings, label, now_ms=now_ms, recorded=recorded)
    return MonthRows(label, (*rows, *corrections), PROVISIONAL, revision=0, digest="", is_over=is_over)


def derived_rows(ledger: Books, settings: Settings, month: str, *, now_ms: int, recorded: Recorded) -> Rows:
    """Return the rows of a month as they follow from observations and acts, whatever was frozen of it.

    Each has the id of its statement: the slugs of agreement (`_` where there is none) and service, and the label
    of the period; a number follows where terms that changed within the period give several.
    """
    account = account_of_month(ledger, settings, month, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    seen: Counter[str] = Counter()
    return tuple(row for each in account for row in _rows(each, settings.page.zone, seen))


def _rows(told: PeriodStatement | Unstated, zone: ZoneInfo, seen: Counter[str]) -> Iterator[Row]:
    if isinstance(told, Unstated):
        name, rows = f"_/{told.endpoint.slug}/{told.month}", iter([measured_row(*told, zone=zone)])
    else:
        slug = told.agreement.slug if told.agreement else "_"
        name, rows = f"{slug}/{told.service.slug}/{told.label}", statement_rows(told)
    seen[name] += 1
    if seen[name] > 1:
        name = f"{name}#{seen[name]}"
    for row in rows:
        yield row | {"id": name}


def _revision(held: Frozen | None, label: str, number: str) -> MonthRows:
    count = len(held.revisions) if held else 0
    if held is None or not number.isascii() or not number.isdecimal() or not 1 <= int(number) <= count:
        there_are = f"its revisions are 1 to {count}" if count else "it was never closed"
        raise QuantityError(f"{label} has no revision {number!r}: {there_are}")
    rows = held.rows(int(number), with_corrections=True)
    state = OPEN if any(row["status"] == OPEN for row in rows) else CLOSED
    return MonthRows(label, rows, state, int(number), held.revisions[int(number) - 1].closing.document, is_over=True)
