"""Whatever anybody wrote is text in every file of the page, and nothing of it runs; no secret is in any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from icalendar import Calendar
from markupsafe import escape

from tests.books.agreed import TARGET, TERMS, acme, agreement, tiers, watched
from tests.hostile import MARKDOWNS, TEXTS, harm
from tests.page.by_hand import NOW_MS, month, outage, standing
from tests.page.sample import CANARY, endpoint, latencies, settings
from tests.page.test_promises import NOTE, window
from tests.page.told import CANCELLED, ONGOING, PLANNED, UNDER_WAY
from uptally.model.agreement import Audit, Duty, Escalation, Party
from uptally.model.credit_note import CreditNotes, ObjectiveNote
from uptally.model.notice import Bulletin
from uptally.model.terms import ServiceWindow
from uptally.model.verdict import Verdict
from uptally.page import render
from uptally.page.incidents import Board, services_named
from uptally.page.render import render_agreement
from uptally.page.stopped import stopped_file
from uptally.page.words import plain
from uptally.units.time import HOUR_MS


def site(text: str, told: str) -> dict[str, bytes]:
    """A page on which everything that people name is called this, and incidents tell that."""
    settings_ = replace(settings(), title=text, description=text, url="https://status.example/")
    of = replace(endpoint("x", description=text, group=text, sla="99.9%"), name=text)
    shown = standing(of=of, statements=[month("2026-11", "99.9%")], outages=[outage("2026-11-11 03:12:41", 6_000)])
    objective = ObjectiveNote(text, Verdict.MISSED, "99%", "98%")
    owed = replace(NOTE, windows=(window(name=text), window(name="b")), objectives=(objective,))
    notes = {"x": CreditNotes(text, "x", text, text, (owed,)), "shop": CreditNotes(text, "shop", text, text, (owed,))}
    incident = replace(
        ONGOING, title=text, services=("x",), updates=tuple(replace(each, text=told) for each in ONGOING.updates)
    )
    maintenance = tuple(replace(each, text=text, services=("x",)) for each in (CANCELLED, PLANNED, UNDER_WAY))
    board = Board(Bulletin((incident,), maintenance), services_named((of,), ()))
    given = {"settings": settings_, "now_ms": NOW_MS, "version": "1"}
    found = render([shown], **given, latencies=latencies, notes=notes, board=board)  # type: ignore[arg-type]  # by name
    return found | {"agreements/a.html": agreed(text)}


def agreed(text: str) -> bytes:
    of = replace(
        agreement(),
        name=text,
        customer=Party(text, (text,)),
        provider=Party(text, (text,)),
        reference=text,
        overview=text,
        duties=(Duty("customer", text, evidence=text, done=date(2026, 1, 1)),),
        escalation=(Escalation(HOUR_MS, text),),
        audits=(Audit(text, text, 30),),
        glossary=((text, text),),
        references=(text,),
    )
    windows = (ServiceWindow(text, TARGET, credit=tiers(("99.9", "10"))), ServiceWindow("b", TARGET))
    statement = acme(watched(("2026-10-05T12:00", "2026-10-05T13:00")), replace(TERMS, windows=windows))
    service = replace(statement.service, name=text, description=text, place=text, group=text)
    return render_agreement(
        of, [service], [replace(statement, service=service)], settings=settings(), now_ms=NOW_MS, version="1"
    )


PLAIN = {path: content.count(b"<") for path, content in site("Plain", "Told").items()}


@pytest.mark.parametrize("text", MARKDOWNS)
def test_nothing_that_people_write_does_anything_but_be_read(text: str) -> None:
    written = site(text if text in TEXTS else "Plain", text)
    written |= {f"stopped/{path}": stopped_file(path, content) for path, content in written.items()}
    assert {path: found for path, content in written.items() if (found := harm(path, content))} == {}
    assert [path for path, content in written.items() if CANARY.encode() in content] == []
    events = Calendar.from_ical(written["maintenance.ics"]).walk("VEVENT")
    assert sorted(str(each["status"]) for each in events) == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


@pytest.mark.parametrize("text", TEXTS)
def test_no_name_opens_a_tag_in_any_file(text: str) -> None:
    written = site(text, "Told")
    opened = {path: content.count(b"<") for path, content in written.items() if not path.endswith(".ics")}
    assert opened == {path: PLAIN[path] for path in opened}
    assert written["agreements/a.html"].decode().count(str(escape(plain(text)))) >= 15
