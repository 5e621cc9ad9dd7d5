"""What a month's export says, in whatever format: its rows, and how far they can be relied upon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol
from zoneinfo import ZoneInfo

from uptally.books.account import Books, Unstated, account_of_month
from uptally.books.frozen import corrections_of, frozen_months
from uptally.books.held import held_rows
from uptally.books.recorded import Recorded, recorded_of
from uptally.errors import QuantityError
from uptally.export.month import MonthRows
from uptally.export.rows import PROVISIONAL, Row, Rows, measured_row, statement_rows
from uptally.model.act import Act
from uptally.model.head import Head
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

    def head(self) -> Head:
        """Return the newest act and block."""
        ...


def rows_of_month(ledger: Ledger, settings: Settings, month: str, now_ms: int) -> MonthRows:
    """Return the rows of a month, such as `2026-10`, as of an instant; within a snapshot they fit together.

    Of a month that was closed these are the rows that were frozen by its closing and by decisions, and with them the
    corrections that were made in that month of earlier ones. `2026-10@2` is what the month's revisions up to that one
    say, corrections of it included. Raises QuantityError where `month` is none, has no such revision, or has not begun,
    and LedgerCorrupt where an act or a document was changed.
    """
    label = month.partition("@")[0]
    zone = settings.page.zone
    window = month_window(label, zone)
    if window.start_ms > now_ms:
        raise QuantityError(f"{label} has not begun: it starts at {format_instant(window.start_ms)}")
    ledger.verify_acts()
    is_over = window.end_ms <= now_ms
    closings = ledger.acts(CLOSE)
    held = held_rows(closings, ledger.document, month)
    if held is not None:
        return held
    corrections, _ = corrections_of(frozen_months(closings, ledger.document).values(), label)
    recorded = recorded_of(ledger.acts())
    rows = derived_rows(ledger, settings, label, now_ms=now_ms, recorded=recorded)
    rows = (*rows, *corrections)
    return MonthRows(label, rows, PROVISIONAL, revision=0, digest="", is_over=is_over, head=ledger.head())


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
