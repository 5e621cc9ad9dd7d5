"""What statements rest on, as it is frozen and as a workbook tells it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from tests.books.agreed import TERMS, agreement, at, settings_of, stated, watched
from uptally.books.explained import Clauses, Explained, kept_of
from uptally.books.recorded import Recorded
from uptally.export.month import MonthRows
from uptally.export.rows import statement_rows
from uptally.export.xlsx import to_xlsx
from uptally.model.exclusion import Plan, RecordedExclusion
from uptally.model.period_statement import PeriodStatement
from uptally.model.terms import ExclusionRule, ExclusionRules
from uptally.units.time import DAY_MS, HOUR_MS

ID = "acme/web/2026-10"
OUTAGES = (("2026-10-05T12:00", "2026-10-05T13:30"), ("2026-10-20T01:00", "2026-10-20T01:05"))
Sheet = list[dict[str, object]]


def planned(name: str, kind: str, day: str, *, ahead_ms: int = 2 * DAY_MS) -> RecordedExclusion:
    start_ms = at(f"{day}T12:30")
    return RecordedExclusion(Plan(name, kind, start_ms, start_ms + HOUR_MS), "ann", start_ms - ahead_ms)


@pytest.fixture(scope="module")
def statement() -> PeriodStatement:
    """A month with two outages, of one of which a part is excluded, and with exclusions that do not count."""
    terms = replace(TERMS, exclusions=ExclusionRules((ExclusionRule("maintenance", notice_ms=DAY_MS),)))
    settings = settings_of(["web"], agreements=[agreement(terms)])
    plans = (
        planned("move", "maintenance", "2026-10-05"),
        planned("flood", "force_majeure", "2026-10-07"),
        planned("late", "maintenance", "2026-10-20", ahead_ms=HOUR_MS),
        planned("before", "maintenance", "2026-09-20"),
    )
    (found,) = stated({"web": watched(*OUTAGES)}, settings, recorded=Recorded(exclusions=plans))
    return found


@pytest.fixture(scope="module")
def sheets(statement: PeriodStatement) -> dict[str, Sheet]:
    """The workbook of the month, read back, with what the statement rests on as a closing's document has it."""
    kept = json.loads(json.dumps({ID: kept_of(statement, Clauses())}))
    rows = tuple(row | {"id": ID} for row in statement_rows(statement))
    content = to_xlsx(MonthRows("2026-10", rows, "closed", 1, "", is_over=True, explanations=Explained(kept)))
    found: dict[str, Sheet] = {}
    for sheet in load_workbook(io.BytesIO(content)):
        header, *cells = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, header), each, strict=True)) for each in cells]
    return found


def milliseconds(cell: object) -> int | None:
    """Return the instant that a date of a workbook is, which is a number of days and not kept to the last bit."""
    if cell is None:
        return None
    assert isinstance(cell, datetime)
    return round(cell.replace(tzinfo=UTC).timestamp() * 1_000)


def test_the_outages_of_a_workbook_are_those_of_the_statement(
    statement: PeriodStatement, sheets: dict[str, Sheet]
) -> None:
    bounds = ("start", "end", "start_earliest", "start_latest", "end_earliest", "end_latest")
    assert len(statement.outages) == 2
    for row, outage in zip(sheets["Outages"], statement.outages, strict=True):
        assert [milliseconds(row[name]) for name in bounds] == [getattr(outage, f"{name}_ms") for name in bounds]
        assert (row["down_ms"], row["unknown_ms"]) == (outage.down_ms, outage.unknown_ms)
        assert (row["window"], row["counted_ms"]) == ("always", outage.counted["always"])
        assert (row["reason"], row["components"]) == (outage.reason.label, "web")
        assert (row["id"], row["agreement"], row["service"]) == (ID, "Acme", "Web")


def test_the_exclusions_of_a_workbook_are_those_of_the_period_and_say_whether_they_count(
    sheets: dict[str, Sheet],
) -> None:
    found = [(row["exclusion"], row["kind"], row["counts"]) for row in sheets["Exclusions"]]
    assert found == [
        ("move", "maintenance", "yes"),
        ("flood", "force_majeure", "no"),
        ("late", "maintenance", "no"),
    ]
    told = sheets["Exclusions"][0]
    instants = [milliseconds(told[name]) for name in ("start", "end", "announced")]
    assert instants == [at("2026-10-05T12:30"), at("2026-10-05T13:30"), at("2026-10-03T12:30")]


def test_the_sum_of_a_workbook_is_that_of_the_report(statement: PeriodStatement, sheets: dict[str, Sheet]) -> None:
    lines = [cells[1] for row in sheets["Method"] if (cells := tuple(row.values()))[0] == ID]
    assert lines == list(statement.lines)
    assert len(lines) > 5


def test_closing_keeps_the_clauses_of_the_terms_and_how_the_provider_is_written_to(statement: PeriodStatement) -> None:
    assert statement.agreement is not None
    party = replace(statement.agreement.provider, contacts=("credits@us.example",))
    told = replace(statement, agreement=replace(statement.agreement, provider=party))
    found = Explained(json.loads(json.dumps({ID: kept_of(told, Clauses())})))[ID]
    assert found.contacts == ("credits@us.example",)
    assert ("Left out", "Maintenance, if it is announced 1 day before") in found.clauses
    (credits,) = (texts for name, *texts in found.clauses if name == "Credit")
    assert "Availability below 99.9%: 10% of the fee" in credits
