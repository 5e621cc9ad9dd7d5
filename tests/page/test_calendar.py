"""The calendar of maintenance, as a calendar program takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from icalendar import Calendar

from tests.hostile import TEXT
from tests.page.sample import NOW_MS, settings, standings
from tests.page.told import BOARD, BULLETIN, CANCELLED, PLANNED, SERVICES
from uptally.model.notice import Bulletin
from uptally.page.incidents import NO_BOARD, Board
from uptally.page.programs import CALENDAR_PATH, render_programs
from uptally.units.time import DAY_MS, MINUTE_MS, to_utc


def written(board: Board = BOARD, *, now_ms: int = NOW_MS) -> bytes:
    found = replace(settings(), url="https://status.example.com/")
    return render_programs(standings(), settings=found, now_ms=now_ms, board=board)[CALENDAR_PATH]


def told(*maintenance: Any) -> Board:
    return Board(Bulletin((), maintenance), SERVICES)


def events(board: Board = BOARD) -> list[Any]:
    return Calendar.from_ical(written(board)).walk("VEVENT")


def test_each_maintenance_is_an_event_of_its_time() -> None:
    found = events()
    assert len(found) == len(BULLETIN.maintenance)
    [event] = events(told(PLANNED))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (to_utc(PLANNED.start_ms), to_utc(PLANNED.end_ms))
    assert (str(event["summary"]), str(event["description"])) == ("Maintenance: DNS", "New hardware, in two halves")
    assert str(event["status"]) == "CONFIRMED"


def test_what_was_cancelled_stays_as_such() -> None:
    [event] = events(told(CANCELLED))
    assert str(event["status"]) == "CANCELLED"


def test_an_event_that_changes_keeps_its_identity_and_its_sequence_rises() -> None:
    moved = replace(PLANNED, start_ms=PLANNED.start_ms + DAY_MS, announced_ms=PLANNED.announced_ms + MINUTE_MS)
    [before], [after] = events(told(PLANNED)), events(told(moved))
    assert before["uid"] == after["uid"]
    assert before["sequence"] < after["sequence"]
    assert before["dtstamp"].dt < after["dtstamp"].dt
    assert len({str(event["uid"]) for event in events()}) == len(BULLETIN.maintenance)


def test_the_calendar_is_the_same_as_long_as_nothing_new_is_told() -> None:
    assert written() == written(now_ms=NOW_MS + DAY_MS)


def test_lines_are_as_short_and_end_as_the_standard_asks() -> None:
    long = replace(PLANNED, text="Ünïcødé " * 60)
    lines = written(told(long)).split(b"\r\n")
    assert len(lines) > 20
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


def test_a_hostile_text_adds_no_property() -> None:
    hostile = replace(PLANNED, text=f"a\r\nSTATUS:CANCELLED\nEND:VEVENT\r\n{TEXT};,\\")
    [event] = events(told(hostile))
    assert str(event["status"]) == "CONFIRMED"
    assert written(told(hostile)).count(b"\r\nSTATUS:") == 1
    assert "END:VEVENT" in str(event["description"])


def test_without_maintenance_there_is_a_calendar_all_the_same() -> None:
    found = Calendar.from_ical(written(NO_BOARD))
    assert str(found["x-wr-calname"]) == "Acme Cloud: maintenance"
    assert found.walk("VEVENT") == []
