"""What is due of credits, statement by statement, and how far each was claimed, granted and paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from uptally.books.months import Ledger, rows_of_month
from uptally.errors import QuantityError
from uptally.export.rows import CORRECTION, OPEN, Row, due_amount
from uptally.model.settings import Settings
from uptally.rules.record.claims import CLAIM_KINDS, Claimed, ClaimState, Course, recorded_courses
from uptally.units.instant import parse_instant
from uptally.units.time import month_window

CLAIMABLE, LAPSED, NOT_REQUIRED = "claimable", "lapsed", "not_required"
"""States of a credit of which no claim is on record: it may be claimed, its time is over, or it needs no claim."""

AMOUNTS = (
    "credit_amount",
    "booked_amount",
    "claimable_amount",
    "lapsed_amount",
    "not_required_amount",
    "claimed_amount",
    "granted_amount",
    "refused_amount",
    "disputed_amount",
    "paid_amount",
)
CREDIT_COLUMNS = ("id", "month", "customer", "agreement", "service", "period", "currency", "state", "claim_before")


def credits_of_year(ledger: Ledger, settings: Settings, year: str, *, now_ms: int) -> list[Row]:
    """Return the credits of the statements of a year's months, and of corrections that were made in it, in the columns
    `CREDIT_COLUMNS` and `AMOUNTS`; within a snapshot.

    `credit_amount` is what a statement comes to, whether it was claimed or not, and stands as well in the column of its
    state, where `granted_amount` is what was granted and not yet paid. `booked_amount` is what is booked, corrections
    included. A correction of an earlier year's statement is only booked. Raises QuantityError where `year` is none or
    has not begun, and LedgerCorrupt.
    """
    zone = settings.page.zone
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise QuantityError(f"{year!r} is no year: write it as 2026")
    months = [f"{year}-{number:02d}" for number in range(1, 13)]
    if month_window(months[0], zone).start_ms > now_ms:
        raise QuantityError(f"{year} has not begun")
    courses = recorded_courses(ledger.acts(*CLAIM_KINDS))
    found: dict[str, Row] = {}
    for month in months:
        if month_window(month, zone).start_ms <= now_ms:
            for row in rows_of_month(ledger, settings, month, now_ms).rows:
                if row["currency"] is not None:
                    _add(found, row, month)
    told = (_told(row, courses, zone, now_ms) for row in found.values())
    return [row for row in told if row is not None]


def totals(credits: Iterable[Row], by: str) -> list[Row]:
    """Return the sums of credits by `customer`, `service` or `currency`, each currency on its own, by name."""
    found: dict[tuple[str, str], Row] = {}
    for row in credits:
        key = str(row[by] or ""), str(row["currency"])
        total = found.setdefault(key, {by: row[by], "currency": row["currency"], **dict.fromkeys(AMOUNTS)})
        for column in AMOUNTS:
            if row[column] is not None:
                total[column] = f"{Decimal(total[column] or 0) + Decimal(str(row[column])):f}"
    return [found[key] for key in sorted(found)]


def _add(found: dict[str, Row], row: Row, month: str) -> None:
    """Add what a row of a month says to the credit of its statement."""
    name = str(row["id"])
    is_correction = row["status"] == CORRECTION
    booked = row["difference_amount" if is_correction else "booked_amount"]
    if booked is None and row["status"] != OPEN:
        return
    nothing: Row = {"month": month, "state": CORRECTION, "booked_amount": None}
    credit = found.setdefault(name, {column: row.get(column) for column in CREDIT_COLUMNS} | nothing)
    if booked is not None:
        credit["booked_amount"] = f"{Decimal(credit['booked_amount'] or 0) + Decimal(str(booked)):f}"
    if not is_correction or credit["state"] != CORRECTION:
        stands = {"state": row["claim"], "claim_before": row["claim_before"], "credit_amount": due_amount(row)}
        found[name] = credit | stands


def _told(credit: Row, courses: Mapping[Claimed, Course], zone: ZoneInfo, now_ms: int) -> Row | None:
    """Return a credit in its columns, None where it is nothing and nothing was claimed."""
    told: Row = dict.fromkeys((*CREDIT_COLUMNS, *AMOUNTS)) | credit
    if credit["state"] == CORRECTION:
        return told
    agreement, service, period = str(credit["id"]).partition("#")[0].split("/", 2)
    course, worth = courses.get(Claimed(agreement, service, period)), credit["credit_amount"]
    if course is None and worth is not None and not Decimal(worth) and not Decimal(credit["booked_amount"] or 0):
        return None
    return told | _stands(credit, course, zone, now_ms)


def _stands(credit: Row, course: Course | None, zone: ZoneInfo, now_ms: int) -> Row:
    """Return the state of a credit, and its amounts in it."""
    worth, before = credit["credit_amount"], credit["claim_before"]
    if course is not None:
        state = course.state.value
        amounts: Row = {"paid_amount": f"{course.paid:f}"} if course.paid else {}
        if course.state is ClaimState.GRANTED:
            amounts["granted_amount"] = f"{course.granted - course.paid:f}"
        elif course.state is not ClaimState.PAID and worth is not None:
            amounts[f"{state}_amount"] = f"{Decimal(worth) - course.paid:f}"
        return {"state": state, **amounts}
    if worth is None:
        return {"state": OPEN}
    if credit["state"] == NOT_REQUIRED:
        state = NOT_REQUIRED
    else:
        state = LAPSED if before is not None and parse_instant(str(before), zone) <= now_ms else CLAIMABLE
    return {"state": state, f"{state}_amount": worth}
