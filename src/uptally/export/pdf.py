"""A month as PDF, by typst: a statement for each agreement that could be sent to the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from uptally.export.method import METHOD
from uptally.export.month import Explanation, MonthRows
from uptally.export.rows import CORRECTION, OPEN, PROVISIONAL, Row
from uptally.export.typeset import typeset

Line = dict[str, object]

PART_ROWS = 100
"""Of agreements, after which another part begins: typst takes up to a megabyte of memory for each row of a part."""

_CLAIMS = {
    "not_made": "The credit is to be claimed, and no claim is on record.",
    "late": "The claim was made too late.",
    "in_time": "The credit was claimed in time.",
    "not_required": "No claim has to be made.",
}
"""By what is on record of it: what asks most of the reader counts."""

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
        "name": month.month,
        "words": [each for each in METHOD if each[0] not in _NOT_FOR_CUSTOMERS],
        "seal": [
            _line("State", f"{state}, revision {month.revision}"),
            _line("SHA-256 of the rows that were frozen", month.digest or "none: the month is not closed"),
            _line(f"Digest of act {month.head.act} of the ledger", month.head.act_digest or "none"),
        ],
    }
    parts = ({**common, "agreements": [_agreement(month, *each) for each in part]} for part in _parts(month, part_rows))
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


def _agreement(month: MonthRows, name: str, rows: list[Row]) -> dict[str, Any]:
    services: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        services.setdefault((str(row["service"]), str(row["id"]), str(row["status"])), []).append(row)
    first = rows[0]
    told = [(key[0], row["period_verdict"]) for key, of in services.items() for row in of[:1] if key[2] != CORRECTION]
    return {
        "title": str(first["customer"] or name),
        "footer": f"{first['customer'] or name}, {month.month}, revision {month.revision}, {month.state}",
        "deck": "; ".join(f"{service}: {verdict or 'no verdict'}" for service, verdict in told) or "Corrections only",
        "facts": [
            _line("Agreement", name),
            *([_line("Reference", str(first["reference"]))] if first["reference"] else []),
            _line("Days and months are cut in", str(first["timezone"])),
            _line("State", month.state if month.is_over else "provisional: the month is not over"),
        ],
        "services": [
            {
                "title": _title(of[0]),
                "parts": [*map(_part, of), *_credit(of[0])],
                "sum": month.explanations.get(str(of[0]["id"]), Explanation()).lines,
            }
            for of in services.values()
        ],
        "claim": _claim(rows),
    }


def _title(row: Row) -> str:
    kind = {CORRECTION: ", correction", OPEN: ", open", PROVISIONAL: ", provisional"}.get(str(row["status"]), "")
    return f"{row['service']}, {row['period']}{kind}"


def _part(row: Row) -> dict[str, Any]:
    """Return what a service window or another objective came to, line by line, so that it can be added up by hand."""
    if row["window"] is None:
        value = _line("Came to", str(row["objective_value"] or "not known"))
        return {"title": str(row["objective"]), "lines": [value, _line("Verdict", str(row["verdict"]), strong=True)]}
    lines = [
        _line("Scheduled service time", _seconds(row["scheduled_ms"])),
        _line("less what was excluded", _seconds(row["excluded_ms"], sign="-")),
        _line("Agreed service time", _seconds(row["agreed_service_ms"]), strong=True),
        _line("of it up", _seconds(row["up_ms"])),
        _line("of it down", _seconds(row["down_ms"])),
        _line("of it not known", _seconds(row["unknown_ms"])),
        _line("Downtime that counts by the terms", _seconds(row["counted_down_ms"])),
        _line("divided by", _seconds(row["denominator_ms"])),
        _line("Availability, cut off", _percent(row["availability_percent"]), strong=True),
        _line(
            "at worst and at best",
            f"{_percent(row['availability_worst_percent'])} to {_percent(row['availability_best_percent'])}",
        ),
        _line("Promised", _percent(row["target_percent"])),
        _line("Downtime that the promise allows", _seconds(row["budget_ms"])),
        _line("left of it, negative when overdrawn", _seconds(row["budget_left_ms"])),
        _line("Verdict", str(row["verdict"] or "none"), strong=True),
    ]
    if row["difference_ms"] is not None:
        lines.append(_line("Counted downtime that this correction adds", _seconds(row["difference_ms"])))
    return {"title": f"Service hours: {row['window']}", "lines": lines}


def _credit(row: Row) -> Iterator[dict[str, Any]]:
    if row["currency"] is None:
        return
    lines = [
        _line("Part of the fee", _percent(row["credit_percent"])),
        _line("Credit at the counted figure", _money(row, "credit_amount")),
        _line("at least and at most", f"{_money(row, 'credit_least_amount')} to {_money(row, 'credit_most_amount')}"),
        _line("Tax on it", _money(row, "tax_amount")),
        _line("Booked", _money(row, "booked_amount"), strong=True),
    ]
    if row["difference_amount"] is not None:
        lines.append(_line("Amount that this correction adds", _money(row, "difference_amount"), strong=True))
    yield {"title": "Credit", "lines": lines}


def _claim(rows: Iterable[Row]) -> str:
    """Return what is to be done by when: by the first of the deadlines."""
    claims = {row["claim"] for row in rows}
    until = [str(row["claim_before"]) for row in rows if row["claim"] == "not_made" and row["claim_before"]]
    if until:
        moment = min(until).replace("T", " ").removesuffix(":00.000Z").removesuffix("Z")
        return f"Claim the credit before {moment} UTC, naming the agreement, the service and the period as above."
    return next((text for claim, text in _CLAIMS.items() if claim in claims), "Nothing is to be claimed.")


def _line(name: str, value: str, *, strong: bool = False) -> Line:
    return {"name": name, "value": value, "strong": strong}


def _seconds(value: str | int | None, *, sign: str = "") -> str:
    """Write milliseconds as seconds, exactly."""
    if not isinstance(value, int):
        return "not known"
    whole, rest = divmod(abs(value), 1_000)
    sign = "-" if value < 0 else sign if value else ""
    return f"{sign}{whole:,}.{rest:03} s"


def _percent(value: str | int | None) -> str:
    return "no figure" if value is None else f"{value}%"


def _money(row: Row, column: str) -> str:
    """Write an amount as it is, with the places of its currency."""
    return "not yet" if row[column] is None else f"{row[column]} {row['currency']}"
