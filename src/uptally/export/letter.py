"""What the statement of an agreement says on paper, to its customer: as data that `statement.typ` sets, in English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from uptally.export.month import EXCLUSION_COLUMNS, OUTAGE_COLUMNS, Cells, Explanation, MonthRows
from uptally.export.rows import CORRECTION, OPEN, PROVISIONAL, Row, due_amount

Line = dict[str, object]

TOLD_MAX = 100
"""Of outages and of exclusions of a statement, so many are listed; all of them are in the workbook."""

_SERVICES_MAX = 2
"""Of so many services the lead says what was measured; the table below it tells of all."""

_CLAIMS = {
    "not_made": "The credit is to be claimed, and no claim is on record.",
    "late": "The claim was made too late.",
    "in_time": "The credit was claimed in time.",
    "not_required": "No claim has to be made.",
}
"""By what is on record of it: what asks most of the reader counts."""


def letter(month: MonthRows, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what is said of an agreement of such a name, of which these are the rows."""
    first = rows[0]
    statements: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        statements.setdefault((str(row["id"]), str(row["status"])), []).append(row)
    told = [(of, month.explanations.get(key[0], Explanation())) for key, of in statements.items()]
    explained = told[0][1]
    provider = "; ".join(filter(None, (explained.provider, *explained.contacts)))
    heads = [of[0] for of, _ in told]
    return {
        "footer": f"{first['customer'] or name}, {month.month}, revision {month.revision}, {month.state}",
        "title": _headline(month, heads),
        "customer": str(first["customer"] or name),
        "deck": list(_deck([of for of, _ in told])),
        "facts": [
            *([line("Provider", provider)] if provider else []),
            line("Customer", str(first["customer"] or "not named")),
            line("Agreement", name),
            *([line("Number", str(first["reference"]))] if first["reference"] else []),
            line("Days and months are cut in", str(first["timezone"])),
            line("State", f"{month.state}, revision {month.revision}" if month.is_over else "provisional so far"),
        ],
        "overview": [_overview(row, is_first=row is of[0], is_alone=len(of) == 1) for of, _ in told for row in of],
        "totals": list(_totals(heads)),
        "services": [_service(of, rests) for of, rests in told],
        "claim": list(_claim(rows, explained)),
    }


def line(name: str, value: str, *, strong: bool = False) -> Line:
    """Return a line of a sum or of facts."""
    return {"name": name, "value": value, "strong": strong}


def month_name(month: str) -> str:
    """Write a month in words.

    >>> month_name("2026-10")
    'October 2026'
    """
    return f"{datetime.fromisoformat(f'{month}-01'):%B %Y}"


def _headline(month: MonthRows, heads: Iterable[Row]) -> str:
    name = month_name(month.month)
    verdicts = [head["period_verdict"] for head in heads if head["status"] != CORRECTION]
    if not verdicts:
        return f"Corrections made in {name}"
    count, missed = len(verdicts), verdicts.count("missed")
    if missed:
        text = "Promise missed" if count == 1 else f"{missed} of {count} promises missed"
    elif "undetermined" in verdicts:
        text = "Undetermined"
    elif "met" in verdicts:
        text = "Promise kept" if count == 1 else f"All {count} promises kept"
    else:
        text = "Nothing to measure"
    return f"{text} in {name}" if month.is_over else f"{name} so far: {text[:1].lower()}{text[1:]}"


def _deck(statements: Sequence[Sequence[Row]]) -> Iterator[str]:
    """Yield what was measured and is due, of each service whose promise was not clearly kept, or of the only one."""
    told = [of for of in statements if of[0]["status"] != CORRECTION]
    telling = [of for of in told if of[0]["period_verdict"] != "met" or len(told) == 1]
    for head, *others in telling if len(telling) <= _SERVICES_MAX else ():
        for row in (head, *others):
            measured, promised = row["availability_percent"], row["target_percent"]
            if measured is not None and promised is not None and (not others or row["verdict"] != "met"):
                where = f"{row['service']}, {row['window']}," if others else row["service"]
                yield f"{where} measured {measured}% against {promised}% promised."
        due = due_amount(head)
        if due is not None and Decimal(str(due)):
            until = f", to be claimed before {_moment(head['claim_before'], head)}" if head["claim_before"] else ""
            yield f"The credit is {_amount(head, due)}{until}."


def _overview(row: Row, *, is_first: bool, is_alone: bool) -> list[str]:
    """Return what stands in the table of services: a line for each service window, the credit in the first."""
    kind = f", {row['status']}" if row["status"] in (CORRECTION, OPEN) else ""
    part = "" if is_alone else f": {row['window'] or row['objective']}"
    amount = row["difference_amount"] if row["status"] == CORRECTION else due_amount(row)
    return [
        f"{row['service']}, {row['period']}{kind}{part}",
        _percent(row["target_percent"]) if row["target_percent"] else "",
        _percent(row["availability_percent"]) if row["window"] else str(row["objective_value"] or "not known"),
        str(row["verdict"] or "none"),
        (_amount(row, amount) if row["currency"] else "none") if is_first else "",
    ]


def _totals(heads: Sequence[Row]) -> Iterator[Line]:
    """Yield what is to be booked in each currency, corrections with it; nothing is added up of which a part is open."""
    sums: dict[str, Decimal | None] = {}
    for head in heads:
        if head["currency"] is None:
            continue
        value = head["difference_amount" if head["status"] == CORRECTION else "booked_amount"]
        so_far = sums.get(str(head["currency"]), Decimal(0))
        sums[str(head["currency"])] = None if so_far is None or value is None else so_far + Decimal(str(value))
    for currency, amount in sums.items():
        yield line(_booked(heads), "not yet" if amount is None else f"{amount:,f} {currency}", strong=True)


def _booked(heads: Iterable[Row]) -> str:
    return "Booked; no claim is on record" if any(head["claim"] == "not_made" for head in heads) else "Booked"


def _service(rows: Sequence[Row], rests: Explanation) -> dict[str, Any]:
    head = rows[0]
    kind = {CORRECTION: ", correction", OPEN: ", open", PROVISIONAL: ", provisional"}.get(str(head["status"]), "")
    has_windows = len({row["window"] for row in rows}) > 1
    return {
        "title": f"{head['service']}, {head['period']}{kind}",
        "period": f"From {_wall(head['period_start'], head)} to {_moment(head['period_end'], head)}",
        "clauses": [[name, list(texts)] for name, *texts in rests.clauses],
        "parts": [*map(_part, rows), *_credit(head)],
        "outages": [
            _outage(dict(zip(OUTAGE_COLUMNS, each, strict=True)), has_windows) for each in _some(rests.outages)
        ],
        "exclusions": [_exclusion(dict(zip(EXCLUSION_COLUMNS, each, strict=True))) for each in _some(rests.exclusions)],
        "left_out": [
            f"{len(cells) - TOLD_MAX:,} more {what} are in the workbook."
            for what, cells in (("outages", rests.outages), ("exclusions", rests.exclusions))
            if len(cells) > TOLD_MAX
        ],
        "sum": list(rests.lines),
    }


def _some(cells: Sequence[Cells]) -> Sequence[Cells]:
    return cells[:TOLD_MAX]


def _outage(told: Row, has_windows: bool) -> list[str]:
    reason = f"{told['reason']}, {told['window']}" if has_windows else str(told["reason"])
    return [_instant(told["start"]), _instant(told["end"]), reason, _seconds(told["counted_ms"])]


def _exclusion(told: Row) -> list[str]:
    counts = "left out" if told["counts"] == "yes" else "not left out, by the terms"
    return [_instant(told["start"]), _instant(told["end"]), f"{told['kind']} ({told['exclusion']})", counts]


def _part(row: Row) -> dict[str, Any]:
    """Return what a service window or another objective came to, line by line, so that it can be added up by hand."""
    if row["window"] is None:
        value = line("Came to", str(row["objective_value"] or "not known"))
        return {"title": str(row["objective"]), "lines": [value, line("Verdict", str(row["verdict"]), strong=True)]}
    worst, best = _percent(row["availability_worst_percent"]), _percent(row["availability_best_percent"])
    lines = [
        line("Scheduled service time", _seconds(row["scheduled_ms"])),
        line("less what was excluded", _seconds(row["excluded_ms"], sign="-")),
        line("Agreed service time", _seconds(row["agreed_service_ms"]), strong=True),
        line("of it up", _seconds(row["up_ms"])),
        line("of it down", _seconds(row["down_ms"])),
        line("of it not known", _seconds(row["unknown_ms"])),
        line("Downtime that counts by the terms", _seconds(row["counted_down_ms"])),
        line("divided by", _seconds(row["denominator_ms"])),
        line("Availability, cut off", _percent(row["availability_percent"]), strong=True),
        line("at worst and at best", f"{worst} to {best}"),
        line("Promised", _percent(row["target_percent"])),
        line("Downtime that the promise allows", _seconds(row["budget_ms"])),
        line("left of it, negative when overdrawn", _seconds(row["budget_left_ms"])),
        line("Verdict", str(row["verdict"] or "none"), strong=True),
    ]
    if row["difference_ms"] is not None:
        lines.append(line("Counted downtime that this correction adds", _seconds(row["difference_ms"])))
    return {"title": f"Service hours: {row['window']}", "lines": lines}


def _credit(row: Row) -> Iterator[dict[str, Any]]:
    if row["currency"] is None:
        return
    due = due_amount(row)
    lines = [
        line("Part of the fee", _percent(row["credit_percent"])),
        line("Credit at the counted figure", _money(row, "credit_amount")),
        line("at least and at most", f"{_money(row, 'credit_least_amount')} to {_money(row, 'credit_most_amount')}"),
        *([] if due == row["credit_amount"] else [line("Credit that holds", _amount(row, due))]),
        line("Tax on it", _money(row, "tax_amount")),
        line(_booked([row]), _money(row, "booked_amount"), strong=True),
    ]
    if row["difference_amount"] is not None:
        lines.append(line("Amount that this correction adds", _money(row, "difference_amount"), strong=True))
    yield {"title": "Credit", "lines": lines}


def _claim(rows: Iterable[Row], told: Explanation) -> Iterator[str]:
    """Yield what is to be done by when, step by step: by the first of the deadlines."""
    rows = list(rows)
    until = [str(row["claim_before"]) for row in rows if row["claim"] == "not_made" and row["claim_before"]]
    if not until:
        claims = {row["claim"] for row in rows}
        yield next((text for claim, text in _CLAIMS.items() if claim in claims), "Nothing is to be claimed.")
        return
    whom = ", ".join(told.contacts) or told.provider or "the provider"
    yield f"Write to {whom} before {_moment(min(until), rows[0])}."
    number = rows[0]["reference"]
    yield f"Name the agreement{f' {number}' if number else ''}, the service and the period as above."


def _moment(instant: object, row: Row) -> str:
    """Write an instant as people do, by the wall clock of the statement's zone, which is named."""
    return f"{_wall(instant, row)} {row['timezone']}"


def _wall(instant: object, row: Row) -> str:
    at = datetime.fromisoformat(str(instant)).astimezone(ZoneInfo(str(row["timezone"])))
    clock = f"{at:%H:%M:%S}".removesuffix(":00")
    return f"{at.day} {at:%B %Y}, {clock}"


def _instant(value: object) -> str:
    return "not known" if value is None else str(value).replace("T", " ").removesuffix("Z")


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
    """Write the amount of a column with the places of its currency."""
    return _amount(row, row[column])


def _amount(row: Row, value: str | int | None) -> str:
    return "not yet" if value is None else f"{Decimal(str(value)):,f} {row['currency']}"
