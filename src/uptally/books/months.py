"""What a month's export says, in whatever format: its rows, and how far they can be relied upon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from uptally.books.account import Books, Unstated, account_of_month
from uptally.books.recorded import recorded_of
from uptally.errors import QuantityError
from uptally.export.rows import Row, measured_row, statement_rows
from uptally.model.act import Act
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.recurrence import occurrences
from uptally.units.time import format_instant, month_window

PROVISIONAL = "provisional"
"""The state of a month of which the figures may still change."""


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The rows of a month in their order; what state it is in, and by which revision, with that one's digest.

    Revision 0 is a month that was never closed, of which the digest is empty. A month that is not over says so.
    """

    rows: tuple[Row, ...]
    state: str
    revision: int
    digest: str
    is_over: bool


class Ledger(Books, Protocol):
    """What a month's rows need of a ledger: `ledger.Reader` is one."""

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        ...

    def verify_acts(self) -> None:
        """Raise LedgerCorrupt, naming the first act that does not hold."""
        ...


def rows_of_month(ledger: Ledger, settings: Settings, month: str, now_ms: int) -> MonthRows:
    """Return the rows of a month, such as `2026-10`, as of an instant; within a snapshot they fit together.

    Raises QuantityError where `month` is none or has not begun, and LedgerCorrupt where an act was changed.
    """
    zone = settings.page.zone
    window = month_window(month, zone)
    if window.start_ms > now_ms:
        raise QuantityError(f"{month} has not begun: it starts at {format_instant(window.start_ms)}")
    ledger.verify_acts()
    recorded = recorded_of(ledger.acts())
    account = account_of_month(ledger, settings, month, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    rows = tuple(row for each in account for row in _rows(each, zone))
    return MonthRows(rows, PROVISIONAL, revision=0, digest="", is_over=window.end_ms <= now_ms)


def _rows(told: PeriodStatement | Unstated, zone: ZoneInfo) -> Iterable[Row]:
    if isinstance(told, Unstated):
        return [measured_row(*told, zone=zone)]
    return statement_rows(told)
