"""What a month's export says, in whatever format: its rows, and how far they can be relied upon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from uptally.books.account import Books, Unstated, account_of_month
from uptally.books.explained import Clauses, Explained, Kept, kept_of
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


class Derived(NamedTuple):
    """Rows, and by the ids of their statements what these rest on."""

    rows: Rows
    kept: Mapping[str, Kept] = {}

    def of(self, rows: Rows) -> Derived:
        """Return some of the rows, or others of their statements, with what these rest on."""
        names = dict.fromkeys(str(row["id"]) for row in rows)
        return Derived(rows, {name: self.kept[name] for name in names if name in self.kept})


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
    rows, kept = derived_rows(ledger, settings, label, now_ms=now_ms, recorded=recorded)
    rows, told = (*rows, *corrections), Explained(kept)
    head = ledger.head()
    return MonthRows(label, rows, PROVISIONAL, revision=0, digest="", is_over=is_over, head=head, explanations=told)


def derived_rows(ledger: Books, settings: Settings, month: str, *, now_ms: int, recorded: Recorded) -> Derived:
    """Return the rows of a month as they follow from observations and acts, whatever was frozen of it.

    Each has the id of its statement: the slugs of agreement (`_` where there is none) and service, and the label
    of the period; a number follows where terms that changed within the period give several.
    """
    account = account_of_month(ledger, settings, month, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    seen: Counter[str] = Counter()
    found: list[Row] = []
    kept: dict[str, Kept] = {}
    clauses = Clauses()
    for each in account:
        name = _name(each)
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name}#{seen[name]}"
        found.extend(row | {"id": name} for row in _rows(each, settings.page.zone))
        if not isinstance(each, Unstated):
            kept[name] = kept_of(each, clauses)
    return Derived(tuple(found), kept)


def _name(told: PeriodStatement | Unstated) -> str:
    if isinstance(told, Unstated):
        return f"_/{told.endpoint.slug}/{told.month}"
    return f"{told.agreement.slug if told.agreement else '_'}/{told.service.slug}/{told.label}"


def _rows(told: PeriodStatement | Unstated, zone: ZoneInfo) -> Iterator[Row]:
    return iter([measured_row(*told, zone=zone)]) if isinstance(told, Unstated) else statement_rows(told)
